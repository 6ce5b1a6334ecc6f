// `npm start`: prints the hierarchy of this host, and opens VS Code with the extension on it.
//   npm start [-- [--no-editor] [--browser] [--port N]]
// Needs Node and npm; what else it takes it installs itself, into node_modules and the git-ignored lab folder.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { claimPort, makePassword, startCodeServer } from './code-server.mjs';
import { run } from './process-tree.mjs';
import { findProgram } from './programs.mjs';
import { SetupError, build, installDependencies, packageExtension } from './setup.mjs';
import { readOptions, repository, runMain } from './setup.mjs';

const terminalProgram = join(repository, 'dist/cli.js');
const sample = 'media/sample-host.json';

await runMain(async () => {
    const options = readArguments();
    const port = await claimPort(options.port);
    await installDependencies();
    await build();
    await showHierarchy();
    if (!options.editor) {
        return 0;
    }
    const desktop = options.browser ? undefined : findDesktop();
    if (desktop && openDesktop(desktop)) {
        return 0;
    }
    return await serveInBrowser(port);
});

function readArguments() {
    const { port, ...values } = readOptions('npm start', {
        'no-editor': { type: 'boolean' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
    });
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
        throw new SetupError('npm start: --port is a number from 1 to 65535');
    }
    return { editor: !values['no-editor'], browser: values.browser, port: port === undefined ? port : Number(port) };
}

/** This host's hierarchy, with notes on what could not be seen; where no Docker daemon answers, also the sample's. */
async function showHierarchy() {
    console.log('\nThis host:\n');
    if ((await showTree()) === 0 && (await dockerAnswers())) {
        return;
    }
    console.log('\nNo Docker daemon answers here; the notes above say why.');
    console.log('SAMPLE, a recording of another host, to show what it would look like:\n');
    await showTree('--snapshot', join(repository, sample));
}

/** A daemon that only its process tells of has no version: its API says that. */
async function dockerAnswers() {
    const { stdout } = await run(process.execPath, [terminalProgram, 'tree', '--format', 'json']);
    /** @type {{ nodes: readonly { kind: string, version?: string | null }[] }} */
    const { nodes } = JSON.parse(stdout);
    return nodes.some(({ kind, version }) => kind === 'engine' && version);
}

/** @param {readonly string[]} source */
async function showTree(...source) {
    return (await run(process.execPath, [terminalProgram, 'tree', ...source], { show: true })).status;
}

/** @returns {string | undefined} a `code` that can open a window on this desktop */
function findDesktop() {
    const code = findProgram('code');
    // In the terminal of a remote window, `code` only talks to that window, and it can't load an extension into it.
    if (!code || process.env['VSCODE_IPC_HOOK_CLI'] || /[\\/]remote-cli[\\/]/.test(realpathSync(code))) {
        return undefined;
    }
    const screen = process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
    const withoutScreen = process.platform === 'linux' && process.env['SSH_CONNECTION'] && !screen;
    return withoutScreen ? undefined : code;
}

/**
 * @param {string} code
 * @returns {boolean} whether it opened
 */
function openDesktop(code) {
    // Not through our process trees: the window joins the VS Code of the person, and stays.
    const { status, error, stderr } = spawnSync(code, [`--extensionDevelopmentPath=${repository}`, '--new-window'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        encoding: 'utf8',
        timeout: 60_000,
        shell: process.platform === 'win32', // it is a .cmd file there
    });
    if (status === 0) {
        console.log('\nA new window of your VS Code opens, with the extension in it. It is yours to close.');
        return true;
    }
    console.log(
        `\n${code} can't open a window (${error?.message ?? stderr.trim().split('\n')[0]}); using the browser.`,
    );
    return false;
}

/**
 * @param {number} port
 * @returns {Promise<number>}
 */
async function serveInBrowser(port) {
    const password = makePassword();
    const { file } = await packageExtension();
    const server = await startCodeServer({
        workbench: 'newest',
        openFolder: repository,
        extensions: [file],
        password,
        port,
    });
    console.log(`\nVS Code with the extension:  ${server.url}\nPassword:  ${password}\n\nCtrl+C ends it.`);
    const startedBy = process.ppid;
    // npm may be gone without a signal for us, as when its terminal was closed hard.
    setInterval(() => process.ppid === startedBy || process.kill(process.pid, 'SIGTERM'), 1_000);
    const status = await server.exited;
    throw new SetupError(`code-server ended with status ${status}:\n${server.output().trim()}`);
}
