import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as systeminformation from 'systeminformation';
import type { Look, LookOptions } from '../../src/sources/procfs/look';
import { openProcfs, type Procfs } from '../../src/sources/procfs/reader-client';
import type { Plan } from './bench';
import { countProcesses, startCrowd } from './crowd';
import { best, type Report, timed } from './report';

const execute = promisify(execFile);
const manyBytes = { maxBuffer: 256 << 20 };

/** Reading `/proc`, at several sizes, beside the yardstick and beside what a person would use instead. */
export async function measureLooks(plan: Plan, report: Report): Promise<void> {
    const crowd = startCrowd(join(plan.labFolder, 'crowd'));
    const perProcess: number[] = [];
    try {
        for (const [place, size] of plan.sizes.entries()) {
            const containers = plan.containers[Math.min(place, plan.containers.length - 1)] ?? 0;
            await crowd.grow(size, Math.min(containers, Math.floor(size / 5)));
            perProcess.push(await measureSize(plan, report, crowd.containers.length));
        }
    } finally {
        await crowd.close();
    }
    const [first, last] = [perProcess[0] ?? 1, perProcess.at(-1) ?? 1];
    report.goal('growth of a full look per process, from the fewest to the most', last / first, 1.3);
}

/** What a full look costs per process, in microseconds. */
async function measureSize(plan: Plan, report: Report, containers: number): Promise<number> {
    const { rounds, labFolder, repository } = plan;
    const processes = countProcesses();
    const isGoal = processes >= 4500 && processes < 10_000;
    report.heading(
        `${String(processes)} processes, ${String(containers)} containers`,
        'C reads stat, cmdline and cgroup of each process once; all are the best of several, taken in turn',
    );
    const readerPath = join(repository, 'dist/reader.js');
    const open = () => openProcfs({ root: '/proc', readerPath, deadlineMilliseconds: 60_000 });
    const reader = open();
    const onScreen: number[] = [];
    const look = async (options: LookOptions = {}) => succeeded(await reader.look(options));
    const { processes: seen } = await look();
    onScreen.push(...seen.filter(isInCrowdsContainer).map(({ pid }) => pid));

    const times = {
        yardstick: Infinity,
        first: Infinity,
        full: Infinity,
        steady: Infinity,
        unchanged: Infinity,
        onScreen: Infinity,
    };
    const files = { full: 0, steady: 0, unchanged: 0, onScreen: 0 };
    let busy = Infinity;
    const least = (name: keyof typeof times, milliseconds: number) => {
        times[name] = Math.min(times[name], milliseconds);
    };
    for (let round = 0; round < rounds; round++) {
        least('yardstick', await yardstick(labFolder));
        least('first', await firstLook(open));
        const before = performance.eventLoopUtilization();
        least('full', await timed(async () => (files.full = (await look({ full: true })).filesOpened)));
        busy = Math.min(busy, performance.eventLoopUtilization(before).active);
        // Something is forked and ends between two looks, as on every host. Most steady looks follow one of their kind.
        for (let repeated = 0; repeated < 3; repeated++) {
            await execute('true');
            least('steady', await timed(async () => (files.steady = (await look()).filesOpened)));
        }
        for (const name of ['unchanged', 'onScreen'] as const) {
            // Another process of the host may come between two: only a look that says so counts.
            for (let tries = 0; tries < 20; tries++) {
                const begun = performance.now();
                const { look: kind, filesOpened } = await look(name === 'onScreen' ? { onScreen } : {});
                if (kind !== 'unchanged') continue;
                least(name, performance.now() - begun);
                files[name] = filesOpened;
            }
        }
    }
    const atRest = await best(rounds, () => longestBlock(() => delay(100)));
    const blocked = await best(rounds, () => longestBlock(() => look({ full: true })));
    reader.dispose();

    const C = times.yardstick;
    const { default: psList } = await import('ps-list');
    // It puts all pids into the arguments of one command, which the kernel refuses where they are many (E2BIG).
    const areTooMany = processes > 15_000;
    const others = {
        'ps axf': () => execute('ps', ['axf'], manyBytes),
        'pstree -p': () => execute('pstree', ['-p'], manyBytes),
        'ps-list': () => psList(),
        ...(!areTooMany && { 'systeminformation.processes()': () => systeminformation.processes() }),
    };
    report.line('C', C, 1, `${((C * 1000) / processes).toFixed(1)} µs a process`);
    const each = (milliseconds: number) => `${((milliseconds * 1000) / processes).toFixed(1)} µs a process`;
    report.line('first look, the reader’s start included', times.first, times.first / C);
    report.line('full look', times.full, times.full / C, `${each(times.full)}, ${String(files.full)} files`);
    report.line('steady look', times.steady, times.steady / C, `${each(times.steady)}, ${String(files.steady)} files`);
    report.line(
        'look, nothing forked and nothing ended',
        times.unchanged,
        times.unchanged / C,
        `${String(files.unchanged)} files`,
    );
    report.line(
        'the same, all in containers on screen',
        times.onScreen,
        times.onScreen / C,
        `${String(files.onScreen)} files`,
    );
    report.figure(
        'calling thread, in a full look',
        `busy for ${busy.toFixed(1)} ms, blocked for ${blocked.toFixed(1)} ms at most (at rest ${atRest.toFixed(1)} ms)`,
    );
    const garbage = await garbagePerSteadyLook(repository);
    report.figure('garbage of a steady look', `${(garbage / processes).toFixed(0)} bytes a process`);
    for (const [name, run] of Object.entries(others)) {
        // systeminformation keeps its answer for a while: only its first one was measured, not remembered.
        const milliseconds = await best(name.startsWith('system') ? 1 : rounds, () => timed(run));
        report.line(name, milliseconds, milliseconds / C);
        if (isGoal && name === 'ps axf')
            report.goal('full look / ps axf, 5,000 processes', times.full / milliseconds, 0.6);
    }
    if (isGoal) {
        report.goal('full look, 5,000 processes', times.full / C, 1.5, ' × C');
        report.goal('steady look, 5,000 processes', times.steady / C, 0.25, ' × C');
        report.goal('unchanged look, 5,000 processes', times.unchanged / C, 0.02, ' × C');
        report.goal('garbage of a steady look, 5,000 processes', garbage / processes, 120, ' bytes a process');
    }
    if (areTooMany) report.goal('longest block of the calling thread, 20,000 processes', blocked, 5, ' ms');
    return (times.full / processes) * 1000;
}

/** In milliseconds. */
export async function yardstick(labFolder: string): Promise<number> {
    const { stdout } = await execute(join(labFolder, 'yardstick'), ['3']);
    return Math.min(
        ...stdout
            .trim()
            .split('\n')
            .map((line) => Number(line.split(' ')[0]) / 1e6),
    );
}

async function firstLook(open: () => Procfs): Promise<number> {
    const reader = open();
    const milliseconds = await timed(async () => succeeded(await reader.look()));
    reader.dispose();
    return milliseconds;
}

function succeeded(look: Awaited<ReturnType<Procfs['look']>>): Look {
    if (!look.ok) throw new Error(look.gap.detail);
    return look;
}

function isInCrowdsContainer({ cgroups }: Look['processes'][number]): boolean {
    return cgroups?.some(({ path }) => path.startsWith('/crowd-')) ?? false;
}

/** The longest time, in milliseconds, that nothing else could run in this thread, to a millisecond. */
async function longestBlock(task: () => Promise<unknown>): Promise<number> {
    let longest = 0;
    let last = performance.now();
    // A thread that spins would be put aside by the kernel, and take that for a block.
    const clock = setInterval(() => {
        const now = performance.now();
        longest = Math.max(longest, now - last - 1);
        last = now;
    }, 1);
    await task();
    clearInterval(clock);
    return longest;
}

/** In bytes; measured where it arises, in a process that reads as the reader process does. */
async function garbagePerSteadyLook(repository: string): Promise<number> {
    const program = join(repository, 'dist/test/bench/garbage.js');
    const { stdout } = await execute(process.execPath, [
        '--expose-gc',
        '--max-semi-space-size=512',
        '--min-semi-space-size=256',
        program,
    ]);
    return Number(stdout);
}
