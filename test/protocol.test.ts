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

    it('lose whatever else they carry', () => {
        assert.deepEqual(parseMessageToExtension({ type: 'refresh', force: true }), { type: 'refresh' });
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
            { type: 'order', order: 'alphabetical' },
            { type: ['ready'] },
            JSON.parse('{"__proto__": {"type": "ready"}}'),
            { type: 'scene', scene },
        ]) {
            assert.equal(parseMessageToExtension(value), undefined, JSON.stringify(value)?.slice(0, 80));
        }
    });
});

describe('messages to the page', () => {
    it('are understood', () => {
        for (const message of [
            { type: 'scene', scene },
            { type: 'select', id: null },
        ]) {
            assert.deepEqual(parseMessageToPage(message), message);
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
        ]) {
            assert.equal(
                parseMessageToPage({ type: 'scene', scene: { ...scene, ...wrong } }),
                undefined,
                Object.keys(wrong)[0],
            );
        }
        assert.equal(parseMessageToPage({ type: 'refresh' }), undefined);
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
        const type = fc.constantFrom('ready', 'select', 'refresh', 'order', 'scene');
        const anything = fc.oneof(
            fc.constant(trap),
            fc.anything(),
            fc.record({ type, id: fc.anything(), order: fc.anything(), scene: fc.anything() }),
        );
        fc.assert(
            fc.property(anything, (value) => {
                parseMessageToExtension(value);
                parseMessageToPage(value);
            }),
            { numRuns: 5000 },
        );
    });
});
