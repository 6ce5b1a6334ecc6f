import assert from 'node:assert/strict';
import { labelOfGroup, mostSiblings, rowAbove, type RowId, rowsBelow } from '../../src/editor/sibling-groups';
import { buildTopology } from '../../src/topology/build';
import type { Topology } from '../../src/topology/topology';
import { smallHost } from '../host/small-host';

describe('rows of many siblings', () => {
    it('are the nodes themselves where they are few', () => {
        const topology = hostWith(mostSiblings);
        for (const [id, { children }] of topology.nodes) assert.deepEqual(rowsBelow(topology, id), children);
        assert.deepEqual(rowsBelow(topology, undefined), topology.roots);
    });

    it('are never more than bearable, and lead to each node once, from above and from below', () => {
        const topology = hostWith(7_500);
        const seen = new Set<RowId>();
        const labels: string[] = [];
        const visit = (row: RowId | undefined): void => {
            const rows = rowsBelow(topology, row);
            assert.ok(rows.length <= mostSiblings + 7_500 / mostSiblings);
            for (const below of rows) {
                assert.equal(rowAbove(topology, below), row);
                assert.ok(!seen.has(below));
                seen.add(below);
                labels.push(labelOfGroup(topology, below) ?? '');
                visit(below);
            }
        };
        visit(undefined);
        for (const id of topology.nodes.keys()) assert.ok(seen.has(id));
        assert.deepEqual(
            labels.filter((label) => /^501|^7/.test(label)),
            ['501 – 1,000 of 7,500', '7,001 – 7,500 of 7,500'],
        );
    });

    it('have no group any more when they became few', () => {
        const group = rowsBelow(hostWith(600), parentOfMany(hostWith(600))).at(-1) ?? '';
        assert.equal(labelOfGroup(hostWith(600), group), '501 – 600 of 600');
        assert.equal(labelOfGroup(hostWith(3), group), undefined);
        assert.deepEqual(rowsBelow(hostWith(3), group), []);
    });
});

/** So many processes below the container's first one. */
function hostWith(children: number): Topology {
    const host = smallHost();
    const first = host.processes.find(({ pid }) => pid === 21) ?? assert.fail();
    const more = Array.from({ length: children }, (_, index) => ({
        ...first,
        pid: 100 + index,
        ppid: 21,
        namespacePids: [100 + index, 2 + index],
    }));
    return buildTopology({ ...host, processes: [...host.processes, ...more] });
}

function parentOfMany({ nodes }: Topology): RowId {
    return [...nodes].find(([, { children }]) => children.length > 100)?.[0] ?? assert.fail();
}
