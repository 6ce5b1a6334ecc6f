import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { BlockedReads } from '../../../src/sources/procfs/blocked-reads';
import { forkReader } from '../../../src/sources/procfs/forked-reader';
import type { Look } from '../../../src/sources/procfs/look';
import { openProcfs, type Procfs, type ProcfsOptions } from '../../../src/sources/procfs/reader-client';
import { beginToMeasureBusyness } from '../../lab/busyness';
import { until } from '../../until';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';
import { makeFifo, readerPath, readersOf, succeeded } from './readers';

/** The longest time that reading a file took in this process meanwhile, in milliseconds. */
function watchFileReads(): () => Promise<number> {
    let longest = 0;
    let isOver = false;
    const reading = (async () => {
        while (!isOver) {
            const begun = performance.now();
            await readFile(__filename);
            longest = Math.max(longest, performance.now() - begun);
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    })();
    return async () => {
        isOver = true;
        await reading;
        return longest;
    };
}

describe('reads of /proc that never return', function () {
    this.timeout(60_000);
    let proc: ProcDirectory;
    let forked: number;
    const opened: Procfs[] = [];
    const open = (options: Partial<ProcfsOptions> = {}) => {
        const fork: typeof forkReader = (...parameters) => {
            forked++;
            return forkReader(...parameters);
        };
        const procfs = openProcfs({ root: proc.root, readerPath, deadlineMilliseconds: 20_000, fork, ...options });
        opened.push(procfs);
        return procfs;
    };
    const block = (...paths: readonly string[]) => paths.forEach((path) => makeFifo(proc, path));
    const withoutArguments = ({ processes }: Look) =>
        processes
            .filter(({ argv }) => !argv)
            .map(({ pid }) => pid)
            .sort((one, other) => one - other);
    const gapsOf = ({ gaps }: Look) => gaps.map(({ reason, detail }) => [reason, detail]);

    before(() => assert.ok(existsSync(readerPath), `${readerPath} must be built first`));
    beforeEach(() => {
        forked = 0;
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

    it('leaves six of them out within three seconds, and never blocks this process', async () => {
        const blocked = [3, 50, 51, 90, 200, 300];
        block(...blocked.map((pid) => `${pid}/cmdline`));
        const procfs = open();
        const busyness = beginToMeasureBusyness();
        const longestFileRead = watchFileReads();
        const startedAt = performance.now();
        const look = succeeded(await procfs.look());
        const milliseconds = performance.now() - startedAt;
        const fileRead = await longestFileRead();
        const times = busyness();
        assert.ok(milliseconds <= 3000 * times, `${milliseconds} ms, ${times} times as slow as alone`);
        assert.ok(fileRead <= 50 * times, `reading a file took ${fileRead} ms, ${times} times as slow as alone`);
        assert.equal(look.processes.length, 300);
        assert.ok(look.processes.every(({ cgroups }) => cgroups?.length === 1));
        assert.deepEqual(withoutArguments(look), blocked);
        assert.deepEqual(gapsOf(look), [['timeout', 'reading some processes never returns']]);
        assert.equal(readersOf(proc.root).length, 1, 'those that were stuck are gone');

        const forkedBefore = forked;
        assert.deepEqual(withoutArguments(succeeded(await procfs.look())), blocked);
        assert.equal(forked, forkedBefore, 'it does not try them again');
    });

    it('leaves out the file that blocks, and no other of the process', async () => {
        block('3/cmdline', '77/cgroup', '120/stat');
        const look = succeeded(await open().look());
        assert.equal(look.processes.length, 299);
        assert.ok(!look.processes.some(({ pid }) => pid === 120));
        assert.deepEqual(withoutArguments(look), [3]);
        assert.deepEqual(
            look.processes.filter(({ cgroups }) => !cgroups).map(({ pid }) => pid),
            [77],
        );
        assert.deepEqual(gapsOf(look), [['timeout', 'reading some processes never returns']]);
    });

    it('reads what it can of all others by its deadline when there are too many, and finds the rest later', async () => {
        const procfs = open({ deadlineMilliseconds: 5_000 }); // the product's
        succeeded(await procfs.look());
        const blocked = Array.from({ length: 20 }, (_, index) => 10 + index);
        block(...blocked.map((pid) => `${pid}/cmdline`));
        proc.write({ '310/stat': statLine({ pid: 310, comm: 'new' }), '310/cmdline': 'new\0' });
        const busyness = beginToMeasureBusyness();
        const startedAt = performance.now();
        const look = succeeded(await procfs.look({ full: true }));
        assert.ok(performance.now() - startedAt <= 5_500);
        assert.equal(look.processes.length, 301);
        assert.match(
            look.gaps[0]?.detail ?? '',
            /^of 301 of 301 processes only stat was read, because too much blocks/,
        );
        assert.deepEqual(withoutArguments(look), [310], 'what was known before stays');
        assert.ok(look.processes.every(({ pid, cgroups }) => pid === 310 || cgroups));
        let later = look;
        let looks = 0;
        for (; looks < 10 && withoutArguments(later).length !== 20; looks++) {
            later = succeeded(await procfs.look());
        }
        const times = busyness();
        assert.ok(looks <= Math.round(2 * times), `${looks} looks later, ${times} times as slow as alone`);
        assert.deepEqual(withoutArguments(later), blocked);
        assert.deepEqual(gapsOf(later), [['timeout', 'reading some processes never returns']]);
    });

    it('leaves out a command line that blocks where somebody asks for it whole, and holds up nothing else', async () => {
        block('3/cmdline');
        const procfs = open();
        const ask = async (pid: number) => procfs.commandLine({ pid, startTicks: 1000 + pid });
        const startedAt = performance.now();
        const [blocked, free] = await Promise.all([ask(3), ask(4)]);
        assert.ok(performance.now() - startedAt < 10_000, 'half of its deadline');
        assert.ok('reason' in blocked);
        assert.equal(blocked.reason, 'timeout');
        assert.match(blocked.detail, /^reading the command line of process 3 does not return/);
        assert.deepEqual(free, { argv: ['sleep', '4'] });
        forked = 0;
        assert.deepEqual(withoutArguments(succeeded(await procfs.look())), [3]);
        assert.equal(forked, 1, 'the look does not try it again');
        assert.deepEqual(await ask(3), blocked, 'nor does who asks once more');
        proc.remove('3/cmdline');
        proc.write({ '3/cmdline': 'free\0' });
        await procfs.look({ full: true });
        assert.deepEqual(await ask(3), { argv: ['free'] });
    });

    it('remembers them while nobody looks', async () => {
        block('3/cmdline');
        const blockedReads = new BlockedReads();
        const first = open({ blockedReads });
        succeeded(await first.look());
        first.dispose();
        forked = 0;
        assert.deepEqual(withoutArguments(succeeded(await open({ blockedReads }).look())), [3]);
        assert.equal(forked, 1, 'it did not try again');
    });

    it('asks again on request, and after a while, whether they still block', async () => {
        for (const patience of [60_000, 0]) {
            block('3/cmdline');
            const procfs = open({ blockedReads: new BlockedReads(patience) });
            assert.equal(succeeded(await procfs.look()).gaps.length, 1);
            proc.remove('3/cmdline');
            proc.write({ '3/cmdline': 'free\0' });
            const look = succeeded(await procfs.look({ full: patience > 0 }));
            assert.deepEqual(look.processes.find(({ pid }) => pid === 3)?.argv, ['free']);
            assert.deepEqual(look.gaps, []);
        }
    });

    it('reads all that was left out once it is asked again, also what is else read a third at a time', async () => {
        const pids = [3, 4, 5];
        for (const pid of pids) proc.write({ [`${pid}/cmdline`]: 'tini\0' });
        block(...pids.map((pid) => `${pid}/status`));
        const procfs = open();
        assert.equal(succeeded(await procfs.look()).gaps.length, 1);
        for (const pid of pids) {
            proc.remove(`${pid}/status`);
            proc.write({ [`${pid}/status`]: 'Uid:\t0\t7\t0\t0\n' });
        }
        const look = succeeded(await procfs.look({ full: true }));
        assert.deepEqual(look.gaps, []);
        assert.deepEqual(
            look.processes.filter(({ uid }) => uid === 7).map(({ pid }) => pid),
            pids,
        );
    });

    it('leaves them alone for two minutes', () => {
        const blockedReads = new BlockedReads();
        blockedReads.add('3/cmdline');
        const { now } = performance;
        const areOldAfter = (seconds: number): boolean => {
            performance.now = () => now.call(performance) + seconds * 1_000;
            return blockedReads.areOld;
        };
        try {
            assert.deepEqual([119, 121].map(areOldAfter), [false, true]);
        } finally {
            performance.now = now;
        }
    });

    it('bears two readers that do not die, and then reads only stat', async () => {
        block('3/cmdline', '50/cmdline', '90/cmdline');
        // A process that waits in the kernel does not die of SIGKILL: no FIFO can hold one so.
        let letThemDie!: () => void;
        const theyMayDie = new Promise<void>((resolve) => (letThemDie = resolve));
        const fork: typeof forkReader = (...parameters) => {
            forked++;
            const reader = forkReader(...parameters);
            return { ...reader, ended: theyMayDie.then(() => reader.ended) };
        };
        const procfs = open({ fork });
        for (let looks = 0; looks < 3; looks++) {
            const look = succeeded(await procfs.look({ full: looks === 2 }));
            assert.equal(look.processes.length, 300);
            assert.match(look.gaps[0]?.detail ?? '', /only stat was read/);
            assert.equal(forked, 3, 'two that hang, and one that reads stat');
        }
        const command = await procfs.commandLine({ pid: 4, startTicks: 1004 });
        assert.equal('reason' in command && command.reason, 'timeout');
        assert.equal(forked, 3, 'nor is one forked for a command line');
        block('120/stat');
        const failed = await procfs.look({ full: true });
        assert.equal(!failed.ok && failed.gap.reason, 'timeout');
        await procfs.look();
        assert.equal(forked, 3, 'it forks no more of them');
        proc.remove('120');
        letThemDie();
        const look = succeeded(await procfs.look());
        assert.deepEqual(withoutArguments(look), [3, 50, 90]);
    });

    it('gives up at its deadline where no step can be left out, and works again once it is healed', async () => {
        block('uptime');
        const procfs = open({ deadlineMilliseconds: 2500 });
        const startedAt = performance.now();
        const result = await procfs.look();
        assert.ok(performance.now() - startedAt <= 3000);
        assert.equal(!result.ok && result.gap.reason, 'timeout');
        await until(() => readersOf(proc.root).length === 0);
        proc.remove('uptime');
        assert.equal(succeeded(await procfs.look()).processes.length, 300);
    });

    it('looks less and less often at what keeps blocking', async () => {
        block('uptime');
        const procfs = open({ deadlineMilliseconds: 600 });
        await procfs.look();
        await procfs.look();
        const look = procfs.look();
        assert.deepEqual(readersOf(proc.root), []); // it asks nobody
        const third = await look;
        assert.match(third.ok ? '' : third.gap.detail, /it is tried rarely now$/);
        assert.deepEqual(readersOf(proc.root), []);
        proc.remove('uptime');
        assert.equal(succeeded(await procfs.look({ full: true })).processes.length, 300, 'a person has asked');
    });
});
