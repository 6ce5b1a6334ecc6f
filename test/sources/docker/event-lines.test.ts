import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitEvents, type EventHint } from '../../../src/sources/docker/event-lines';

const id = 'ab'.repeat(32);

function hintsOf(chunks: readonly Buffer[]): readonly EventHint[] {
    const hints: EventHint[] = [];
    const split = splitEvents((hint) => hints.push(hint));
    chunks.forEach(split);
    return hints;
}

const event = (action: string, name = 'web'): string =>
    JSON.stringify({ Type: 'container', Action: action, Actor: { ID: id, Attributes: { name } }, timeNano: 1.7e18 });

describe('the event stream', () => {
    it('reads what dockerd sends', () => {
        const line =
            `{"status":"exec_start: sh -c id","id":"${id}","from":"busybox","Type":"container","Action":"exec_start: sh -c id",` +
            `"Actor":{"ID":"${id}","Attributes":{"execID":"1","image":"busybox"}},"scope":"local","time":1700000000,"timeNano":1700000000000000000}\n`;
        assert.deepEqual(hintsOf([Buffer.from(line)]), [
            { action: 'exec_start: sh -c id', containerId: id, timeNano: 1700000000000000000 },
        ]);
    });

    it('reads the words that old engines use, and leaves out what is no container', () => {
        const lines = [
            JSON.stringify({ status: 'start', id, from: 'busybox', time: 1 }),
            JSON.stringify({ Type: 'network', Action: 'connect', Actor: { ID: id } }),
            '',
            '  \r',
            JSON.stringify({ Type: 'container', Action: 'die', Actor: { ID: '../x' } }),
        ];
        assert.deepEqual(hintsOf([Buffer.from(lines.join('\n') + '\n')]), [
            { action: 'start', containerId: id },
            { action: 'die' },
        ]);
    });

    it('is the same wherever it is cut, also within a character and an event', () => {
        const stream = Buffer.from(
            `${event('start', 'wëb 🐳 日本')}\r\n${event('exec_start: echo "é"')}\n{broken\n${event('die')}\n`,
        );
        const whole = hintsOf([stream]);
        assert.deepEqual(
            whole.map(({ action }) => action),
            ['start', 'exec_start: echo "é"', 'unreadable', 'die'],
        );
        for (let at = 0; at <= stream.length; at++) {
            assert.deepEqual(hintsOf([stream.subarray(0, at), stream.subarray(at)]), whole, `cut at byte ${at}`);
        }
        assert.deepEqual(hintsOf(Array.from(stream, (byte) => Buffer.of(byte))), whole, 'byte by byte');
    });

    it('keeps no line longer than a megabyte, and still says that something happened', () => {
        const piece = Buffer.alloc(64 * 1024, 'x');
        const chunks = [...Array.from({ length: 40 }, () => piece), Buffer.from(`\n${event('start')}\n`)];
        assert.deepEqual(
            hintsOf(chunks).map(({ action }) => action),
            ['unreadable', 'start'],
        );
    });

    it('never throws, whatever the bytes, and gives the same for every cut', () => {
        const bytes = fc.array(
            fc.oneof(
                fc
                    .constantFrom(`${event('start')}\n`, '\n', '{}\n', 'null\n', '[1]\n', '"x"\n', '{"Actor":7}\n')
                    .map((text) => Buffer.from(text)),
                fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
                fc.json().map((text) => Buffer.from(`${text}\n`)),
            ),
            { maxLength: 12 },
        );
        fc.assert(
            fc.property(bytes, fc.array(fc.nat(400), { maxLength: 6 }), (pieces, cuts) => {
                const stream = Buffer.concat(pieces);
                const places = [
                    0,
                    ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b),
                    stream.length,
                ];
                const chunks = places.slice(1).map((end, index) => stream.subarray(places[index], end));
                assert.deepEqual(hintsOf(chunks), hintsOf([stream]));
            }),
            { seed: 20260101, numRuns: 3_000 },
        );
    }).timeout(20_000);
});
