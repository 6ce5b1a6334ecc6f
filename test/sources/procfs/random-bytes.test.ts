import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseAuxiliaryVector } from '../../../src/sources/procfs/auxv';
import { parseCgroup } from '../../../src/sources/procfs/cgroup';
import { parseCmdline } from '../../../src/sources/procfs/cmdline';
import { parseHidepid } from '../../../src/sources/procfs/mountinfo';
import { parseListeningUnixSockets } from '../../../src/sources/procfs/net-unix';
import { parseStat } from '../../../src/sources/procfs/stat';
import { parseStatus } from '../../../src/sources/procfs/status';
import { statLine } from './proc-directory';

/** Bytes that mean something to one of the parsers, and any others. */
const byte = fc.oneof(fc.constantFrom(...Buffer.from(' \n\t\0:()0123456789S-/')), fc.nat(255));
const bytes = fc.array(byte, { maxLength: 80, size: 'max' }).map((values) => Buffer.from(values));

const parsers: Readonly<Record<string, (bytes: Buffer, length: number) => unknown>> = {
    stat: parseStat,
    status: parseStatus,
    cmdline: parseCmdline,
    cgroup: parseCgroup,
    'net/unix': parseListeningUnixSockets,
    auxv: (content, length) => parseAuxiliaryVector(content, length, 8),
    mountinfo: (content, length) => parseHidepid(content, length, '/proc'),
};

describe('any bytes at all', () => {
    for (const [name, parse] of Object.entries(parsers)) {
        it(`do not upset ${name}`, function () {
            this.timeout(60_000);
            fc.assert(
                fc.property(bytes, (content) => {
                    parse(content, content.length);
                }),
                { seed: 2, numRuns: 100_000 },
            );
        });
    }

    it('in place of some of a stat give a stat of plain numbers, or none', function () {
        this.timeout(60_000);
        const line = statLine({ pid: 4321, comm: 'a) S (b' });
        const changes = fc.array(fc.tuple(fc.nat(line.length - 1), byte), { maxLength: 6 });
        fc.assert(
            fc.property(changes, (replaced) => {
                const content = Buffer.from(line);
                replaced.forEach(([position, value]) => (content[position] = value));
                const stat = parseStat(content, content.length);
                const { pid = 0, ppid = 0, startTicks = 0, residentPages = 0, state = 'S' } = stat ?? {};
                assert.ok([pid, ppid, startTicks, residentPages].every((value) => value >= 0));
                assert.match(state, /^[A-Za-z]$/);
            }),
            { seed: 3, numRuns: 100_000 },
        );
    });
});
