import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { quiet, startFakeDaemon } from '../sources/docker/fake-daemon';
import { beginToMeasureBusyness } from '../lab/busyness';
import { makeProcDirectory, statLine } from '../sources/procfs/proc-directory';
import { until } from '../until';
import { watcherOf } from './watcher-of';

const seconds = process.env['CI'] ? 60 : 30;
/** What runs for the first time is interpreted, and compiled beside: for some twenty looks that takes as much again. */
const warmUpSeconds = 40;

describe('a view in which nothing happens', function () {
    this.timeout((warmUpSeconds + seconds + 60) * 1000);

    it('asks for little and takes next to nothing of a core, and nothing at all while nobody sees it', async () => {
        const processes = Array.from({ length: 200 }, (_, index) => index + 1);
        const proc = makeProcDirectory(
            Object.fromEntries(
                processes.flatMap((pid) => [
                    [`${pid}/stat`, statLine({ pid, ppid: pid === 1 ? 0 : 1 })],
                    [`${pid}/cmdline`, 'sleep\0infinity\0'],
                    [`${pid}/cgroup`, '0::/system.slice\n'],
                ]),
            ),
        );
        const daemon = await startFakeDaemon(quiet);
        const timersBefore = timers();
        const watcher = watcherOf(daemon, { root: proc.root });
        try {
            const watching = watcher.watch();
            await until(
                () => watcher.current?.snapshot.engines[0]?.version !== undefined && daemon.openConnections() === 1,
                'all is known, and its events are followed',
            );
            await delay(warmUpSeconds * 1000);
            const [reader = assert.fail()] = readers();
            const requests = daemon.requests.length;
            const shares: number[] = [];
            const busyness = beginToMeasureBusyness();
            while (shares.length < 3) {
                const begun = performance.now();
                const before = cpuMilliseconds(reader);
                await delay((seconds * 1000) / 3);
                shares.push((cpuMilliseconds(reader) - before) / (performance.now() - begun));
            }
            // The middle one: the tests before may have left something to be collected.
            const cpu = shares.sort((one, other) => one - other)[1] ?? Infinity;
            const asked = ((daemon.requests.length - requests) * 60) / seconds;
            // Whoever shares a core with others finds its caches cold.
            const times = busyness();
            const figures = `${(100 * cpu).toFixed(2)} % of a core, ${times.toFixed(1)} times as slow as alone`;
            console.log(`      ${asked} requests a minute, ${figures}`);
            assert.ok(asked > 0 && asked <= 12, `${asked} requests a minute`);
            assert.ok(cpu <= 0.005 * times, figures);

            watching.dispose();
            await until(() => daemon.openConnections() === 0 && readers().length === 0, 'all is closed');
            const requestsThen = daemon.requests.length;
            assert.ok(timers() <= timersBefore, `${timers()} timers, and ${timersBefore} before`);
            await delay(6_000);
            assert.equal(daemon.requests.length, requestsThen);
        } finally {
            watcher.dispose();
            await daemon.stop();
            proc.dispose();
        }
    });
});

/** What we and the reader have used of a core, by /proc/PID/schedstat (sched-stats.rst), in milliseconds. */
function cpuMilliseconds(reader: number): number {
    const { user, system } = process.cpuUsage();
    const [ran = 0] = readFileSync(`/proc/${reader}/schedstat`, 'latin1').split(' ').map(Number);
    return (user + system) / 1000 + ran / 1e6;
}

/** The reader processes that we have started, as far as they live. */
function readers(): readonly number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => {
        try {
            const [, state, ppid] = /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
            if (Number(ppid) !== process.pid || state === 'Z') return false;
            return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('reader.js');
        } catch {
            return false; // it has ended meanwhile
        }
    });
}

function timers(): number {
    return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
