import type { NodeId, Topology, TopologyNode } from './topology';

/** What a view must touch to get from one topology to the next. */
export interface Difference {
    /** Nodes that are still there, but are described otherwise. */
    readonly changed: readonly NodeId[];
    /** Nodes that have other children, or the same in another order; null stands for the roots. */
    readonly reordered: readonly (NodeId | null)[];
}

/**
 * Compares by what `describe` says of a node, so that what a person can't see changes nothing.
 * It must return the same string for nodes that look the same.
 */
export function differenceOf(
    previous: Topology,
    next: Topology,
    describe: (topology: Topology, node: TopologyNode) => string,
): Difference {
    const changed: NodeId[] = [];
    const reordered: (NodeId | null)[] = sameIds(previous.roots, next.roots) ? [] : [null];
    for (const [id, node] of next.nodes) {
        const before = previous.nodes.get(id);
        if (!before || before === node) continue;
        if (!sameIds(before.children, node.children)) reordered.push(id);
        if (describe(previous, before) !== describe(next, node)) changed.push(id);
    }
    return { changed, reordered };
}

function sameIds(one: readonly NodeId[], other: readonly NodeId[]): boolean {
    return one.length === other.length && one.every((id, index) => id === other[index]);
}
