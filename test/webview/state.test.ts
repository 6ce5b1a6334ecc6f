import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldContainers, restore, search, toStore, unfoldAbove } from '../../webview/state';
import { host } from './scene-of';

describe('what the page keeps', () => {
    it('comes back as it was stored', () => {
        const stored = { selection: 'main-a', folded: ['containerd'], view: { x: 1, y: -2.5, k: 0.5 } };
        const state = restore(
            JSON.parse(JSON.stringify(toStore({ ...restore(undefined), ...stored, folded: new Set(stored.folded) }))),
        );
        assert.equal(state.selection, 'main-a');
        assert.equal(state.active, 'main-a');
        assert.deepEqual([...state.folded], ['containerd']);
        assert.deepEqual(state.view, stored.view);
    });

    it('begins afresh when what was stored makes no sense', () => {
        const fresh = restore(undefined);
        const good = { selection: null, folded: [], view: null };
        for (const stored of [
            null,
            'text',
            [],
            { ...good, selection: 7 },
            { ...good, selection: 'x'.repeat(5000) },
            { ...good, folded: 'all' },
            { ...good, view: { x: 0, y: 0, k: 0 } },
            { ...good, view: { x: Infinity, y: 0, k: 1 } },
        ]) {
            assert.deepEqual(restore(stored), fresh);
        }
        fc.assert(fc.property(fc.anything(), (stored) => assert.ok(restore(stored).folded instanceof Set)));
    });
});

describe('folding', () => {
    it('opens all that stands above a node, and nothing else', () => {
        const folded = new Set(['dockerd', 'shim-a', 'shim-b', 'child-1']);
        assert.deepEqual([...unfoldAbove(host, folded, 'child-1')], ['shim-b', 'child-1']);
        assert.equal(unfoldAbove(host, folded, 'dockerd'), folded);
    });

    it('ends, even when a parent chain does not', () => {
        const [first] = host.nodes;
        assert.ok(first);
        const ring = {
            ...host,
            nodes: [
                { ...first, id: 'a', parent: 'b' },
                { ...first, id: 'b', parent: 'a' },
            ],
        };
        assert.deepEqual([...unfoldAbove(ring, new Set(['b']), 'a')], []);
    });

    it('folds the containers that hold something', () => {
        assert.deepEqual(
            [...foldContainers(host, new Set(['containerd']))],
            ['containerd', 'container-a', 'container-b'],
        );
    });
});

describe('search', () => {
    it('finds every word, in any case, in what is shown or spoken', () => {
        assert.deepEqual(search(host, 'MAIN'), ['main-a', 'main-b']);
        assert.deepEqual(search(host, 'spoken  container-a'), ['container-a']);
        assert.deepEqual(search(host, 'nothing like it'), []);
    });

    it('finds nothing before something is typed', () => {
        assert.deepEqual(search(host, '  '), []);
    });
});
