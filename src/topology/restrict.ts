import type { NodeId, Topology } from './topology';

/** The same topology with only these nodes; whoever keeps a node keeps what is above it. */
export function restrictTo(topology: Topology, kept: ReadonlySet<NodeId>): Topology {
    const keep = (ids: readonly NodeId[]): readonly NodeId[] => ids.filter((id) => kept.has(id));
    const nodes = [...topology.nodes.values()]
        .filter(({ id }) => kept.has(id))
        .map((node) => [node.id, { ...node, children: keep(node.children) }] as const);
    return { ...topology, nodes: new Map(nodes), roots: keep(topology.roots) };
}

/** These nodes, and what is above them. */
export function withAncestors({ nodes }: Topology, ids: Iterable<NodeId>): ReadonlySet<NodeId> {
    const kept = new Set<NodeId>();
    for (const id of ids) {
        for (let next: NodeId | null = id; next !== null && !kept.has(next); next = nodes.get(next)?.parent ?? null) {
            kept.add(next);
        }
    }
    return kept;
}
