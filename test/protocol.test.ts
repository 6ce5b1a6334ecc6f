import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMessageToExtension, parseMessageToPage } from '../src/protocol';

const node = {
    id: 'container:1',
    parent: null,
    label: 'web',
    description: '',
    icon: 'container-running',
    tone: 'normal',
    link: { kind: 'managed', evidence: ['docker: it says so'] },
    accessibleLabel: 'Container web',
};
const scene = { title: 'dockerd', order: 'kernel', takenAt: '2026-01-05T09:30:00.000Z', notices: [], nodes: [node] };

describe('messages to the extension', () => {
    it('are understood', () => {
        for (const message of [
            { type: 'ready' },
            { type: 'select', id: 'process:582@1' },
            { type: 'select', id: null },
            { type: 'refresh' },
            { type: 'order', order: 'kernel' },
        ]) {
            assert.deepEqual(parseMessageToExtension(message), message);
        }
    });

    it('are refused when they carry anything else', () => {
        const junk = 'x'.repeat(10 * 1024 * 1024);
        for (const text of [
            '{"type":"refresh","force":true}',
            `{"type":"refresh","junk":"${junk}"}`,
            '{"type":"ready","id":null}',
            '{"type":"select","id":null,"__proto__":{"isAdmin":true}}',
            '{"type":"refresh","constructor":{"prototype":{}}}',
            '{"type":"order","order":"kernel","toString":null}',
        ]) {
            assert.equal(parseMessageToExtension(JSON.parse(text)), undefined, text.slice(0, 80));
        }
    });

    it('are refused when they are none', () => {
        for (const value of [
            undefined,
            null,
            'ready',
            [],
            {},
            { type: 'stop', id: 'prune?x=' },
            { type: 'select' },
            { type: 'select', id: 7 },
            { type: 'select', id: 'x'.repeat(4097) },
            { type: '__proto__' },
            { type: 'constructor' },
            { type: 'order', order: 'alphabetical' },
            { type: ['ready'] },
            JSON.parse('{"__proto__": {"type": "ready"}}'),
            { type: 'scene', number: 1, scene },
        ]) {
            assert.equal(parseMessageToExtension(value), undefined, JSON.stringify(value)?.slice(0, 80));
        }
    });
});

describe('messages to the page', () => {
    it('are understood', () => {
        for (const message of [
            { type: 'scene', number: 1, scene },
            { type: 'change', number: 2, change: { ...scene, nodes: [[0, 7], node, [12, 1]] } },
            { type: 'select', id: null },
        ]) {
            assert.deepEqual(parseMessageToPage(JSON.stringify(message)), message);
        }
    });

    it('are refused when any part is not what it should be', () => {
        for (const wrong of [
            { nodes: [{ ...node, icon: 'javascript' }] },
            { nodes: [{ ...node, label: 7 }] },
            { nodes: [{ ...node, link: { kind: 'guessed', evidence: [] } }] },
            { nodes: [{ ...node, id: 'x'.repeat(4097) }] },
            { notices: 'none' },
            { order: null },
            { more: 1 },
        ]) {
            const message = { type: 'scene', number: 1, scene: { ...scene, ...wrong } };
            assert.equal(parseMessageToPage(JSON.stringify(message)), undefined, Object.keys(wrong)[0]);
        }
        for (const nodes of [[[0]], [[0, -1]], [[0.5, 1]], [[0, 1, 2]], [['0', 1]], [[0, 100_001]], [null], [{}], {}]) {
            const message = { type: 'change', number: 2, change: { ...scene, nodes } };
            assert.equal(parseMessageToPage(JSON.stringify(message)), undefined, JSON.stringify(nodes));
        }
        assert.equal(parseMessageToPage('{"type":"refresh"}'), undefined);
        assert.equal(parseMessageToPage('{"type":"select","id":null,"more":1}'), undefined);
        assert.equal(parseMessageToPage('{"type":"select","id":null'), undefined, 'cut short');
        assert.equal(parseMessageToPage({ type: 'select', id: null }), undefined, 'no text');
    });
});

describe('anything at all', () => {
    it('never makes either side throw', function () {
        this.timeout(60_000);
        const trap = new Proxy(
            {},
            {
                get: () => {
                    throw new Error('a trap');
                },
            },
        );
        const textOf = (value: unknown): unknown => {
            try {
                return JSON.stringify(value);
            } catch {
                return value; // it cannot be told as text
            }
        };
        const type = fc.constantFrom('ready', 'select', 'refresh', 'order', 'scene', 'change');
        const anything = fc.oneof(
            fc.constant(trap),
            fc.anything(),
            fc.record({ type, id: fc.anything(), order: fc.anything(), scene: fc.anything(), change: fc.anything() }),
        );
        fc.assert(
            fc.property(anything, (value) => {
                parseMessageToExtension(value);
                parseMessageToPage(value);
                parseMessageToPage(textOf(value));
            }),
            { numRuns: 5000 },
        );
    });
});
