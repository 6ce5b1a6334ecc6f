import assert from 'node:assert/strict';
import type { NodeId, Topology, TopologyNode } from '../../src/topology/topology';

/** What holds for every topology, whatever the machine: one tree, nothing lost, nothing in two places. */
export function assertSound(topology: Topology): void {
    const reached = new Set<NodeId>();
    const pending = [...topology.roots];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        assert.ok(!reached.has(id), `${id} is reached twice`);
        reached.add(id);
        const node = topology.nodes.get(id);
        assert.ok(node, `${id} is a child and no node`);
        assert.equal(node.id, id);
        if (node.parent === null) assert.equal(node.link, null, `${id} is a root and has a link`);
        else assert.ok(node.link && node.link.evidence.length > 0, `the link of ${id} has no evidence`);
        for (const child of node.children) assert.equal(topology.nodes.get(child)?.parent, id);
        pending.push(...node.children);
    }
    assert.equal(reached.size, topology.nodes.size, 'some nodes hang under no root');
    assertOnePlaceEach(topology);
    assertNoContainerLost(topology);
}

/** The container under which a process stands; undefined where it is in none, or not in the topology. */
export function containerAbove(topology: Topology, node: TopologyNode): string | undefined {
    for (let above = parentOf(topology, node); above; above = parentOf(topology, above)) {
        if (above.kind === 'container') return above.containerId;
    }
    return undefined;
}

/** By pid: the container of every process that is in the topology; null outside of containers. */
export function attributionsOf(topology: Topology): ReadonlyMap<number, string | null> {
    const attributions = new Map<number, string | null>();
    for (const node of topology.nodes.values()) {
        if (node.kind !== 'container' && node.process) {
            attributions.set(node.process.pid, containerAbove(topology, node) ?? null);
        }
    }
    return attributions;
}

function parentOf(topology: Topology, { parent }: TopologyNode): TopologyNode | undefined {
    return parent === null ? undefined : topology.nodes.get(parent);
}

function assertOnePlaceEach({ nodes }: Topology): void {
    const places = new Map<number, TopologyNode>();
    for (const node of nodes.values()) {
        if (node.kind === 'container' || !node.process) continue;
        const other = places.get(node.process.pid);
        const isSharedContainerd = node.kind === 'process' && node.role === 'containerd';
        assert.ok(!other || isSharedContainerd, `process ${String(node.process.pid)} stands in two places`);
        places.set(node.process.pid, node);
    }
}

function assertNoContainerLost({ nodes, snapshot }: Topology): void {
    const shown = new Set([...nodes.values()].flatMap((node) => (node.kind === 'container' ? node.container : [])));
    for (const { containers, endpoint } of snapshot.engines) {
        for (const container of containers)
            assert.ok(shown.has(container), `${container.id} of ${String(endpoint)} is lost`);
    }
}
