// What has to be on a machine before anything else runs. Imports nothing but Node: it runs before `npm ci`.
import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { run } from './processes.mjs';

export const repository = resolve(import.meta.dirname, '../..');

/** Git-ignored folder for everything that is downloaded, made or photographed. */
export const labFolder = resolve(process.env['DOCKER_RUNTIME_LAB'] || join(repository, '.lab'));

/** A failure that one line explains: shown without a stack. */
export class SetupError extends Error {}

/** Runs an asynchronous main program; a failure is one line on stderr and status 2, not a stack. */
/** @param {() => Promise<number>} main gives the exit status */
export async function runMain(main) {
    try {
        process.exitCode = await main();
    } catch (error) {
        console.error(error instanceof SetupError ? error.message : error);
        process.exitCode = 2;
    }
    process.exit();
}

/** The npm packages, where they are missing or older than the lock file. */
export async function installDependencies() {
    const installed = join(repository, 'node_modules/.package-lock.json'); // npm writes it last
    if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(repository, 'package-lock.json')).mtimeMs) {
        return;
    }
    console.log('Installing the npm packages …');
    const { status, output } = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: repository });
    if (status !== 0) {
        throw new SetupError(`npm ci failed:\n${output.trim()}`);
    }
}

/**
 * @param {readonly ('--tests' | '--production')[]} flags
 */
export async function build(...flags) {
    const { status, output } = await run(process.execPath, ['esbuild.mjs', ...flags], { cwd: repository });
    if (status !== 0) {
        throw new SetupError(`The build failed:\n${output.trim()}`);
    }
}

/**
 * Builds for production and packages as `npm run package` does; a warning of vsce is a failure.
 * @returns {Promise<string>} the .vsix file
 */
export async function packageExtension() {
    await build('--production');
    const file = join(labFolder, 'docker-runtime-explorer.vsix');
    const vsce = join(repository, 'node_modules/@vscode/vsce/vsce');
    const { status, output } = await run(process.execPath, [vsce, 'package', '--no-dependencies', '--out', file], {
        cwd: repository,
    });
    if (status !== 0 || /warning/i.test(output)) {
        throw new SetupError(`The extension can't be packaged without a warning:\n${output.trim()}`);
    }
    return file;
}

/** Programs that the tests need, and the Debian package that brings each. */
const debianPackages = {
    dockerd: 'docker.io',
    containerd: 'containerd',
    runc: 'runc',
    busybox: 'busybox-static',
    ip: 'iproute2',
    chromium: 'chromium',
    make: 'make',
    'g++': 'g++',
    python3: 'python3',
};

/** @typedef {keyof typeof debianPackages} Program */

/** @type {readonly Program[]} a Docker engine of the tests' own, and an image for it */
export const programsForDocker = ['dockerd', 'containerd', 'runc', 'busybox', 'ip'];
/** @type {readonly Program[]} a browser to show a workbench in */
export const programsForBrowser = ['chromium'];
/** @type {readonly Program[]} what node-gyp builds with */
export const programsForNativeModules = ['make', 'g++', 'python3'];

/**
 * The programs that are missing.
 * @param {readonly Program[]} programs
 */
export function missingPrograms(programs) {
    return programs.filter((program) => (program === 'chromium' ? !findBrowser() : !findProgram(program)));
}

/**
 * Installs from Debian's or Ubuntu's packages what is missing, where we may. Nothing is ever removed for it (a
 * Docker of another origin stays).
 * @param {readonly Program[]} programs
 */
export async function installPrograms(programs) {
    const missing = missingPrograms(programs);
    if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) {
        return;
    }
    const packages = missing.map((program) => debianPackages[program]);
    console.log(`Installing with apt-get: ${packages.join(' ')} …`);
    const install = ['install', '-y', '--no-install-recommends', '--no-remove', ...packages];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    let result = await run('apt-get', install, { env });
    if (result.status !== 0) {
        await run('apt-get', ['update'], { env }); // a machine whose lists are absent or old
        result = await run('apt-get', install, { env });
    }
    if (result.status !== 0) {
        console.log(`apt-get failed:\n${result.output.trim().split('\n').slice(-5).join('\n')}`);
    }
}

/** What to install by hand, in one line. */
/** @param {readonly Program[]} programs */
export function describeMissing(programs) {
    const packages = programs.map((program) => debianPackages[program]).join(' ');
    return `missing: ${programs.join(', ')} (on Debian or Ubuntu: apt-get install --no-install-recommends ${packages})`;
}

/** @returns {string | undefined} path of a Chromium or Chrome */
export function findBrowser() {
    const given = process.env['CHROMIUM'];
    if (given) {
        return given;
    }
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    return (
        ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'].map(findProgram).find(Boolean) ??
        (existsSync(mac) ? mac : undefined)
    );
}

/**
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function findProgram(name) {
    // Daemons live in sbin, which an ordinary user's PATH may lack.
    const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
    const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
    return folders
        .flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix)))
        .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
