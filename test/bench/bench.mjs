// `npm run bench`: what a look costs, beside what else does the same, in one run on one host. See README.md.
//   npm run bench [-- [--processes 1000,5000,20000] [--containers 10,100,1000] [--only PART,…] [--rounds N]]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeMissing, findProgram } from '../lab/programs.mjs';
import { run } from '../lab/process-tree.mjs';
import {
    SetupError,
    build,
    installDependencies,
    labFolder,
    packageExtension,
    readOptions,
    repository,
    runMain,
} from '../lab/setup.mjs';

const parts = ['looks', 'meaning', 'docker', 'start', 'memory', 'idle', 'page', 'workbench'];

await runMain(async () => {
    const options = readOptions('npm run bench', {
        processes: { type: 'string', default: '1000,5000,20000' },
        containers: { type: 'string', default: '10,100,1000' },
        only: { type: 'string', default: parts.join(',') },
        rounds: { type: 'string', default: '9' },
    });
    const only = options.only.split(',');
    const unknown = only.filter((part) => !parts.includes(part));
    if (unknown.length > 0) {
        throw new SetupError(`npm run bench: no part is called ${unknown.join(', ')}; there are ${parts.join(', ')}`);
    }
    for (const [name, value] of Object.entries({
        processes: options.processes,
        containers: options.containers,
        rounds: options.rounds,
    })) {
        if (!/^[1-9]\d{0,5}(,[1-9]\d{0,5})*$/.test(value)) {
            throw new SetupError(`npm run bench: --${name} takes numbers with commas between them, not ${value}`);
        }
    }
    await installDependencies();
    const { file } = await packageExtension();
    await build('--production', '--tests');
    mkdirSync(labFolder, { recursive: true });
    await compile('yardstick');
    await compile('crowd');
    const plan = {
        sizes: options.processes.split(',').map(Number),
        containers: options.containers.split(',').map(Number),
        only,
        rounds: Number(options.rounds),
        repository,
        labFolder,
        package: file,
    };
    return await showing(['--expose-gc', join(repository, 'dist/test/bench/bench.js'), JSON.stringify(plan)]);
});

/** @param {'yardstick' | 'crowd'} name */
async function compile(name) {
    if (!findProgram('cc')) {
        throw new SetupError(describeMissing(['cc']));
    }
    const program = join(labFolder, name);
    const source = join(repository, 'test/bench', `${name}.c`);
    const { status, output } = await run('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source]);
    if (status !== 0) {
        throw new SetupError(`cc failed:\n${output}`);
    }
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit status
 */
function showing(args) {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, args, { stdio: 'inherit' });
        child.on('error', reject);
        child.on('exit', (status) => resolve(status ?? 1));
    });
}
