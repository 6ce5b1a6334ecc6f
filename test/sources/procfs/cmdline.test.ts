import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { visibleArgv } from '../../../src/present/plain-text';
import { parseCmdline } from '../../../src/sources/procfs/cmdline';
import { anyBytes, bytesOf } from './bytes';

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
        ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0, 0xc3, 0, 0xa9, 0]), ['a\udcff', '\udcc3', '\udca9']],
        [
            'a real U+FFFD, beside such bytes',
            Buffer.concat([Buffer.from('\ufffd\0\u00e9'), Buffer.from([0xfe, 0xe6, 0x97, 0])]),
            ['\ufffd', '\u00e9\udcfe\udce6\udc97'],
        ],
        [
            'bytes that are nearly UTF-8',
            Buffer.from('c080eda080f4908080', 'hex'),
            ['\udcc0\udc80\udced\udca0\udc80\udcf4\udc90\udc80\udc80'],
        ],
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

    it('keeps every byte, and says which are no UTF-8', function () {
        this.timeout(60_000);
        fc.assert(
            fc.property(anyBytes, (bytes) => {
                const text = parse(bytes).join('\0');
                assert.deepEqual(bytesOf(text), bytes);
                assert.equal(!/\p{Cs}/u.test(text), isUtf8(bytes));
                if (isUtf8(bytes)) assert.equal(text, bytes.toString());
            }),
            { seed: 1, numRuns: 10_000 },
        );
    });

    it('is shown as another line for other bytes', function () {
        this.timeout(60_000);
        const few = fc.constantFrom(...`\\xufdc9'$ `, '\0', '\u00e9', '\ufffd').map((one) => Buffer.from(one));
        const byte = fc.constantFrom(0xff, 0xfe, 0x80, 0xc3, 0xa9, 0xed, 0xb3).map((one) => Buffer.of(one));
        const bytes = fc
            .array(fc.oneof(few, byte), { maxLength: 5 })
            .map((pieces) => Buffer.concat([...pieces, Buffer.of(0)]));
        for (const [one, other] of [
            ['\xff\0', '\xfe\0'],
            ['\xff\0', '\xef\xbf\xbd\0'],
            ['\xff\0', '\\xff\0'],
            ['\xff\0', '\\udcff\0'],
            ['\xff\0', "$'\\xff'\0"],
            ['\xff\0', '\xc3\xbf\0'],
            ['\x80\0', '\xc2\x80\0'],
        ].map((pair) => pair.map((text) => visibleArgv(parse(Buffer.from(text, 'latin1'))))))
            assert.notEqual(one, other);
        fc.assert(
            fc.property(bytes, bytes, (one, other) => {
                const isSame = visibleArgv(parse(one)) === visibleArgv(parse(other));
                assert.equal(isSame, one.equals(other));
            }),
            { seed: 1, numRuns: 20_000 },
        );
    });
});
