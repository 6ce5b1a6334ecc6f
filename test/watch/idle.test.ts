import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { quiet, startFakeDaemon } from '../sources/docker/fake-daemon';
import { makeProcDirectory, statLine } from '../sources/procfs/proc-directory';
import { until } from '../until';
import { watcherOf } from './watcher-of';

const seconds = process.env['CI'] ? 60 : 30;

describe('a view in which nothing happens', function () {
    this.timeout((seconds + 60) * 1000);

    it('asks for little and looks rarely, and does nothing at all while nobody sees it', async () => {
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
            const requests = daemon.requests.length;
            let looks = 0;
            const listening = watcher.onDidChange(() => looks++);
            await delay(seconds * 1000);
            listening.dispose();
            const inAMinute = (count: number): number => (count * 60) / seconds;
            const asked = inAMinute(daemon.requests.length - requests);
            assert.ok(asked > 0 && asked <= 12, `${asked} requests a minute`);
            assert.ok(looks > 0 && inAMinute(looks) <= 26, `${inAMinute(looks)} looks a minute`);

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
