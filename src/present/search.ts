import { imageOf, namesOf } from '../topology/container-names';
import { pidOf } from '../topology/lineage';
import { withAncestors } from '../topology/restrict';
import type { NodeId, Topology, TopologyNode } from '../topology/topology';
import { engineName, roleWords } from './describe';

/** Whether a person who typed these words may mean this node: its name, pid, image, id or command. */
export function matches(node: TopologyNode, words: string): boolean {
    const wanted = words.trim().toLowerCase();
    if (wanted === '') return true;
    const pid = pidOf(node);
    if (/^\d+$/.test(wanted) && pid === Number(wanted)) return true;
    return searchable(node).some((text) => text.toLowerCase().includes(wanted));
}

/** What remains of the tree: the nodes that match, what is above them, and what is below. */
export function filtered(topology: Topology, words: string): ReadonlySet<NodeId> {
    const found = [...topology.nodes.values()].filter((node) => matches(node, words));
    const below = new Set<NodeId>();
    const pending = found.map(({ id }) => id);
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        if (below.has(id)) continue;
        below.add(id);
        for (const child of topology.nodes.get(id)?.children ?? []) pending.push(child);
    }
    return new Set([
        ...below,
        ...withAncestors(
            topology,
            found.map(({ id }) => id),
        ),
    ]);
}

function searchable(node: TopologyNode): readonly string[] {
    switch (node.kind) {
        case 'engine':
            return [engineName(node.engine), node.engine?.endpoint ?? '', node.engine?.version ?? ''];
        case 'container':
            return [
                ...namesOf(node),
                imageOf(node) ?? '',
                node.container?.command ?? '',
                node.container?.state ?? node.containerd?.task?.status ?? '',
                node.pod?.name ?? '',
                node.containerId,
            ];
        case 'process':
            return [node.role, roleWords(node), node.process.comm, (node.process.argv ?? []).join(' ')];
    }
}
