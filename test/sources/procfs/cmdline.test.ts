import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCmdline } from '../../../src/sources/procfs/cmdline';

function parse(content: string | Buffer) {
    const bytes = Buffer.alloc(70_000, 'stale\0');
    return parseCmdline(bytes, Buffer.from(content).copy(bytes));
}

describe('/proc/PID/cmdline', () => {
    const cases: readonly (readonly [string, string | Buffer, readonly string[]])[] = [
        ['a common command', 'sleep\0' + '60\0', ['sleep', '60']],
        ['an empty argument', 'sh\0-c\0\0x\0', ['sh', '-c', '', 'x']],
        ['an empty last argument', 'grep\0\0', ['grep', '']],
        ['one empty argument', '\0', ['']],
        ['a zombie or a thread of the kernel', '', []],
        ['no final NUL', 'sh\0-c', ['sh', '-c']],
        [
            'a title that the process gave itself',
            'nginx: master process nginx -g daemon off;',
            ['nginx: master process nginx -g daemon off;'],
        ],
        ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0, 0xc3, 0, 0xa9, 0]), ['a\ufffd', '\ufffd', '\ufffd']],
        ['escapes and marks of direction', 'x\x1b[31m\0\u202ey\0\n\0', ['x\x1b[31m', '\u202ey', '\n']],
        ['a byte order mark', '\ufeffa\0', ['\ufeffa']],
    ];
    for (const [name, content, expected] of cases) {
        it(`splits exactly: ${name}`, () => assert.deepEqual(parse(content), expected));
    }

    it('reads back whatever was written', function () {
        this.timeout(60_000);
        const argument = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ' '));
        fc.assert(
            fc.property(fc.array(argument, { maxLength: 20 }), (argv) => {
                assert.deepEqual(parse(argv.map((text) => `${text}\0`).join('')), argv);
            }),
            { seed: 1, numRuns: 10_000 },
        );
    });
});
