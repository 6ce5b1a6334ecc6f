import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { openProcfs, type Procfs } from '../../../src/sources/procfs/reader-client';
import { beginToMeasureBusyness } from '../../lab/busyness';
import { until } from '../../until';
import { readerPath, succeeded } from './readers';

const idleProcesses = 1000;
const stormForks = 20_000;

/** How late a timer of five milliseconds came, in milliseconds: the 99th percentile. */
function watchEventLoop(): () => number {
    const delays: number[] = [];
    let last = performance.now();
    const timer = setInterval(() => {
        delays.push(performance.now() - last - 5);
        last = performance.now();
    }, 5);
    return () => {
        clearInterval(timer);
        return delays.sort((one, other) => one - other)[Math.floor(delays.length * 0.99)] ?? Infinity;
    };
}

/** Since boot, the line `processes` of /proc/stat, proc_stat(5). */
function countForks(): number {
    return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
}

describe('a storm of forks, on a host with a crowd of idle processes', function () {
    this.timeout(60_000);
    const started: ChildProcess[] = [];
    let procfs: Procfs;

    /** In a group of its own, so that it ends whole. */
    const startShell = (script: string): ChildProcess => {
        const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
        started.push(child);
        return child;
    };
    const endAll = async () => {
        const ends = started.splice(0).map((child) => {
            const ended = new Promise((resolve) => child.once('exit', resolve));
            process.kill(-(child.pid ?? assert.fail()), 'SIGKILL');
            return ended;
        });
        await Promise.all(ends);
    };
    const countProcesses = () => readdirSync('/proc').filter((name) => /^[1-9]/.test(name)).length;

    before(async () => {
        const others = countProcesses();
        startShell(`for number in $(seq ${idleProcesses}); do sleep 1000 & done; wait`);
        await until(() => countProcesses() >= others * 0.9 + idleProcesses, 'the idle ones are there', 30_000);
        procfs = openProcfs({ root: '/proc', readerPath, deadlineMilliseconds: 5_000 });
    });
    after(async () => {
        procfs.dispose();
        await endAll();
    });

    it('delays no look beyond two seconds and never this process, and leaves nothing to be done', async () => {
        const calm = succeeded(await procfs.look());
        const storm = startShell('while :; do (:); done');
        const busyness = beginToMeasureBusyness();
        const lag = watchEventLoop();
        const looks: number[] = [];
        const startedAt = performance.now();
        for (const isOverAt = countForks() + stormForks; countForks() < isOverAt;) {
            const begun = performance.now();
            const asked = [procfs.look({ full: looks.length % 3 === 0 }), procfs.look(), procfs.look()];
            const answers = await Promise.all(asked);
            looks.push(performance.now() - begun);
            assert.ok(
                answers.every((answer) => answer === answers[0]),
                'one look for all',
            );
            const { processes } = succeeded(answers[0] ?? assert.fail());
            assert.ok(processes.length >= idleProcesses);
        }
        const [late, times, seconds] = [lag(), busyness(), (performance.now() - startedAt) / 1000];
        const figures = `${looks.length} looks in ${seconds.toFixed(1)} s, longest ${Math.max(...looks).toFixed()} ms, lag ${late.toFixed(1)} ms, ${times.toFixed(1)} times as slow as alone`;
        assert.ok(looks.length >= seconds / times, figures);
        assert.ok(Math.max(...looks) <= 2000 * times, figures);
        assert.ok(late <= 50 * times, figures);

        process.kill(-(storm.pid ?? assert.fail()), 'SIGKILL');
        await until(() => storm.signalCode !== null);
        const begun = performance.now();
        const after = succeeded(await procfs.look());
        assert.ok(performance.now() - begun <= 2000 * times);
        assert.ok(after.processes.every(({ pid, ppid }) => pid !== storm.pid && ppid !== storm.pid));
        const [known, remaining] = [new Set(calm.processes.map(({ pid }) => pid)), after.processes];
        assert.ok(remaining.filter(({ pid }) => known.has(pid)).length >= idleProcesses);
        started.splice(started.indexOf(storm), 1);
    });
});
