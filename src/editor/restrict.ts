import type { NodeId, Topology } from '../topology/topology';

/** The same topology with only these nodes; whoever keeps a node keeps what is above it. */
export function restrictTo(topology: Topology, kept: ReadonlySet<NodeId>): Topology {
    const keep = (ids: readonly NodeId[]): readonly NodeId[] => ids.filter((id) => kept.has(id));
    const nodes = [...topology.nodes.values()]
        .filter(({ id }) => kept.has(id))
        .map((node) => [node.id, { ...node, children: keep(node.children) }] as const);
    return { ...topology, nodes: new Map(nodes), roots: keep(topology.roots) };
}
