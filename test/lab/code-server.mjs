// Starts a real workbench in the browser: code-server, on loopback, with everything it writes in a folder of its own.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCodeServer } from './code-server-install.mjs';
import { environmentWithout, run, start, until } from './process-tree.mjs';
import { SetupError } from './setup.mjs';

/**
 * @typedef {object} WorkbenchOptions
 * @property {import('./code-server-install.mjs').Workbench} workbench
 * @property {string} openFolder what the workbench shows
 * @property {readonly string[]} [extensions] .vsix files to install
 * @property {Record<string, unknown>} [settings] the user's settings
 * @property {string} [password] asked for in the page; without one everybody on this machine may enter
 * @property {number} [port]
 * @property {Readonly<Record<string, string>>} [environment] more variables, which its extensions see
 * @property {boolean} [askForTrust] whether the workbench asks before it trusts the folder, as VS Code does by default
 *
 * @typedef {object} RunningWorkbench
 * @property {string} url
 * @property {number} port
 * @property {string} dataFolder
 * @property {() => string} output
 * @property {Promise<number>} exited
 * @property {() => Promise<void>} stop also removes what it wrote
 */

/**
 * Installs it where necessary, starts it, and waits until it answers.
 * @param {WorkbenchOptions} options
 * @returns {Promise<RunningWorkbench>}
 */
export async function startCodeServer(options) {
    const { node, entry } = await installCodeServer(options.workbench);
    const dataFolder = mkdtempSync(join(tmpdir(), 'vscode-')); // short: sockets in it have at most 107 bytes
    const settings = { ...quietSettings, ...options.settings };
    mkdirSync(join(dataFolder, 'tmp'));
    // Settings of scope "machine" count only where they are the remote machine's.
    for (const folder of ['data/User', 'data/Machine']) {
        mkdirSync(join(dataFolder, folder), { recursive: true });
        writeFileSync(join(dataFolder, folder, 'settings.json'), JSON.stringify(settings));
    }
    const folders = ['--user-data-dir', join(dataFolder, 'data'), '--extensions-dir', join(dataFolder, 'extensions')];
    const env = wholeEnvironment(dataFolder, options);
    const removeData = () => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });

    for (const extension of options.extensions ?? []) {
        const { status, output } = await run(node, [entry, ...folders, '--install-extension', extension], { env });
        if (status !== 0 || !/successfully installed/.test(output)) {
            removeData();
            throw new SetupError(`The extension can't be installed in code-server:\n${output.trim()}`);
        }
    }

    const port = await claimPort(options.port);
    const url = `http://127.0.0.1:${port}/`;
    const server = start(
        node,
        [
            ...[
                entry,
                ...folders,
                '--bind-addr',
                `127.0.0.1:${port}`,
                '--auth',
                options.password ? 'password' : 'none',
            ],
            ...['--session-socket', join(dataFolder, 'session.sock'), '--disable-telemetry', '--disable-update-check'],
            ...(options.askForTrust ? [] : ['--disable-workspace-trust']),
            options.openFolder,
        ],
        { env },
    );
    process.once('exit', removeData); // later than the end of the programs that write there
    const stop = async () => {
        await server.stop();
        removeData();
        process.off('exit', removeData);
    };
    try {
        const died = server.exited.then((status) => {
            throw new SetupError(`code-server ended with status ${status}:\n${server.output().trim()}`);
        });
        await Promise.race([until(`code-server at ${url}`, () => isHealthy(url), 60_000), died]);
    } catch (error) {
        await stop();
        throw error;
    }
    return { url, port, dataFolder, output: server.output, exited: server.exited, stop };
}

/** Nothing that covers the view at the first start, or asks another host. */
const quietSettings = {
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.welcomePage.walkthroughs.openOnInstall': false,
    'chat.disableAIFeatures': true,
    'extensions.autoCheckUpdates': false,
    'extensions.ignoreRecommendations': true,
    'telemetry.telemetryLevel': 'off',
    'update.mode': 'none',
};

/**
 * @param {string} dataFolder
 * @param {WorkbenchOptions} options
 * @returns {NodeJS.ProcessEnv}
 */
function wholeEnvironment(dataFolder, { password, environment }) {
    // Left over from a VS Code terminal, VSCODE_… would make this one talk to that window.
    const own = environmentWithout(/^(VSCODE_|ELECTRON_|CODE_SERVER_|PASSWORD$|HASHED_PASSWORD$)/);
    return {
        ...own,
        ...environment,
        ...(password ? { PASSWORD: password } : {}),
        TMPDIR: join(dataFolder, 'tmp'), // its sockets, which it leaves behind
        XDG_CONFIG_HOME: join(dataFolder, 'config'),
        XDG_DATA_HOME: join(dataFolder, 'share'),
    };
}

/** @param {string} url */
async function isHealthy(url) {
    try {
        return (await fetch(new URL('healthz', url), { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
        return false;
    }
}

/**
 * @param {number} [port] default: any that is free
 * @returns {Promise<number>} a port of loopback that nobody listens on
 */
export function claimPort(port = 0) {
    return new Promise((resolve, reject) => {
        const probe = createServer();
        probe.once('error', (error) => reject(new SetupError(`Port ${port} can't be used: ${error.message}`)));
        probe.listen(port, '127.0.0.1', () => {
            const address = probe.address();
            probe.close(() => resolve(typeof address === 'object' && address ? address.port : port));
        });
    });
}

/** A password that nobody guesses, easy to copy. */
export function makePassword() {
    return randomUUID().replaceAll('-', '').slice(0, 20);
}
