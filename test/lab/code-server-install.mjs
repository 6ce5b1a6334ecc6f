// Installs code-server, the real workbench of VS Code with a Node extension host, from the npm registry alone.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environmentWithout, run } from './process-tree.mjs';
import { describeMissing, missingPrograms, programsForNativeModules } from './programs.mjs';
import { SetupError, labFolder } from './setup.mjs';

/**
 * @typedef {'oldest' | 'newest'} Workbench
 *
 * @typedef {object} Edition
 * @property {string} codeServer version of the npm package
 * @property {string} vscode
 * @property {string} node major version that this code-server insists on
 * @property {readonly string[]} nativeModules without which it doesn't start, and that bring no binary for Linux
 * @property {readonly string[]} optionalModules of its VS Code: log files, terminals. It starts without them.
 */

/** @type {Readonly<Record<Workbench, Edition>>} */
export const editions = {
    oldest: {
        codeServer: '4.100.3',
        vscode: '1.100.3',
        node: '20',
        nativeModules: ['argon2'],
        optionalModules: ['@vscode/spdlog', 'native-watchdog', 'node-pty'],
    },
    newest: {
        codeServer: '4.139.1',
        vscode: '1.139.1',
        node: '24',
        nativeModules: [],
        optionalModules: ['@vscode/spdlog', '@vscode/native-watchdog'],
    },
};

/**
 * @typedef {object} Installed
 * @property {string} node its own Node
 * @property {string} entry the program to run with it
 */

/**
 * Installs an edition into the lab, once.
 * @param {Workbench} workbench
 * @returns {Promise<Installed>}
 */
export async function installCodeServer(workbench) {
    const edition = editions[workbench];
    const folder = join(labFolder, `code-server-${edition.codeServer}`);
    if (!existsSync(folder)) {
        await installInto(folder, edition);
    }
    const node = join(folder, 'node/node_modules', nodePackage(), 'bin/node');
    return { node, entry: join(folder, 'server/node_modules/code-server/out/node/entry.js') };
}

/**
 * Everything happens in a folder beside the final one, which gets its name last: a folder with that name is whole.
 * @param {string} finalFolder
 * @param {Edition} edition
 */
async function installInto(finalFolder, edition) {
    if (process.platform === 'win32') {
        throw new SetupError('code-server does not run on Windows: install VS Code, with its `code` on the PATH');
    }
    const lacking = missingPrograms(programsForNativeModules);
    if (edition.nativeModules.length > 0 && lacking.length > 0) {
        throw new SetupError(`code-server ${edition.codeServer} can't be built: ${describeMissing(lacking)}`);
    }
    console.log(`Installing code-server ${edition.codeServer} (VS Code ${edition.vscode}), once …`);
    const begun = Date.now();
    removeUnfinishedInstalls(finalFolder);
    const folder = `${finalFolder}.unfinished-${process.pid}`;

    // Apart from each other: npm puts node_modules/.bin of every parent folder on the PATH of install scripts.
    const nodeFolder = packageFolder(join(folder, 'node'));
    await npm(nodeFolder, ['install', `${nodePackage()}@${edition.node}`]);
    const node = join(nodeFolder, 'node_modules', nodePackage());

    const server = packageFolder(join(folder, 'server'));
    await npm(server, ['install', '--ignore-scripts', `code-server@${edition.codeServer}`], node);
    const vscode = join(server, 'node_modules/code-server/lib/vscode');
    await npm(vscode, ['install', '--omit=dev', '--ignore-scripts'], node);
    await npm(join(vscode, 'extensions'), ['install', '--omit=dev', '--ignore-scripts'], node);
    if (edition.nativeModules.length > 0) {
        await npm(server, ['rebuild', ...edition.nativeModules], node);
    }
    for (const module of lacking.length === 0 ? edition.optionalModules : []) {
        // node-pty's post-install step fails after it has built; where one really fails, the workbench does without.
        await npm(vscode, ['rebuild', module], node).catch(() => undefined);
    }
    if (!existsSync(join(vscode, 'node_modules.asar'))) {
        symlinkSync('node_modules', join(vscode, 'node_modules.asar')); // where the page looks for its grammars
    }

    try {
        renameSync(folder, finalFolder);
    } catch (error) {
        if (!existsSync(finalFolder)) {
            throw error;
        }
        rmSync(folder, { recursive: true, force: true }); // somebody else was faster, with the same result
    }
    console.log(`Installed code-server ${edition.codeServer} in ${Math.round((Date.now() - begun) / 1000)} s.`);
}

/** @param {string} finalFolder */
function removeUnfinishedInstalls(finalFolder) {
    mkdirSync(labFolder, { recursive: true });
    for (const name of readdirSync(labFolder)) {
        const pid = Number(name.split('.unfinished-')[1]);
        if (pid && join(labFolder, name).startsWith(finalFolder) && !isRunning(pid)) {
            rmSync(join(labFolder, name), { recursive: true, force: true });
        }
    }
}

/** @param {number} pid */
function isRunning(pid) {
    try {
        process.kill(pid, 0);
        return pid !== process.pid;
    } catch {
        return false;
    }
}

/** npm's packages of the Node binaries, headers included: nothing else needs to be downloaded to build with them. */
function nodePackage() {
    return `node-${process.platform}-${process.arch}`;
}

/** @param {string} folder */
function packageFolder(folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    return folder;
}

/**
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {string} [node] folder of the Node package to run npm and its scripts with
 */
async function npm(cwd, args, node) {
    // `npm start` hands this package's own npm configuration down; it must not govern that of another.
    const ours = /^npm_(package_|lifecycle_|config_(ignore_scripts|prefix|local_prefix|global))/i;
    const env = environmentWithout(ours);
    if (node) {
        env['PATH'] = [join(node, 'bin'), env['PATH']].join(delimiter);
        env['npm_config_nodedir'] = node;
        env['npm_config_build_from_source'] = 'true'; // prebuilt files would come from hosts other than the registry
    }
    const { status, output } = await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, env });
    if (status !== 0) {
        throw new SetupError(`npm ${args.join(' ')} failed:\n${output.trim().split('\n').slice(-20).join('\n')}`);
    }
}
