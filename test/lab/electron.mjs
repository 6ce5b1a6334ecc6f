// `npm run test:electron`: the in-host suite, inside a VS Code, through @vscode/test-electron.
//   node test/lab/electron.mjs [--workbench oldest|newest] [--lab]
// On a desktop VS Code where VSCODE_EXECUTABLE names one or one can be downloaded; otherwise, and with --lab or CI,
// in the lab's real workbench.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { editions } from './code-server-install.mjs';
import { countsVariable } from './mocha-counts.mjs';
import { describeMissing, installPrograms, missingPrograms } from './programs.mjs';
import { programsForBrowser, programsForNativeModules } from './programs.mjs';
import { SetupError, build, installDependencies, labFolder, readOptions, repository, runMain } from './setup.mjs';

await runMain(async () => {
    const { workbench, lab } = readArguments();
    await installDependencies();
    if (!existsSync(join(repository, 'dist/test/host/index.js'))) {
        await build('--tests');
    }

    const counts = process.env[countsVariable] ?? join(labFolder, 'host-counts.json');
    mkdirSync(labFolder, { recursive: true });
    rmSync(counts, { force: true });
    const { runTests } = await import('@vscode/test-electron');
    try {
        await runTests({
            vscodeExecutablePath: await executable(workbench, lab),
            extensionDevelopmentPath: repository,
            extensionTestsPath: join(repository, 'dist/test/host/index.js'),
            extensionTestsEnv: { [countsVariable]: counts, DOCKER_RUNTIME_WORKBENCH: workbench },
        });
    } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        return 1;
    }
    // The status alone could also come from a suite that never ran.
    const passed = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')).passed : 0;
    return passed > 0 || process.env['DOCKER_RUNTIME_TEST_GREP'] ? 0 : 1;
});

/** @returns {{ workbench: import('./code-server-install.mjs').Workbench, lab: boolean }} */
function readArguments() {
    const { workbench, lab } = readOptions('test:electron', {
        workbench: { type: 'string', default: 'newest' },
        lab: { type: 'boolean', default: Boolean(process.env['CI']) },
    });
    if (workbench !== 'oldest' && workbench !== 'newest') {
        throw new SetupError('test:electron: --workbench is oldest or newest');
    }
    return { workbench, lab };
}

/**
 * @param {import('./code-server-install.mjs').Workbench} workbench
 * @param {boolean} lab
 * @returns {Promise<string>} the program that takes the place of `code`
 */
async function executable(workbench, lab) {
    const given = process.env['VSCODE_EXECUTABLE'];
    if (given) {
        return given;
    }
    if (!lab) {
        const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
        try {
            return await downloadAndUnzipVSCode({ version: editions[workbench].vscode });
        } catch (error) {
            console.log(`No desktop VS Code can be downloaded (${error}); using the browser's.`);
        }
    }
    const needed = [...programsForBrowser, ...(workbench === 'oldest' ? programsForNativeModules : [])];
    await installPrograms(needed);
    const missing = missingPrograms(needed);
    if (missing.length > 0) {
        throw new SetupError(describeMissing(missing));
    }
    return join(import.meta.dirname, 'workbench-launcher.mjs');
}
