// What has to be on a machine before anything else runs. Imports nothing but Node: it runs before `npm ci`.
import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './process-tree.mjs';

export const repository = resolve(import.meta.dirname, '../..');

/** Git-ignored folder for everything that is downloaded, made or photographed. */
export const labFolder = resolve(process.env['DOCKER_RUNTIME_LAB'] || join(repository, '.lab'));

/** The extension as it would be published. */
export const vsixFile = join(labFolder, 'docker-runtime-explorer.vsix');

/** A failure that one line explains: shown without a stack. */
export class SetupError extends Error {}

/**
 * Runs a whole program. A failure that we understand is said in one line, with status 2.
 * @param {() => Promise<number>} main gives the exit status
 */
export async function runMain(main) {
    try {
        process.exitCode = await main();
    } catch (error) {
        console.error(error instanceof SetupError ? error.message : error);
        process.exitCode = 2;
    }
    process.exit();
}

/** Installs the npm packages, where what is installed is not what the lock file says. */
export async function installDependencies() {
    if (matchesLockFile()) {
        return;
    }
    const folder = join(repository, 'node_modules');
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
        // npm ci would follow the link, and empty a folder that belongs to another checkout.
        throw new SetupError(`${folder} is a link, and what it leads to does not match package-lock.json`);
    }
    console.log('Installing the npm packages …');
    const { status, output } = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: repository });
    if (status !== 0) {
        throw new SetupError(`npm ci failed:\n${output.trim()}`);
    }
}

function matchesLockFile() {
    const wanted = lockedPackages('package-lock.json');
    const installed = lockedPackages('node_modules/.package-lock.json'); // npm writes it last
    return Object.entries(wanted).every(
        // Optional packages may be for other platforms.
        ([path, { integrity, optional }]) => path === '' || optional || installed[path]?.integrity === integrity,
    );
}

/**
 * @param {string} file
 * @returns {Record<string, { integrity?: string, optional?: boolean }>} by path
 */
function lockedPackages(file) {
    const path = join(repository, file);
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** @param {readonly ('--tests' | '--production')[]} flags of esbuild.mjs */
export async function build(...flags) {
    const { status, output } = await run(process.execPath, ['esbuild.mjs', ...flags], { cwd: repository });
    if (status !== 0) {
        throw new SetupError(`The build failed:\n${output.trim()}`);
    }
}

/**
 * Builds for production and packages, as `npm run package` does.
 * @returns {Promise<{ file: string, warnings: string }>} the .vsix file; what vsce has against it, or nothing
 */
export async function packageExtension() {
    await build('--production');
    mkdirSync(labFolder, { recursive: true });
    const vsce = join(repository, 'node_modules/@vscode/vsce/vsce');
    const { status, output } = await run(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsixFile], {
        cwd: repository,
    });
    if (status !== 0) {
        throw new SetupError(`The extension can't be packaged:\n${output.trim()}`);
    }
    const warnings = output.split('\n').filter((line) => /warning/i.test(line));
    return { file: vsixFile, warnings: warnings.join('\n') };
}

/**
 * The options of a command line, which takes nothing else.
 * @template {import('node:util').ParseArgsConfig['options'] & object} Options
 * @param {string} command as a person typed it
 * @param {Options} options
 */
export function readOptions(command, options) {
    try {
        return parseArgs({ options }).values;
    } catch (error) {
        throw new SetupError(`${command}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    }
}
