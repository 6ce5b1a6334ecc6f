import assert from 'node:assert/strict';
import { stepFor } from '../../webview/keyboard';
import { layOut } from '../../webview/layout';
import { host, metrics, sceneOf } from './scene-of';

const open = layOut(host, new Set(), metrics);
const folded = layOut(host, new Set(['containerd']), metrics);

describe('the keyboard in the picture', () => {
    it('goes down and up through what is visible', () => {
        assert.deepEqual(stepFor('ArrowDown', open, 'child-2'), { type: 'move', id: 'shim-b' });
        assert.deepEqual(stepFor('ArrowUp', open, 'shim-b'), { type: 'move', id: 'child-2' });
        assert.deepEqual(stepFor('ArrowDown', folded, 'containerd'), { type: 'move', id: 'container-stopped' });
    });

    it('stays at the ends', () => {
        assert.deepEqual(stepFor('ArrowDown', open, 'container-stopped'), { type: 'move', id: 'container-stopped' });
        assert.deepEqual(stepFor('ArrowUp', open, 'dockerd'), { type: 'move', id: 'dockerd' });
        assert.deepEqual(stepFor('PageDown', open, 'shim-b'), { type: 'move', id: 'container-stopped' });
        assert.deepEqual(stepFor('PageUp', open, 'shim-b'), { type: 'move', id: 'dockerd' });
    });

    it('unfolds, then goes in', () => {
        assert.deepEqual(stepFor('ArrowRight', folded, 'containerd'), { type: 'unfold', id: 'containerd' });
        assert.deepEqual(stepFor('ArrowRight', open, 'containerd'), { type: 'move', id: 'shim-a' });
        assert.deepEqual(stepFor('ArrowRight', open, 'child-1'), { type: 'move', id: 'child-1' });
    });

    it('folds, then goes out', () => {
        assert.deepEqual(stepFor('ArrowLeft', open, 'containerd'), { type: 'fold', id: 'containerd' });
        assert.deepEqual(stepFor('ArrowLeft', folded, 'containerd'), { type: 'move', id: 'dockerd' });
        assert.deepEqual(stepFor('ArrowLeft', open, 'child-1'), { type: 'move', id: 'main-a' });
    });

    it('goes to both ends', () => {
        assert.deepEqual(stepFor('Home', open, 'shim-b'), { type: 'move', id: 'dockerd' });
        assert.deepEqual(stepFor('End', open, 'shim-b'), { type: 'move', id: 'container-stopped' });
    });

    it('selects', () => {
        assert.deepEqual(stepFor('Enter', open, 'shim-b'), { type: 'select', id: 'shim-b' });
        assert.deepEqual(stepFor(' ', open, 'shim-b'), { type: 'select', id: 'shim-b' });
        assert.equal(stepFor('Enter', open, null), undefined);
    });

    it('begins at the first item when none is active, or the active one has gone', () => {
        assert.deepEqual(stepFor('ArrowDown', open, null), { type: 'move', id: 'dockerd' });
        assert.deepEqual(stepFor('ArrowDown', open, 'gone'), { type: 'move', id: 'dockerd' });
        assert.equal(stepFor('ArrowDown', layOut(sceneOf(''), new Set(), metrics), null), undefined);
    });

    it('leaves other keys alone', () => {
        for (const key of ['Tab', 'a', 'F1', 'constructor', '__proto__', '']) {
            assert.equal(stepFor(key, open, 'shim-b'), undefined, key);
        }
    });
});
