import { namesOf } from './container-names';
import type { ContainerNode, NodeId, ProcessNode, Shim, Topology, TopologyNode } from './topology';

/** From the node up to its root. */
export function lineageOf(topology: Topology, id: NodeId): readonly TopologyNode[] {
    const lineage: TopologyNode[] = [];
    for (
        let node = topology.nodes.get(id);
        node;
        node = node.parent === null ? undefined : topology.nodes.get(node.parent)
    ) {
        lineage.push(node);
    }
    return lineage;
}

/** A process whose argv says what it holds. */
export type ShimNode = ProcessNode & { readonly shim: Shim };

/** Also what is in a shim's place: a conmon, or runc. */
export function isShim(node: TopologyNode | undefined): node is ShimNode {
    return node?.kind === 'process' && node.shim !== undefined;
}

/** The shim of a container, or what is in a shim's place. */
export function shimAbove({ nodes }: Pick<Topology, 'nodes'>, { parent }: ContainerNode): ShimNode | undefined {
    const above = parent === null ? undefined : nodes.get(parent);
    return isShim(above) ? above : undefined;
}

/**
 * The nodes that a person may mean: a pid, a container's name, or the beginning of its id.
 * An exact answer hides the others; several are returned when the words fit several.
 */
export function findNodes(topology: Topology, words: string): readonly TopologyNode[] {
    const wanted = words.trim().replace(/^\//, '');
    if (wanted === '') return [];
    const nodes = [...topology.nodes.values()];
    const byPid = /^\d+$/.test(wanted) ? nodes.filter((node) => pidOf(node) === Number(wanted)) : [];
    // A pid means the process; its container only where the process itself cannot be seen.
    const processes = byPid.filter(({ kind }) => kind !== 'container');
    if (processes.length > 0) return processes;
    if (byPid.length > 0) return byPid;
    const containers = nodes.filter((node) => node.kind === 'container');
    const exact = containers.filter(
        (container) => container.containerId === wanted || namesOf(container).includes(wanted),
    );
    if (exact.length > 0) return exact;
    return containers.filter(({ containerId }) => containerId.startsWith(wanted));
}

export function pidOf(node: TopologyNode): number | undefined {
    return node.kind === 'container' ? node.mainPid : node.process?.pid;
}
