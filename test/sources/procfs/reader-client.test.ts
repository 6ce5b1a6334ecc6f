import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandLine } from '../../../src/model/process';
import { forkReader } from '../../../src/sources/procfs/forked-reader';
import { openProcfs, type Procfs } from '../../../src/sources/procfs/reader-client';
import { until } from '../../until';
import { parseStat } from '../../../src/sources/procfs/stat';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';
import { makeFifo, readerPath, readersOf, succeeded } from './readers';

describe('reading through a process of its own', function () {
    this.timeout(60_000);
    let proc: ProcDirectory;
    const opened: Procfs[] = [];
    const open = (root: string, deadlineMilliseconds = 10_000, fork = forkReader) => {
        const procfs = openProcfs({ root, readerPath, deadlineMilliseconds, fork });
        opened.push(procfs);
        return procfs;
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

    it('hands out any bytes as they were read', async () => {
        proc.write({ '7/stat': statLine({ pid: 7, comm: Buffer.of(0xff, 0x61) }) });
        proc.write({
            '7/cmdline': Buffer.of(0xff, 0, 0xef, 0xbf, 0xbd, 0),
            '7/cgroup': Buffer.from('0::/\xfe\n', 'latin1'),
        });
        const { processes } = succeeded(await open(proc.root).look());
        const { comm, argv, cgroups } = processes.find(({ pid }) => pid === 7) ?? assert.fail();
        assert.deepEqual([comm, argv, cgroups?.[0]?.path], ['\udcffa', ['\udcff', '\ufffd'], '/\udcfe']);
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

    it('reads the whole command line of one process, and leaves nothing behind', async () => {
        const procfs = open('/proc');
        const long = 'é'.repeat(20_000);
        for (const [argv, told] of [
            [['a b', '', long, '\n'], { argv: [process.execPath, ...runs, 'a b', '', long, '\n'] }],
            [['x'.repeat(100 * 1024)], undefined],
        ] as const) {
            const child = spawn(process.execPath, [...runs, ...argv], { stdio: ['pipe', 'pipe', 'ignore'] });
            try {
                await once(child.stdout, 'data');
                const pid = child.pid ?? 0;
                const startTicks = startTicksOf(pid);
                const read = await procfs.commandLine({ pid, startTicks });
                if (told) assert.deepEqual(read, told);
                else assert.equal('argv' in read && lengthIn(read) === 65_536 && read.argvTruncated, true);
                const ofAnother = await procfs.commandLine({ pid, startTicks: startTicks + 1 });
                assert.equal('reason' in ofAnother && ofAnother.reason, 'gone');
                const gone = once(child, 'exit');
                child.kill('SIGKILL');
                await gone;
                const afterwards = await procfs.commandLine({ pid, startTicks });
                assert.ok('reason' in afterwards);
                assert.equal(afterwards.reason, 'gone');
                assert.match(afterwards.detail, /is not seen any more/);
            } finally {
                child.kill('SIGKILL');
            }
        }
        await until(() => readersOf('/proc').length === 0);
    });

    it('says why a command line can’t be read, and leaves a saved one that is absent or empty what it is', async () => {
        proc.remove('7/cmdline');
        proc.write({ '8/cmdline': '', '9/stat': 'no stat' });
        const procfs = open(proc.root);
        const read = async (pid: number) => procfs.commandLine({ pid, startTicks: 1000 + pid });
        const [ofMissing, ofZombie, ofMalformed] = await Promise.all([read(7), read(8), read(9)]);
        assert.ok('reason' in ofMissing && 'reason' in ofMalformed);
        assert.match(ofMissing.detail, /holds no command line of process 7$/);
        assert.deepEqual(ofZombie, { argv: [] });
        assert.equal(ofMalformed.reason, 'gone');
    });

    it('reads one command line at a time, beside a look', async () => {
        let underWay = 0;
        const fork: typeof forkReader = (...parameters) => {
            const reader = forkReader(...parameters);
            const commandLine: typeof reader.commandLine = async (...question) => {
                assert.equal(++underWay, 1);
                return reader.commandLine(...question).finally(() => underWay--);
            };
            return { ...reader, commandLine };
        };
        const procfs = open(proc.root, 10_000, fork);
        const pids = [3, 4, 5, 6];
        const read = pids.map((pid) => procfs.commandLine({ pid, startTicks: 1000 + pid }));
        assert.equal(succeeded(await procfs.look()).processes.length, 300);
        assert.deepEqual(
            await Promise.all(read),
            pids.map((pid) => ({ argv: ['sleep', String(pid)] })),
        );
        await until(() => readersOf(proc.root).length === 1);
    });

    it('gives up a command line at its deadline, and when it is closed', async () => {
        const late = await open(proc.root, 1).commandLine({ pid: 3, startTicks: 1003 });
        assert.ok('reason' in late);
        assert.equal(late.reason, 'timeout');
        makeFifo(proc, '3/cmdline');
        const procfs = open(proc.root);
        const read = procfs.commandLine({ pid: 3, startTicks: 1003 });
        await until(() => readersOf(proc.root).length === 1);
        procfs.dispose();
        const closed = await read;
        assert.equal('reason' in closed && closed.detail, 'nobody looks any more');
        await until(() => readersOf(proc.root).length === 0);
    });

    it('is answered when it is closed in the middle of a look', async () => {
        makeFifo(proc, '3/cmdline');
        const procfs = open(proc.root);
        const look = procfs.look();
        await until(() => readersOf(proc.root).length === 1);
        procfs.dispose();
        const result = await look;
        assert.equal(!result.ok && result.gap.reason, 'gone');
    });
});

/** A program that says that it runs, and goes on until its standard input ends. */
const runs = ['-e', 'process.stdin.resume(); console.log()', '--'];

function startTicksOf(pid: number): number {
    const bytes = readFileSync(`/proc/${pid}/stat`);
    return parseStat(bytes, bytes.length)?.startTicks ?? assert.fail();
}

/** As many bytes of /proc/PID/cmdline as it was made of, where the last one was within an argument. */
function lengthIn({ argv }: CommandLine): number {
    return Buffer.byteLength(argv.join('\0'));
}
