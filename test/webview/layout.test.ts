import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutToWidth, layOut, textsOf, type Item, type Layout } from '../../webview/layout';
import { host, metrics, sceneOf } from './scene-of';

const nothingFolded: ReadonlySet<string> = new Set();

describe('the layout of the picture', () => {
    it('puts a chain on one line, and leaves one below the other', () => {
        const layout = layOut(host, nothingFolded, metrics);
        const row = (id: string): number => find(layout, id).y;
        for (const id of ['containerd', 'shim-a', 'container-a', 'main-a', 'child-1']) {
            assert.equal(row(id), row('dockerd'), id);
        }
        assert.ok(row('child-1') < row('child-2'));
        assert.ok(row('child-2') < row('shim-b'));
        assert.equal(row('shim-b'), row('main-b'));
        assert.ok(row('main-b') < row('container-stopped'));
        assert.ok(row('shim-b') - row('child-2') > row('child-2') - row('child-1'), 'siblings stand closer');
        assert.equal(find(layout, 'containerd').lastRow, row('main-b'));
        assert.equal(find(layout, 'dockerd').lastRow, row('container-stopped'));
    });

    it('aligns each depth in one column', () => {
        const layout = layOut(host, nothingFolded, metrics);
        assert.equal(find(layout, 'shim-a').x, find(layout, 'shim-b').x);
        assert.equal(find(layout, 'containerd').x, find(layout, 'container-stopped').x);
        assert.equal(find(layout, 'containerd').width, find(layout, 'container-stopped').width);
        assert.ok(find(layout, 'dockerd').x + find(layout, 'dockerd').width < find(layout, 'containerd').x);
    });

    it('counts what is folded away', () => {
        const layout = layOut(host, new Set(['container-a']), metrics);
        assert.equal(find(layout, 'container-a').hidden, 3);
        assert.deepEqual(find(layout, 'container-a').children, []);
        assert.equal(find(layout, 'container-a').foldable, true);
        assert.equal(layout.byId.has('child-1'), false);
        assert.equal(find(layout, 'containerd').hidden, 0);
    });

    it('shows by a folded node that something beneath it is wrong', () => {
        const nodes = host.nodes.map((node) => (node.id === 'child-2' ? { ...node, tone: 'warning' as const } : node));
        const tone = (folded: readonly string[]): string =>
            find(layOut({ ...host, nodes }, new Set(folded), metrics), 'container-a').tone;
        assert.equal(tone([]), 'normal');
        assert.equal(tone(['container-a']), 'warning');
    });

    it('tells each item its place among its siblings, folded or not', () => {
        const layout = layOut(host, nothingFolded, metrics);
        const place = ({ position, siblings, depth }: Item): readonly number[] => [position, siblings, depth];
        assert.deepEqual(place(find(layout, 'dockerd')), [1, 1, 0]);
        assert.deepEqual(place(find(layout, 'container-stopped')), [2, 2, 1]);
        assert.deepEqual(place(find(layout, 'child-2')), [2, 2, 5]);
    });

    it('draws a node whose parent is not there as a root, and the first of two with one id', () => {
        const [dockerd, containerd] = host.nodes;
        assert.ok(dockerd && containerd);
        const layout = layOut(
            {
                ...host,
                nodes: [
                    { ...dockerd, parent: 'gone' },
                    containerd,
                    { ...containerd, label: 'again' },
                    { ...dockerd, id: 'own', parent: 'own' },
                ],
            },
            nothingFolded,
            metrics,
        );
        assert.deepEqual(
            layout.items.map(({ node, depth }) => [node.label, depth]),
            [
                ['dockerd', 0],
                ['containerd', 1],
                ['dockerd', 0],
            ],
        );
    });

    it('lays out nothing as nothing', () => {
        const layout = layOut(sceneOf(''), nothingFolded, metrics);
        assert.deepEqual([layout.items.length, layout.width, layout.height], [0, 0, 0]);
    });

    it('never lets two cards overlap', () => {
        const forests = fc.array(fc.nat(), { maxLength: 60 }).map((parents) => ({
            ...host,
            nodes: parents.map((parent, index) => ({
                ...(host.nodes[0] as (typeof host.nodes)[number]),
                id: String(index),
                parent: parent % (index + 1) === index ? null : String(parent % (index + 1)),
            })),
        }));
        fc.assert(
            fc.property(forests, fc.array(fc.nat(60).map(String)), (scene, folded) => {
                const layout = layOut(scene, new Set(folded), metrics);
                const taken = new Set(layout.items.map(({ x, y }) => `${x} ${y}`));
                assert.equal(taken.size, layout.items.length);
                const columns = new Map<number, number[]>();
                for (const { x, y } of layout.items) {
                    columns.set(x, [...(columns.get(x) ?? []), y]);
                }
                for (const rows of columns.values()) {
                    rows.forEach((y, index) => {
                        assert.ok(index === 0 || y - (rows[index - 1] ?? 0) >= layout.sizes.row);
                    });
                }
            }),
        );
    });

    it('cuts a text between characters, and says so', () => {
        const cut = (text: string, characters: number): string => cutToWidth(text, characters * 10, metrics.labelWidth);
        assert.equal(cut('containerd', 10), 'containerd');
        assert.equal(cut('containerd', 9), 'containe…');
        assert.equal(cut('🐳🐳🐳🐳', 3), '🐳🐳…');
        assert.equal(cut('abc', 0), '…');
    });

    it('keeps a column within limits, whatever a label holds', () => {
        const layout = layOut(sceneOf('x'.repeat(100_000)), nothingFolded, metrics);
        const [item] = layout.items;
        assert.ok(item && item.width <= 200);
        const { label } = textsOf(item, layout);
        assert.ok(label.endsWith('…') && label.length < 30);
    });
});

function find(layout: Layout, id: string): Item {
    const item = layout.byId.get(id);
    assert.ok(item, `${id} is laid out`);
    return item;
}
