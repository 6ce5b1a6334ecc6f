import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { shellWords, visible, visibleArgv, visibleJson } from '../../src/present/plain-text';
import { cannotBeSeen, hostileTexts } from '../hostile-texts';

const text = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 40 }));
/** Of few letters, so that what could be taken for each other comes often. */
const word = fc.string({
    unit: fc.constantFrom(...` '"\\$x1bnu20eU<+>`, '\n', '\u001b', '\u202e', '\ud800', '\udcff', '\udc1b'),
    maxLength: 4,
});
const argv = fc.array(fc.oneof({ weight: 4, arbitrary: word }, text), { maxLength: 4 });
const often = { seed: 20_260_101, numRuns: 5_000 };

describe('a text on one line', function () {
    this.timeout(30_000);

    it('spells out what can’t be seen', () => {
        assert.equal(visible('a\u001b[31mb\n\u202ec'), String.raw`a\x1b[31mb\n<U+202E>c`);
        assert.equal(visible('a\ufe0f\u{e0041}\u3164'), 'a<U+FE0F><U+E0041><U+3164>');
        assert.equal(visible('\u009b\udc9b\udcff\udc00'), String.raw`<U+009B>\x9b\xff<U+DC00>`);
        fc.assert(
            fc.property(text, (one) => {
                assert.doesNotMatch(visible(one), cannotBeSeen);
                assert.ok(visible(one).length <= 257 * 9);
            }),
            often,
        );
    });

    it('is cut where it is too long, which shows, and never within a character', () => {
        assert.equal(visible('12345', 5), '12345');
        assert.equal(visible('123456', 5), '12345…');
        assert.equal(visible('🐳🐳', 3), '🐳🐳');
        assert.equal(visible('🐳🐳🐳', 3), '🐳🐳…');
    });
});

describe('an argv on one line', function () {
    this.timeout(30_000);

    it('is as a person would type it', () => {
        for (const [words, line] of [
            [['nginx', '-g', 'daemon off;'], `nginx -g 'daemon off;'`],
            [['sh', '-c', "echo 'a b'", ''], String.raw`sh -c 'echo '\''a b'\''' ''`],
            [['grep', String.raw`\d+$`, '--x={"a":1}'], String.raw`grep '\d+$' '--x={"a":1}'`],
            [['größe=日本', '$HOME', '*', '<U+202E>'], 'größe=日本 $HOME * <U+202E>'],
            [['sh', '-c', "a\n'b\\'\t\u001b\u202e\u{e0041}"], String.raw`sh -c $'a\n\'b\\\'\t\x1b\u202e\U000e0041'`],
            [['\udcff\u009b\udc00', '\ufffd'], String.raw`$'\xff\u009b\udc00' ` + '\ufffd'],
            [[], ''],
        ] as const) {
            assert.equal(visibleArgv(words), line);
        }
    });

    it('is another one for another argv, or ends in …', () => {
        for (const [one, other] of [
            [['\u202e'], ['<U+202E>']],
            [[' \u001b'], [' \\x1b']],
            [['\udcff'], ['\\xff']],
            [['\udc9b'], ['\u009b']],
            [['\udcc3\udca9'], ['\u00e9']],
            [['a\nb'], ['a\\nb']],
            [['a b'], ['a', 'b']],
            [["'a b'"], ['a b']],
            [["$'a\\nb'"], ['a\nb']],
            [[''], []],
        ] as const) {
            assert.notEqual(visibleArgv(one), visibleArgv(other));
        }
        fc.assert(
            fc.property(argv, argv, (one, other) => {
                const [line, otherLine] = [visibleArgv(one), visibleArgv(other)];
                const isCut = line.length > 1024 && line.endsWith('…');
                if (!isCut) assert.equal(line === otherLine, JSON.stringify(one) === JSON.stringify(other));
                assert.doesNotMatch(line, cannotBeSeen);
            }),
            often,
        );
    });

    it('can be read back, as bash would read it', () => {
        fc.assert(
            fc.property(argv, (words) => {
                const line = visibleArgv(words, Infinity);
                assert.deepEqual(wordsIn(line), words);
            }),
            often,
        );
    });

    it('says that something is missing, wherever it was cut', () => {
        assert.equal(visibleArgv(['x'.repeat(1024)]), 'x'.repeat(1024));
        assert.equal(visibleArgv(['x'.repeat(1024), 'HIDDEN']), `${'x'.repeat(1024)}…`);
        assert.equal(visibleArgv(['x'.repeat(1023), '']), `${'x'.repeat(1023)} …`);
        assert.equal(visibleArgv(['a', 'b'], 3), 'a b');
        assert.equal(visibleArgv(['a', 'b', 'c'], 3), 'a b…');
        fc.assert(
            fc.property(argv, fc.integer({ min: 1, max: 40 }), (words, longest) => {
                const [line, whole] = [visibleArgv(words, longest), visibleArgv(words, Infinity)];
                assert.ok(line === whole || (line.length > longest && line.endsWith('…')));
                assert.ok(line.length <= longest + 2);
            }),
            often,
        );
    });
});

describe('an argv to be pasted', function () {
    this.timeout(30_000);
    const asBashReads = (line: string) => {
        const { stdout, stderr } = spawnSync('bash', ['--norc'], { input: `printf '%s\\0' -- ${line}\n` });
        assert.equal(String(stderr), '');
        return stdout.subarray('--\0'.length);
    };

    it('is quoted where a shell would take it for more, and nowhere else', () => {
        const argv = ['/bin/sh', '-c', 'rm *', '$HOME', '~', 'A=b', '--x=1,2', "it's", '', 'größe', 'a\u001b\u202e'];
        assert.equal(
            shellWords(argv),
            String.raw`/bin/sh -c 'rm *' '$HOME' '~' 'A=b' --x=1,2 'it'\''s' '' 'größe' $'a\x1b\xe2\x80\xae'`,
        );
    });

    it('gives bash the same bytes, and has nothing in it that can’t be seen', () => {
        const words = [...hostileTexts, '`x`', '$(x)', '!!', '#', '{a,b}', '\\', "'", '"'].map((one) =>
            one.replaceAll('\0', ''),
        );
        fc.assert(
            fc.property(fc.shuffledSubarray(words, { maxLength: 60 }), fc.array(word), (some, others) => {
                const argv = [...some, ...others].filter((one) => !/\p{Cs}/u.test(one));
                const line = shellWords(argv);
                assert.doesNotMatch(line, cannotBeSeen);
                assert.equal(String(asBashReads(line)), argv.map((one) => `${one}\0`).join(''));
            }),
            { seed: 20_260_101, numRuns: 50 },
        );
    });

    it('has a byte that is no UTF-8 as that byte, where the argument tells it', () => {
        assert.deepEqual(asBashReads(shellWords(['a\udcffb'])), Buffer.from('a\u00ffb\0', 'latin1'));
        assert.deepEqual(asBashReads(shellWords(['a\ud800b'])), Buffer.from('a\ufffdb\0'));
    });
});

/** What stands on a line that was not cut. */
function wordsIn(line: string): readonly string[] {
    return [...line.matchAll(/(?:\$'(?:[^\\']|\\.)*'|'[^']*'|\\'|[^\s'\\])+/gs)].map(([quoted]) =>
        quoted.startsWith("$'")
            ? quoted
                  .slice(2, -1)
                  .replace(
                      /\\(?:x(..)|u(....)|U(.{8})|(.))/gs,
                      (_all, ...[two, four, eight, one]: (string | undefined)[]) => {
                          const hex = two ?? four ?? eight;
                          const code = Number.parseInt(hex ?? '', 16);
                          // A byte of no character.
                          if (two !== undefined && code >= 0x80) return String.fromCharCode(0xdc00 + code);
                          if (hex !== undefined) return String.fromCodePoint(code);
                          return { n: '\n', t: '\t', r: '\r' }[one ?? ''] ?? one ?? '';
                      },
                  )
            : quoted.replace(/'([^']*)'|\\'/g, (_all, inner?: string) => inner ?? "'"),
    );
}

describe('JSON to be looked at', () => {
    it('means the same, and has nothing in it that can’t be seen', () => {
        fc.assert(
            fc.property(fc.dictionary(text, fc.array(text)), fc.constantFrom(2, 4), (value, indent) => {
                const json = visibleJson(value, indent);
                assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
                assert.doesNotMatch(json.replaceAll('\n', ''), cannotBeSeen);
            }),
            { seed: 20_260_101, numRuns: 200 },
        );
        assert.equal(
            visibleJson({ a: ['\u202e\u{e0041}'] }, 4),
            '{\n    "a": [\n        "\\u202e\\udb40\\udc41"\n    ]\n}',
        );
    });
});
