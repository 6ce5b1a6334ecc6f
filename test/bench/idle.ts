import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { quiet, startFakeDaemon } from '../sources/docker/fake-daemon';
import { watcherOf } from '../watch/watcher-of';
import type { Plan } from './bench';
import { readerOf } from './memory';
import type { Report } from './report';

/** What runs for the first time is interpreted, and compiled beside. */
const warmUpMilliseconds = 40_000;
const windowMilliseconds = 10_000;

/** What a view costs that somebody sees while nothing happens, on the host as it is. */
export async function measureIdleness(plan: Plan, report: Report): Promise<void> {
    const daemon = await startFakeDaemon(quiet);
    const watcher = watcherOf(daemon, { root: '/proc' });
    let looks = 0;
    const listening = watcher.onDidChange(() => looks++);
    try {
        const watching = watcher.watch();
        await delay(warmUpMilliseconds);
        const reader = readerOf(process.pid);
        const shares: number[] = [];
        looks = 0;
        for (let round = 0; round < plan.rounds; round++) {
            const before = coreMilliseconds(reader);
            await delay(windowMilliseconds);
            shares.push((coreMilliseconds(reader) - before) / windowMilliseconds);
        }
        watching.dispose();
        const processes = watcher.current?.snapshot.processes.length ?? 0;
        report.heading(
            `A view that is seen while nothing happens, ${String(processes)} processes`,
            `of one core, in ${String(plan.rounds)} times ${String(windowMilliseconds / 1000)} seconds; with the reader process and a daemon that does nothing`,
        );
        shares.sort((one, other) => one - other);
        const median = shares[Math.floor(shares.length / 2)] ?? Infinity;
        report.figure('looks a minute', String((looks * 60_000) / (plan.rounds * windowMilliseconds)));
        report.figure('median', `${(100 * median).toFixed(2)} %`);
        report.goal('a view that is seen while nothing happens', 100 * (shares[0] ?? Infinity), 0.5, ' % of a core');
    } finally {
        listening.dispose();
        watcher.dispose();
        await daemon.stop();
    }
}

/** What we and the reader have used of a core, by /proc/PID/schedstat (sched-stats.rst). */
function coreMilliseconds(reader: number): number {
    const { user, system } = process.cpuUsage();
    const [ran = 0] = readFileSync(`/proc/${String(reader)}/schedstat`, 'latin1')
        .split(' ')
        .map(Number);
    return (user + system) / 1000 + ran / 1e6;
}
