import assert from 'node:assert/strict';
import { parseAuxiliaryVector } from '../../src/sources/procfs/auxv';
import { parseCgroup } from '../../src/sources/procfs/cgroup';
import { parseCmdline } from '../../src/sources/procfs/cmdline';
import { openFiles, type FileSystem } from '../../src/sources/procfs/files';
import { parseForkCount, readForkMark } from '../../src/sources/procfs/forks';
import { readUptimeSeconds } from '../../src/sources/procfs/host';
import { isMountedOver, parseHidepid } from '../../src/sources/procfs/mountinfo';
import { parseListeningUnixSockets } from '../../src/sources/procfs/net-unix';
import { isReaderMessage } from '../../src/sources/procfs/reader-messages';
import { parseStat } from '../../src/sources/procfs/stat';
import { parseSleeps, parseStatus } from '../../src/sources/procfs/status';
import { bytesOf } from '../sources/procfs/bytes';
import { fuzz } from './fuzz';
import { changedBytes, changedValue, piece, type Random } from './random';

const id = 'ab'.repeat(32);

const stat = (comm: string) =>
    `4321 (${comm}) S 1 4321 4321 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 3 0 123456 7340032 250 18446744073709551615 1 1 0\n`;

const samples = {
    stat: [stat('sleep'), stat('a) S (b'), stat('x\ny) Z 2 (')],
    status: [
        'Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nPid:\t7\nUid:\t0\t65534\t0\t0\nNSpid:\t4321\t30\t1\n',
        'Name:\ta\\nUid:\t7\nUid:\t1\t2\t3\t4\n',
        'Name:\tnfsd\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n',
    ],
    cmdline: ['sleep\x001000\0', 'sh\0-c\0a b\0\0', 'nginx: worker process', `/usr/bin/x\0${'y'.repeat(200)}\0`],
    cgroup: [
        `12:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/containerd.service\n`,
        `0::/../${id} (deleted)\n`,
        '0::/a:b c)/init.scope\n',
    ],
    mountinfo: [
        '24 30 0:22 / /proc rw,nosuid shared:13 - proc proc rw,hidepid=invisible\n25 24 0:23 / /proc/loadavg rw - fuse lxcfs rw\n',
        '36 35 98:0 /mnt1 /mnt2\\040x rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n',
    ],
    netUnix: [
        'Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/docker.sock\n0000000000000000: 00000002 00000000 00010000 0001 01   777 @abstract\n',
    ],
    loadavg: ['0.50 0.40 0.30 3/1234 56789\n'],
    uptime: ['11234.56 20345.67\n'],
} as const;

const from = (texts: readonly string[]) => {
    const buffers = texts.map((text) => Buffer.from(text, 'latin1'));
    return (random: Random) => changedBytes(random, random.pick(buffers));
};
const isCount = (value: number | undefined) => value === undefined || (Number.isFinite(value) && value >= 0);

describe('what the kernel writes, and what processes make it write', () => {
    fuzz('stat', from(samples.stat), (bytes) => {
        const told = parseStat(bytes, bytes.length);
        if (!told) return;
        const { pid, ppid, startTicks, residentPages, threads, session, state, comm } = told;
        assert.ok([pid, ppid, startTicks, residentPages, threads, session].every(isCount));
        assert.ok(/^[A-Za-z]$/.test(state) && comm.length <= bytes.length);
    });
    fuzz(
        'stat of a process of any name, and back',
        (random) => ({
            comm: piece(random) + piece(random),
            ppid: random.below(4_194_304),
            ticks: random.below(2 ** 31),
        }),
        ({ comm, ppid, ticks }) => {
            const name = Buffer.from(comm.replace(/\0/g, '')).toString();
            const line = Buffer.from(
                `7 (${name}) R ${String(ppid)} 7 8 0 -1 2097152 1 0 0 0 1 2 0 0 20 0 3 0 ${String(ticks)} 1 -5 0\n`,
            );
            const told = parseStat(line, line.length);
            assert.deepEqual(told, {
                pid: 7,
                comm: name,
                state: 'R',
                ppid,
                session: 8,
                kernelThread: true,
                threads: 3,
                startTicks: ticks,
                residentPages: 0,
            });
        },
    );
    fuzz('status', from(samples.status), (bytes) => {
        const { uid, namespacePids = [] } = parseStatus(bytes, bytes.length) ?? {};
        assert.ok(isCount(uid) && namespacePids.every(Number.isFinite));
        assert.ok(isCount(parseSleeps(bytes, bytes.length)));
    });
    fuzz('cmdline', from(samples.cmdline), (bytes) => {
        const argv = parseCmdline(bytes, bytes.length);
        assert.ok(argv.every((word) => !word.includes('\0')));
        const last = bytes.length > 0 && bytes.at(-1) === 0 ? 1 : 0;
        assert.ok(bytesOf(argv.join('\0')).equals(bytes.subarray(0, bytes.length - last)));
    });
    fuzz(
        'cmdline of any argv, and back',
        (random) =>
            Array.from({ length: 1 + random.below(5) }, () => Buffer.from(piece(random).replace(/\0/g, '')).toString()),
        (argv) => {
            const bytes = Buffer.from(`${argv.join('\0')}\0`);
            assert.deepEqual(parseCmdline(bytes, bytes.length), argv);
        },
    );
    fuzz('cgroup', from(samples.cgroup), (bytes) => {
        const lines = parseCgroup(bytes, bytes.length);
        for (const { hierarchy, controllers } of lines ?? [])
            assert.ok(Number.isSafeInteger(hierarchy) && hierarchy >= 0 && !controllers.includes(':'));
        if (!lines) return;
        // What was understood was understood whole.
        const again = lines.map((line) => `${String(line.hierarchy)}:${line.controllers}:${line.path}\n`).join('');
        const copy = bytesOf(again);
        assert.deepEqual(parseCgroup(copy, copy.length), lines);
    });
    fuzz('mountinfo', from(samples.mountinfo), (bytes) => {
        const hidepid = parseHidepid(bytes, bytes.length, '/proc');
        assert.ok(hidepid === undefined || (/^\w+$/.test(hidepid) && hidepid !== '0'));
        isMountedOver(bytes, bytes.length, '/mnt2 x');
    });
    fuzz('net/unix', from(samples.netUnix), (bytes) => {
        for (const [inode, path] of parseListeningUnixSockets(bytes, bytes.length))
            assert.ok(isCount(inode) && path !== '');
    });
    fuzz(
        'auxv',
        from([Buffer.from(new BigUint64Array([6n, 4096n, 17n, 100n, 0n, 0n]).buffer).toString('latin1')]),
        (bytes) => {
            for (const wordBytes of [4, 8] as const) {
                const { ticksPerSecond, pageBytes } = parseAuxiliaryVector(bytes, bytes.length, wordBytes);
                assert.ok(isCount(ticksPerSecond) && isCount(pageBytes));
            }
        },
    );
    const file = oneFile();
    const files = openFiles(file.fileSystem);
    fuzz('loadavg and uptime', from([...samples.loadavg, ...samples.uptime]), (bytes) => {
        file.bytes = bytes;
        const mark = readForkMark(files, '/proc') ?? { threads: 1, lastPid: 1 };
        assert.ok(Number.isFinite(mark.threads) && Number.isFinite(mark.lastPid));
        assert.ok(Number.isFinite(readUptimeSeconds(files, '/proc') ?? 0));
    });
    fuzz(
        'the count of forks',
        from(['cpu 1 2 3\nctxt 9\nbtime 1700000000\nprocesses 4711\nprocs_running 1\n']),
        (bytes) => {
            assert.ok(Number.isFinite(parseForkCount(bytes) ?? 0));
        },
    );
    const messages = [
        { kind: 'changed', processes: [{ pid: 7, ppid: 1, comm: 'x' }] },
        { kind: 'done', gone: [7], host: { ticksPerSecond: 100 }, gaps: [], figures: { look: 'full' } },
        { kind: 'failed', result: { ok: false, gap: { source: 'x' } } },
        { kind: 'commandLine', read: { argv: ['a', 'b'], argvTruncated: true } },
        { kind: 'commandLine', read: { refused: 'ESRCH' } },
    ] as const;
    fuzz(
        'messages of the process that reads',
        (random) => changedValue(random, random.pick(messages)),
        (value) => {
            if (!isReaderMessage(value)) return;
            if (value.kind === 'changed') value.processes.forEach(({ pid }) => assert.equal(typeof pid, 'number'));
            else if (value.kind === 'done') assert.ok(value.gone.length >= 0 && value.gaps.length >= 0);
            else if (value.kind === 'failed') assert.equal(value.result.ok, false);
            else if ('refused' in value.read) assert.equal(typeof value.read.refused, 'string');
            else assert.ok(value.read.argv.every((one) => typeof one === 'string'));
        },
    );
});

/** A file system in which every file holds the same bytes: those that it was given last. */
function oneFile(): { bytes: Buffer; readonly fileSystem: FileSystem } {
    const file = { bytes: Buffer.alloc(0), fileSystem: {} as FileSystem };
    const readSync = (_descriptor: number, into: Buffer, _at: number, length: number) =>
        file.bytes.copy(into, 0, 0, length);
    Object.assign(file.fileSystem, { openSync: () => 7, closeSync: () => undefined, readSync });
    return file;
}
