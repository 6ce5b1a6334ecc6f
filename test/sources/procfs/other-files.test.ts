import assert from 'node:assert/strict';
import { parseAuxiliaryVector } from '../../../src/sources/procfs/auxv';
import { isMountedOver, parseHidepid } from '../../../src/sources/procfs/mountinfo';
import { parseListeningUnixSockets } from '../../../src/sources/procfs/net-unix';
import { parseSleeps, parseStatus } from '../../../src/sources/procfs/status';

function given<Result>(content: string | Buffer, parse: (bytes: Buffer, length: number) => Result): Result {
    const bytes = Buffer.alloc(8192, 0x0a);
    return parse(bytes, Buffer.from(content).copy(bytes));
}

describe('/proc/PID/status', () => {
    it('tells the effective user and the pids inwards', () => {
        const content =
            'Name:\tsleep\nUmask:\t0022\nUid:\t0\t1000\t0\t0\nGid:\t0\t0\t0\t0\nNStgid:\t912\t1\nNSpid:\t912\t14\t1\nThreads:\t1\n';
        assert.deepEqual(given(content, parseStatus), { uid: 1000, namespacePids: [912, 14, 1] });
    });

    it('is not led astray by a name: the kernel escapes its newlines', () => {
        assert.equal(given('Name:\tx\\nUid:\t7\t7\nUid:\t5\t6\t5\t5\n', parseStatus)?.uid, 6);
    });

    it('tells what the process may do, and how often it has slept', () => {
        const content =
            'Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nSeccomp:\t2\nSeccomp_filters:\t1\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n';
        assert.deepEqual(given(content, parseStatus), { uid: 0, capabilityBounds: '00000000a80425fb', seccomp: 2 });
        assert.equal(given(content, parseSleeps), 150);
        assert.equal(given('Name:\ta\n', parseSleeps), undefined);
    });

    it('leaves out what an old kernel does not tell', () => {
        assert.deepEqual(given('Name:\ta\nUid:\t5\t6\t5\t5\n', parseStatus), { uid: 6 });
        assert.equal(given('', parseStatus), undefined);
    });
});

describe('/proc/PID/net/unix', () => {
    const header = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
    const line = (flags: string, inode: number, path: string) =>
        `00000000269764aa: 00000002 00000000 ${flags} 0001 01 ${String(inode).padStart(5)} ${path}\n`;

    it('tells listening sockets, and no others', () => {
        const content =
            header +
            line('00010000', 812, '/run/docker.sock') +
            line('00000000', 813, '/run/docker.sock') +
            line('00010000', 90817, '@abstract name');
        assert.deepEqual(
            [...given(content, parseListeningUnixSockets)],
            [
                [812, '/run/docker.sock'],
                [90817, '@abstract name'],
            ],
        );
    });

    it('believes neither of two lines for one inode: a path with a newline forges lines', () => {
        const forged = `/tmp/x\n${line('00010000', 812, '/run/docker.sock').trimEnd()}`;
        const content = header + line('00010000', 812, '/run/mine.sock') + line('00010000', 900, forged);
        assert.deepEqual([...given(content, parseListeningUnixSockets)], [[900, '/tmp/x']]);
    });
});

describe('/proc/self/auxv', () => {
    const vector = (...pairs: readonly (readonly [number, number])[]) => {
        const words = BigUint64Array.from(pairs.flat().map(BigInt));
        return Buffer.from(words.buffer);
    };

    it('tells the units', () => {
        const content = vector([33, 2 ** 46], [6, 16384], [17, 250], [0, 0], [17, 1]);
        assert.deepEqual(
            given(content, (bytes, length) => parseAuxiliaryVector(bytes, length, 8)),
            { pageBytes: 16384, ticksPerSecond: 250 },
        );
    });

    it('is empty where it is cut off', () => {
        assert.deepEqual(parseAuxiliaryVector(vector([17, 100]), 15, 8), {});
    });
});

describe('/proc/self/mountinfo', () => {
    const line = (options: string, place = '/proc') =>
        `23 28 0:21 / ${place} rw,nosuid shared:12 - proc proc ${options}\n`;

    it('tells whether processes are hidden', () => {
        const at = (content: string) => given(content, (bytes, length) => parseHidepid(bytes, length, '/proc'));
        assert.equal(at(line('rw,hidepid=2,gid=4')), '2');
        assert.equal(at(line('rw,hidepid=invisible')), 'invisible');
        assert.equal(at(line('rw')), undefined);
        assert.equal(at(line('rw,hidepid=off')), undefined);
        assert.equal(at(line('rw,hidepid=2', '/mnt/proc')), undefined);
        assert.equal(at(line('rw,hidepid=2') + line('rw')), undefined, 'the last mount covers the first');
    });

    it('finds a mount at a path with blanks', () => {
        const content = line('rw,hidepid=2', '/my\\040proc');
        assert.equal(
            given(content, (bytes, length) => parseHidepid(bytes, length, '/my proc')),
            '2',
        );
    });

    it('sees what answers in place of the kernel', () => {
        const content = '99 23 0:50 /proc/loadavg /proc/loadavg rw - fuse.lxcfs lxcfs rw\n';
        assert.equal(
            given(content, (bytes, length) => isMountedOver(bytes, length, '/proc/loadavg')),
            true,
        );
        assert.equal(
            given(content, (bytes, length) => isMountedOver(bytes, length, '/proc/stat')),
            false,
        );
    });
});
