// `npm start`: prints the hierarchy of this host, and opens VS Code with the extension on it.
//   npm start [-- [--no-editor] [--browser] [--port N]]
// Needs Node and npm; what else it takes it installs itself, into node_modules and the git-ignored lab folder.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { claimPort, makePassword, startCodeServer } from './code-server.mjs';
import { run } from './process-tree.mjs';
import { findProgram } from './programs.mjs';
import { SetupError, build, installDependencies, packageExtension, repository, runMain } from './setup.mjs';

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

/** @returns {{ editor: boolean, browser: boolean, port: number | undefined }} */
function readArguments() {
    try {
        const { values } = parseArgs({
            options: { 'no-editor': { type: 'boolean' }, browser: { type: 'boolean' }, port: { type: 'string' } },
        });
        const port = values.port === undefined ? undefined : Number(values.port);
        if (port !== undefined && !(/^\d+$/.test(values.port ?? '') && port >= 1 && port <= 65_535)) {
            throw new Error('--port is a number from 1 to 65535');
        }
        return { editor: !values['no-editor'], browser: values.browser ?? false, port };
    } catch (error) {
        throw new SetupError(`npm start: ${error instanceof Error ? error.message : error}`);
    }
}

/** This host's hierarchy; where no Docker daemon answers, why, and the sample's. */
async function showHierarchy() {
    const look = await run(process.execPath, [join(repository, 'dist/cli.js'), 'tree', '--format', 'json']);
    /** @type {{ nodes: readonly Node[], gaps: readonly Gap[] }} */
    const { nodes, gaps } = look.status === 0 ? JSON.parse(look.stdout) : { nodes: [], gaps: [] };
    if (look.status !== 0) {
        console.log(look.output.trim());
    }
    if (nodes.length > 0) {
        console.log('\nThis host:\n');
        await showTree();
    }
    if (nodes.some(({ kind, version }) => kind === 'engine' && version)) {
        return;
    }
    console.log('\nNo Docker daemon answers here.');
    for (const { source, reason, detail, help } of gaps) {
        console.log(`  ${source}: ${reason}, ${detail}${help ? `\n    ${help}` : ''}`);
    }
    console.log('\nSAMPLE, a recording of another host, to show what it would look like:\n');
    await showTree('--snapshot', join(repository, sample));
}

/**
 * The parts that are read here of the topology as JSON (docker-runtime/topology@1).
 * @typedef {{ kind: string, version?: string | null }} Node
 * @typedef {{ source: string, reason: string, detail: string, help?: string }} Gap
 */

/** @param {readonly string[]} source */
async function showTree(...source) {
    await run(process.execPath, [join(repository, 'dist/cli.js'), 'tree', ...source], { show: true });
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
    const extension = await packageExtension();
    const server = await startCodeServer({
        workbench: 'newest',
        openFolder: repository,
        extensions: [extension],
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
