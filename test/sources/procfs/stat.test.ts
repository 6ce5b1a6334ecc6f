import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseStat } from '../../../src/sources/procfs/stat';
import { anyBytes, bytesOf } from './bytes';
import { statLine } from './proc-directory';

/** As the reader does: in a larger buffer that still holds another process's line. */
function parse(line: Buffer | string) {
    const bytes = Buffer.alloc(8192, '7 (stale) R 1 1 (');
    return parseStat(bytes, Buffer.from(line).copy(bytes));
}

describe('/proc/PID/stat', () => {
    it('tells what the line tells', () => {
        const line = statLine({ pid: 582, comm: 'nginx', ppid: 561, session: 582, threads: 3, startTicks: 319115 });
        assert.deepEqual(parse(line), {
            pid: 582,
            comm: 'nginx',
            state: 'S',
            ppid: 561,
            session: 582,
            kernelThread: false,
            threads: 3,
            startTicks: 319115,
            residentPages: 200,
        });
    });

    it('recognises a thread of the kernel by its flags', () => {
        const kworker =
            '45 (kworker/1:1-events) I 2 0 0 0 -1 69238880 0 0 0 0 0 2 0 0 20 0 1 0 38 0 0 18446744073709551615 0 0 0 0';
        assert.equal(parse(kworker)?.kernelThread, true);
        assert.equal(parse(statLine({ pid: 45, comm: 'kworker/1:1-events' }))?.kernelThread, false);
    });

    for (const comm of [
        'a) S 1 1 1 (',
        'x\ny) Z 2 (',
        '',
        ')',
        '(',
        ') (',
        '((ugly )pr()cess()',
        ' ',
        '12345 (a) R 1',
    ]) {
        it(`is not led astray by the name ${JSON.stringify(comm)}`, () => {
            const stat = parse(statLine({ pid: 9, comm, ppid: 4, state: 'D' }));
            assert.deepEqual([stat?.comm, stat?.ppid, stat?.state], [comm, 4, 'D']);
        });
    }

    it('keeps bytes that are no UTF-8', () => {
        const nameOf = (comm: Buffer | string) => parse(statLine({ pid: 9, comm }))?.comm;
        assert.equal(nameOf(Buffer.alloc(15, 0xff)), '\udcff'.repeat(15));
        assert.equal(nameOf('\ufffd'), '\ufffd');
    });

    it('keeps numbers beyond 32 bits', () => {
        assert.equal(parse(statLine({ pid: 4194304, startTicks: 2 ** 40 }))?.startTicks, 2 ** 40);
    });

    for (const line of [
        '',
        '1',
        '1 (',
        '1 (a',
        '1 (a)',
        '1 (a) ',
        '1 (a) S',
        '1 (a) S 1 1 1',
        'x (a) S 1',
        '(a) S 1 1',
        ')(',
    ]) {
        it(`does not understand ${JSON.stringify(line)}, and says so`, () => assert.equal(parse(line), undefined));
    }

    it('understands no line that was cut off before the last field it needs', () => {
        const line = statLine({ pid: 77 });
        const needed = line.indexOf(' 18446744073709551615');
        for (let length = 0; length < needed - 2; length++) {
            assert.equal(parse(line.subarray(0, length)), undefined, line.toString('utf8', 0, length));
        }
    });

    it('reads back whatever was written', function () {
        this.timeout(60_000);
        const natural = fc.nat(2 ** 31 - 1);
        const fields = fc.record({
            pid: fc.integer({ min: 1, max: 4194304 }),
            comm: anyBytes,
            state: fc.constantFrom('R', 'S', 'D', 'Z', 'T', 't', 'X', 'I'),
            ppid: natural,
            session: natural,
            flags: fc.nat(2 ** 32 - 1),
            threads: natural,
            startTicks: fc.nat(2 ** 50),
            residentPages: natural,
        });
        fc.assert(
            fc.property(fields, (written) => {
                const { flags, comm, ...same } = written;
                const { comm: name = '', ...told } = parse(statLine(written)) ?? {};
                assert.deepEqual(told, { ...same, kernelThread: Math.floor(flags / 0x200000) % 2 === 1 });
                assert.deepEqual(bytesOf(name), comm);
            }),
            { seed: 1, numRuns: 10_000 },
        );
    });

    it('gives the object from before when the line says the same, and another when anything differs', () => {
        const few = fc.integer({ min: 1, max: 2 });
        const fields = fc.record({
            pid: few,
            comm: fc.constantFrom('a', 'b', 'a b', '\u00e9', '\u00ff'),
            state: fc.constantFrom('S', 'D'),
            ppid: few,
            session: few,
            threads: few,
            startTicks: few,
            residentPages: few,
        });
        fc.assert(
            fc.property(fields, fields, (one, other) => {
                const before = parse(statLine(one));
                const line = Buffer.from(statLine(other));
                const after = parseStat(line, line.length, before);
                assert.deepEqual(after, parse(statLine(other)));
                const isAscii = /^[ -~]*$/.test(one.comm);
                if (JSON.stringify(one) === JSON.stringify(other)) assert.equal(after === before, isAscii);
            }),
            { seed: 1, numRuns: 4000 },
        );
    });
});
