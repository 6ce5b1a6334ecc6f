// `npm test`: sets up what the tests need, runs all of them, and ends with one line that counts everything.
//   npm test [-- [--only STAGE,…] [--grep PATTERN]]
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { editions, installCodeServer } from './lab/code-server-install.mjs';
import { countsVariable } from './lab/mocha-counts.mjs';
import { run } from './lab/process-tree.mjs';
import { describeMissing, installPrograms, missingPrograms } from './lab/programs.mjs';
import {
    programsForBrowser,
    programsForDocker,
    programsForNativeModules,
    programsForOtherRuntimes,
    programsForRemotes,
    programsForWitnesses,
} from './lab/programs.mjs';
import { SetupError, build, installDependencies, labFolder, packageExtension } from './lab/setup.mjs';
import { readOptions, repository, runMain } from './lab/setup.mjs';

/**
 * @typedef {import('./lab/mocha-counts.mjs').Counts} Counts
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} minutes until it is given up
 * @property {(file: string) => boolean} holds whether a test file, by its path below dist/test, is part of it
 * @property {readonly import('./lab/programs.mjs').Program[]} needs
 * @property {readonly import('./lab/programs.mjs').Program[]} [likes] without which some of its tests skip themselves or fail
 * @property {boolean} [needsRoot]
 * @property {import('./lab/code-server-install.mjs').Workbench} [workbench] where it runs
 */

/** @type {readonly Stage[]} in this order */
const stages = [
    {
        name: 'plain',
        minutes: 8,
        needs: [],
        likes: programsForWitnesses,
        holds: (file) => !/^(fuzz|page|live|host|ui)\//.test(file),
    },
    { name: 'fuzz', minutes: 10, needs: [], holds: (file) => file.startsWith('fuzz/') },
    { name: 'page', minutes: 5, needs: programsForBrowser, holds: (file) => file.startsWith('page/') },
    {
        name: 'live',
        // All 1,000 start/stop cycles take CI five, and so do the faults that last; each may be wanted several times.
        minutes: 30 * Number(process.env['DOCKER_RUNTIME_FAULT_RUNS'] ?? 1),
        needs: [...programsForDocker, ...programsForRemotes],
        likes: programsForOtherRuntimes,
        needsRoot: true,
        holds: (file) => file.startsWith('live/'),
    },
    ...onBothWorkbenches({ name: 'host', minutes: 5, needs: [], holds: (file) => file.startsWith('host/') }),
    ...onBothWorkbenches({
        name: 'ui',
        minutes: 10,
        needs: programsForDocker,
        needsRoot: true,
        holds: (file) => file.startsWith('ui/'),
    }),
];
/** In bytes: what somebody has to load who installs the extension. */
const largestPackage = 2 * 1024 * 1024;
const continuousIntegration = Boolean(process.env['CI']);

await runMain(async () => {
    const { only, grep } = readArguments();
    const wanted = stages.filter(({ name }) => only.length === 0 || only.includes(name));
    await installDependencies();
    mkdirSync(labFolder, { recursive: true });
    const obstacle = beginToInstall(wanted);

    /** @type {Counts[]} */
    const results = [];
    if (only.length === 0 || only.includes('check')) {
        results.push(await check('type check', () => runScript('check')));
        results.push(await check('lint', () => runScript('lint')));
        results.push(await check('format', () => runScript('format:check')));
    }
    rmSync(join(repository, 'dist/test'), { recursive: true, force: true }); // tests that are no longer there
    results.push(await check('build', () => build('--tests')));

    for (const stage of wanted) {
        if (stage.name === 'ui' && !wanted.slice(0, wanted.indexOf(stage)).some(({ name }) => name === 'ui')) {
            results.push(await check('package', packageWithoutWarning));
        }
        console.log(`\n── ${title(stage)} ──`);
        const missing = await obstacle(stage);
        results.push(missing ? await passOver(stage, missing) : await runStage(stage, grep));
    }
    return summarise(results);
});

function readArguments() {
    const { only, grep } = readOptions('npm test', { only: { type: 'string' }, grep: { type: 'string' } });
    const names = only?.split(',') ?? [];
    const known = ['check', ...new Set(stages.map(({ name }) => name))];
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        throw new SetupError(`npm test: no stage is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
    }
    return { only: names, grep };
}

/**
 * @param {Stage} stage
 * @returns {Stage[]}
 */
function onBothWorkbenches(stage) {
    return [
        { ...stage, workbench: 'oldest', needs: [...stage.needs, ...programsForBrowser, ...programsForNativeModules] },
        { ...stage, workbench: 'newest', needs: [...stage.needs, ...programsForBrowser] },
    ];
}

/** @param {Stage} stage */
function title({ name, workbench }) {
    return workbench ? `${name} on VS Code ${editions[workbench].vscode}` : name;
}

/**
 * Installs in the background what the stages need, while the first of them run.
 * @param {readonly Stage[]} wanted
 * @returns {(stage: Stage) => Promise<string | undefined>} waits for what a stage needs; tells what stands in its way
 */
function beginToInstall(wanted) {
    const needed = wanted.flatMap(({ needs }) => needs);
    const liked = wanted.flatMap(({ likes = [] }) => likes);
    // One after the other: where a distribution lacks one package, apt-get installs none of those beside it.
    const programs = installPrograms([...new Set(needed)]).then(() => installPrograms([...new Set(liked)]));
    /** @type {Map<Stage['workbench'], Promise<string | undefined>>} */
    const workbenches = new Map();
    let previous = /** @type {Promise<unknown>} */ (programs);
    for (const workbench of new Set(wanted.flatMap(({ workbench }) => workbench ?? []))) {
        const installed = previous
            .then(() => installCodeServer(workbench))
            .then(
                () => undefined,
                (error) => (error instanceof Error ? error.message : String(error)),
            );
        workbenches.set(workbench, installed);
        previous = installed; // one after the other: each is busy with more than one core
    }
    return async ({ needs, needsRoot, workbench }) => {
        await programs;
        const missing = missingPrograms(needs);
        if (missing.length > 0) {
            return describeMissing(missing);
        }
        if (needsRoot && process.getuid?.() !== 0) {
            return 'missing: the right to start a Docker daemon (run as root, or with sudo)';
        }
        return await workbenches.get(workbench);
    };
}

/**
 * @param {string} name
 * @param {() => Promise<unknown>} task
 * @returns {Promise<Counts>} of one test
 */
async function check(name, task) {
    const begun = Date.now();
    try {
        await task();
        console.log(`✔ ${name} (${Math.round((Date.now() - begun) / 1000)} s)`);
        return { passed: 1, failed: 0, skipped: 0, failures: [] };
    } catch (error) {
        console.log(`✘ ${name}\n${error instanceof Error ? error.message : error}`);
        return failure(name);
    }
}

/** @param {string} script of package.json */
async function runScript(script) {
    const { status, output } = await run('npm', ['run', '--silent', script], { cwd: repository });
    if (status !== 0) {
        throw new SetupError(output.trim());
    }
}

async function packageWithoutWarning() {
    const { file, warnings } = await packageExtension();
    if (warnings) {
        throw new SetupError(warnings);
    }
    const { size } = statSync(file);
    if (size > largestPackage) {
        throw new SetupError(`The package has ${size} bytes, and may have ${largestPackage}: ${file}`);
    }
}

/**
 * @param {Stage} stage
 * @param {string | undefined} grep
 * @returns {Promise<Counts>}
 */
async function runStage(stage, grep) {
    const command = stage.name === 'host' ? hostCommand(stage) : mochaCommand(stage, grep ? ['--grep', grep] : []);
    const { counts, status, timedOut } = await runCounting(command, stage, grep);
    if (timedOut) {
        return failure(`${title(stage)}: not finished after ${stage.minutes} minutes`);
    }
    if (!counts) {
        return failure(`${title(stage)}: ended with status ${status} and no result`);
    }
    const all = counts.passed + counts.failed + counts.skipped;
    if (all === 0 && !grep) {
        return failure(`${title(stage)}: no test ran`);
    }
    if (status !== 0 && all > 0 && counts.failed === 0) {
        return { ...counts, failed: 1, failures: [`${title(stage)}: ended with status ${status}`] };
    }
    return { ...counts, failures: counts.failures.map((name) => `${title(stage)}: ${name}`) };
}

/**
 * @param {Stage} stage
 * @param {string} missing
 * @returns {Promise<Counts>}
 */
async function passOver(stage, missing) {
    console.log(missing);
    if (continuousIntegration) {
        return failure(`${title(stage)}: ${missing}`);
    }
    const { counts } = await runCounting(mochaCommand(stage, ['--count']), stage, undefined, false);
    return counts
        ? { passed: 0, failed: 0, skipped: counts.passed + counts.skipped, failures: [] }
        : failure(title(stage));
}

/** @param {Stage} stage */
function hostCommand(stage) {
    return [join(repository, 'test/lab/electron.mjs'), '--lab', '--workbench', stage.workbench ?? 'newest'];
}

/**
 * @param {Stage} stage
 * @param {readonly string[]} flags
 */
function mochaCommand(stage, flags) {
    const folder = join(repository, 'dist/test');
    const files = existsSync(folder)
        ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
              .map((file) => file.replaceAll('\\', '/'))
              .filter((file) => file.endsWith('.test.js') && stage.holds(file))
              .sort()
        : [];
    return [join(repository, 'test/lab/mocha.mjs'), ...flags, ...files.map((file) => join(folder, file))];
}

/**
 * @param {readonly string[]} command for Node
 * @param {Stage} stage
 * @param {string | undefined} grep
 * @param {boolean} [show]
 */
async function runCounting(command, stage, grep, show = true) {
    const file = join(labFolder, `counts-${process.pid}.json`);
    const env = {
        ...process.env,
        [countsVariable]: file,
        ...(grep ? { DOCKER_RUNTIME_TEST_GREP: grep } : {}),
        ...(stage.workbench ? { DOCKER_RUNTIME_WORKBENCH: stage.workbench } : {}),
    };
    const deadline = stage.minutes * 60_000;
    const { status, timedOut } = await run(process.execPath, command, { cwd: repository, env, show, deadline });
    /** @type {Counts | undefined} */
    const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    rmSync(file, { force: true });
    return { status, timedOut, counts };
}

/**
 * @param {string} name
 * @returns {Counts}
 */
function failure(name) {
    return { passed: 0, failed: 1, skipped: 0, failures: [name] };
}

/**
 * @param {readonly Counts[]} results
 * @returns {number} exit status
 */
function summarise(results) {
    const failures = results.flatMap((result) => result.failures);
    if (failures.length > 0) {
        console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
    }
    const total = (/** @type {'passed' | 'failed' | 'skipped'} */ what) =>
        results.reduce((sum, result) => sum + result[what], 0);
    const [passed, failed, skipped] = [total('passed'), total('failed'), total('skipped')];
    console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed > 0 || (continuousIntegration && skipped > 0) ? 1 : 0;
}
