import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Look, LookResult } from '../../../src/sources/procfs/look';
import { openProcfs, type Procfs } from '../../../src/sources/procfs/reader-client';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';

/** The tests run from dist/test/sources/procfs. */
const readerPath = join(__dirname, '../../../reader.js');

function succeeded(result: LookResult): Look {
    assert.ok(result.ok, JSON.stringify(result));
    return result;
}

/** The processes that this one forked to read `root`, as ps tells it. */
function readersOf(root: string): readonly number[] {
    const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
    return lines
        .map((line) => /^ *(\d+) +(\d+) +(\S+) (.*)$/.exec(line) ?? [])
        .filter(([, , ppid, state, command]) => {
            return Number(ppid) === process.pid && !state?.startsWith('Z') && command?.includes(` ${root}`);
        })
        .map(([, pid]) => Number(pid));
}

async function until(condition: () => boolean): Promise<void> {
    for (const giveUpAt = performance.now() + 5000; !condition();) {
        assert.ok(performance.now() < giveUpAt, `not within 5 s: ${condition}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

/** The longest time for which this process did nothing else, in milliseconds. */
function watchEventLoop(): () => number {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
    }, 5).unref();
    return () => {
        clearInterval(timer);
        return Math.max(longest, performance.now() - last);
    };
}

describe('reading through a process of its own', function () {
    this.timeout(60_000);
    let proc: ProcDirectory;
    const opened: Procfs[] = [];
    const open = (root: string, deadlineMilliseconds = 10_000) => {
        const procfs = openProcfs({ root, readerPath, deadlineMilliseconds });
        opened.push(procfs);
        return procfs;
    };
    const makeFifo = (path: string) => {
        proc.remove(path);
        execFileSync('mkfifo', [join(proc.root, path)]);
    };

    before(() => assert.ok(existsSync(readerPath), `${readerPath} must be built first`));
    beforeEach(() => {
        proc = makeProcDirectory();
        for (let pid = 1; pid <= 300; pid++) {
            proc.write({ [`${pid}/stat`]: statLine({ pid }), [`${pid}/cmdline`]: `sleep\0${pid}\0` });
            proc.write({ [`${pid}/cgroup`]: '0::/user.slice\n' });
        }
    });
    afterEach(() => {
        opened.splice(0).forEach((procfs) => procfs.dispose());
        proc.dispose();
    });

    it('forks nothing before the first look, and leaves nothing behind', async () => {
        const procfs = open(proc.root);
        assert.deepEqual(readersOf(proc.root), []);
        assert.equal(succeeded(await procfs.look()).processes.length, 300);
        assert.equal(readersOf(proc.root).length, 1);
        procfs.dispose();
        await until(() => readersOf(proc.root).length === 0);
        const afterwards = await procfs.look();
        assert.equal(!afterwards.ok && afterwards.gap.reason, 'gone');
        assert.deepEqual(readersOf(proc.root), []);
    });

    it('hands out the same objects for what did not change', async () => {
        const procfs = open(proc.root);
        const first = succeeded(await procfs.look());
        const second = succeeded(await procfs.look());
        assert.equal(second.processes, first.processes);
        proc.remove('7');
        proc.write({ '8/stat': statLine({ pid: 8, state: 'R' }), '400/stat': statLine({ pid: 400 }) });
        const third = succeeded(await procfs.look());
        const before = new Map(first.processes.map((one) => [one.pid, one]));
        const other = third.processes.filter((one) => before.get(one.pid) !== one).map(({ pid }) => pid);
        assert.deepEqual(other, [8, 400]);
        assert.equal(third.processes.length, 300);
        assert.ok(!third.processes.some(({ pid }) => pid === 7));
        assert.equal(first.processes.length, 300, 'what was handed out does not change');
        const whole = succeeded(await procfs.look({ full: true }));
        assert.equal(whole.look, 'full');
        assert.equal(whole.processes, third.processes, 'read again, and found the same');
    });

    it('answers everybody who asks meanwhile with one look', async () => {
        const procfs = open(proc.root);
        const [one, other] = await Promise.all([procfs.look(), procfs.look()]);
        assert.equal(one, other);
        assert.notEqual(await procfs.look(), one);
    });

    it('passes on that the root is no proc', async () => {
        const result = await open(join(proc.root, 'missing')).look();
        assert.match(result.ok ? '' : result.gap.detail, /^no such directory: /);
    });

    it('says so when the reader is killed, and sends everything afresh at the next look', async () => {
        const procfs = open(proc.root);
        await procfs.look();
        const [reader] = readersOf(proc.root);
        process.kill(Number(reader), 'SIGKILL');
        await until(() => readersOf(proc.root).length === 0);
        const failed = await procfs.look();
        assert.equal(!failed.ok && failed.gap.reason, 'gone');
        assert.equal(succeeded(await procfs.look()).processes.length, 300);
    });

    it('says so when there is no reader to fork', async () => {
        const procfs = openProcfs({
            root: proc.root,
            readerPath: join(proc.root, 'missing.js'),
            deadlineMilliseconds: 5000,
        });
        const result = await procfs.look();
        assert.equal(!result.ok && result.gap.reason, 'gone');
        procfs.dispose();
    });

    it('is answered when it is closed in the middle of a look', async () => {
        makeFifo('3/cmdline');
        const procfs = open(proc.root);
        const look = procfs.look();
        await until(() => readersOf(proc.root).length === 1);
        procfs.dispose();
        const result = await look;
        assert.equal(!result.ok && result.gap.reason, 'gone');
    });

    it('finds out which processes block it, tells the others in time, and never blocks this process', async () => {
        for (const path of [
            '3/cmdline',
            '50/cmdline',
            '51/cmdline',
            '77/cgroup',
            '90/cmdline',
            '120/stat',
            '300/cmdline',
        ]) {
            makeFifo(path);
        }
        const deadline = 15_000;
        const procfs = open(proc.root, deadline);
        const longestPause = watchEventLoop();
        const startedAt = performance.now();
        const look = succeeded(await procfs.look());
        assert.ok(performance.now() - startedAt <= deadline + 500);
        const pause = longestPause();
        assert.ok(pause < 1000, `nothing else was done for ${pause} ms`);
        assert.equal(look.processes.length, 299);
        assert.deepEqual(
            look.processes
                .filter(({ argv }) => !argv)
                .map(({ pid }) => pid)
                .sort(),
            [3, 300, 50, 51, 90],
        );
        assert.deepEqual(
            look.processes.filter(({ cgroups }) => !cgroups).map(({ pid }) => pid),
            [77],
        );
        assert.deepEqual(
            look.gaps.map(({ reason, detail }) => [reason, detail]),
            [['timeout', 'reading some processes never returns']],
        );
        assert.equal(readersOf(proc.root).length, 1, 'those that were stuck are gone');

        const again = performance.now();
        assert.equal(succeeded(await procfs.look()).processes.length, 299);
        assert.ok(performance.now() - again < deadline / 4, 'it does not try them again');
    });

    it('asks again on request whether they still block', async () => {
        makeFifo('3/cmdline');
        const procfs = open(proc.root, 9000);
        assert.equal(succeeded(await procfs.look()).gaps.length, 1);
        proc.remove('3/cmdline');
        proc.write({ '3/cmdline': 'free\0' });
        const look = succeeded(await procfs.look({ full: true }));
        assert.deepEqual(look.processes.find(({ pid }) => pid === 3)?.argv, ['free']);
        assert.deepEqual(look.gaps, []);
    });

    it('gives up at its deadline where no step can be left out, and works again once it is healed', async () => {
        makeFifo('uptime');
        const procfs = open(proc.root, 2500);
        const longestPause = watchEventLoop();
        const startedAt = performance.now();
        const result = await procfs.look();
        assert.ok(performance.now() - startedAt <= 3000);
        assert.ok(longestPause() < 1000);
        assert.equal(!result.ok && result.gap.reason, 'timeout');
        await until(() => readersOf(proc.root).length === 0);
        proc.remove('uptime');
        assert.equal(succeeded(await procfs.look()).processes.length, 300);
    });

    it('looks less and less often at what keeps blocking', async () => {
        makeFifo('uptime');
        const procfs = open(proc.root, 600);
        await procfs.look();
        await procfs.look();
        const look = procfs.look();
        assert.deepEqual(readersOf(proc.root), []); // it asks nobody
        const third = await look;
        assert.equal(!third.ok && third.gap.reason, 'timeout');
        assert.deepEqual(readersOf(proc.root), []);
    });
});
