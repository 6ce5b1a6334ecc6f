import assert from 'node:assert/strict';
import { layOut, type Item, type Layout } from '../../webview/layout';
import { bringIntoView, firstView, fitAll, fitItem, shownIn, type Shown, type View } from '../../webview/viewport';
import { host, metrics, sceneOf } from './scene-of';

const window = { width: 800, height: 300 };
const many = layOut(
    sceneOf(
        [
            'dockerd',
            '  containerd',
            ...Array.from({ length: 500 }, (_, index) => `    shim-${index}\n      container-${index}`),
            '  stopped',
        ].join('\n'),
    ),
    new Set(),
    metrics,
);
const nothingKept: ReadonlySet<string> = new Set();

describe('the window on the picture', () => {
    it('shows what is in it, and nothing else', () => {
        const shown = ids(shownIn(many, { x: 0, y: 0, k: 1 }, window, nothingKept));
        assert.deepEqual(shown.slice(0, 4), ['dockerd', 'containerd', 'shim-0', 'container-0']);
        assert.ok(shown.length < 25, `${shown.length} of ${many.items.length}`);
        assert.ok(!shown.includes('shim-499'));
    });

    it('keeps the daemons beside the containers on the screen', () => {
        const middle = find(many, 'shim-250');
        const view = { x: 0, y: -middle.y, k: 1 };
        const shown = shownIn(many, view, window, nothingKept);
        const y = (id: string): number => (shown.items.find(({ item }) => item.node.id === id)?.y ?? NaN) + view.y;
        assert.ok(y('dockerd') > 0 && y('dockerd') < many.sizes.row);
        assert.equal(y('containerd'), y('dockerd'));
        assert.ok(!ids(shown).includes('shim-0'));
    });

    it('lets a daemon go with the last of its descendants', () => {
        const stopped = find(many, 'stopped');
        const shown = ids(
            shownIn(many, { x: 0, y: -(stopped.y - many.sizes.cardHeight / 2), k: 1 }, window, nothingKept),
        );
        assert.deepEqual(shown, ['dockerd', 'stopped']);
    });

    it('draws the links of what is shown, and one on either side that leads out of the window', () => {
        const middle = find(many, 'shim-250');
        const shown = shownIn(many, { x: 0, y: -middle.y, k: 1 }, window, nothingKept);
        const linked = shown.links
            .filter(({ parent }) => parent.item.node.id === 'containerd')
            .map(({ child }) => child.item.node.id);
        assert.equal(linked[0], 'shim-249');
        assert.ok(linked.includes('shim-250') && linked.length < 12);
        const lowest = shown.links.find(({ child }) => child.item.node.id === linked.at(-1));
        assert.ok(lowest && lowest.child.y - middle.y > window.height);
        const toStopped = shown.links.find(({ child }) => child.item.node.id === 'stopped');
        assert.ok(toStopped && toStopped.child.y - middle.y <= window.height * 2, 'no further than can be seen');
    });

    it('keeps what it is told to, wherever it is', () => {
        assert.ok(
            ids(shownIn(many, { x: 0, y: 0, k: 1 }, window, new Set(['container-499']))).includes('container-499'),
        );
    });

    it('fits the whole', () => {
        for (const layout of [many, layOut(host, new Set(), metrics)]) {
            const view = fitAll(layout, window);
            assert.ok(view.k <= 1);
            assert.ok(view.x >= 0 && view.x + layout.width * view.k <= window.width);
            assert.ok(view.y >= 0 && view.y + layout.height * view.k <= window.height);
        }
    });

    it('begins with the whole width, as long as that can be read', () => {
        assert.equal(firstView(many, { width: 2000, height: 300 }).k, 1);
        const narrow = firstView(many, { width: many.width * 0.9, height: 300 });
        assert.ok(narrow.k > 0.75 && narrow.x + many.width * narrow.k <= many.width * 0.9);
    });

    it('begins at the left edge where it is too narrow for all that can be read', () => {
        for (const width of [many.width * 0.6, 200]) {
            const { k, x, y } = firstView(many, { width, height: 300 });
            assert.equal(k, 0.75);
            assert.ok(x > 0 && x < 30 && y > 0 && y < 50);
        }
    });

    it('fits a node with its descendants', () => {
        const layout = layOut(host, new Set(), metrics);
        const item = find(layout, 'main-a');
        const view = fitItem(layout, item, window);
        for (const id of ['main-a', 'child-1', 'child-2']) {
            assertInside(find(layout, id), view);
        }
    });

    it('moves just far enough to show an item', () => {
        const view = { x: 0, y: 0, k: 1 };
        const far = find(many, 'container-400');
        const moved = bringIntoView(many, far, view, window);
        assertInside(far, moved);
        assert.equal(bringIntoView(many, far, moved, window), moved, 'and not again');
        const daemon = find(many, 'containerd');
        assert.equal(
            bringIntoView(many, daemon, moved, window).y,
            moved.y,
            'a daemon that stands beside is seen already',
        );
    });

    it('comes close enough to read', () => {
        assert.ok(bringIntoView(many, find(many, 'shim-9'), { x: 0, y: 0, k: 0.01 }, window).k >= 0.4);
    });
});

function assertInside(item: Item, view: View): void {
    assert.ok(item.x * view.k + view.x >= 0 && (item.x + item.width) * view.k + view.x <= window.width, 'across');
    assert.ok(item.y * view.k + view.y >= 0 && item.y * view.k + view.y <= window.height, 'down');
}

function ids(shown: Shown): readonly string[] {
    return shown.items.map(({ item }) => item.node.id);
}

function find(layout: Layout, id: string): Item {
    const item = layout.byId.get(id);
    assert.ok(item, `${id} is laid out`);
    return item;
}
