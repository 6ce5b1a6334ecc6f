import assert from 'node:assert/strict';
import { lineageOf } from '../../src/topology/lineage';
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

/** By pid: the containers that a process of the topology stands in, the innermost first; several where they are nested. */
export function placesOf(topology: Topology): ReadonlyMap<number, readonly string[]> {
    const places = new Map<number, readonly string[]>();
    for (const node of topology.nodes.values()) {
        if (node.kind === 'container' || !node.process) continue;
        const above = lineageOf(topology, node.id).filter((one) => one.kind === 'container');
        places.set(
            node.process.pid,
            above.map(({ containerId }) => containerId),
        );
    }
    return places;
}

/** By pid: the innermost container of every process that is in the topology; null outside of containers. */
export function attributionsOf(topology: Topology): ReadonlyMap<number, string | null> {
    return new Map([...placesOf(topology)].map(([pid, places]) => [pid, places[0] ?? null]));
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
    const ids = new Set([...nodes.values()].flatMap((node) => (node.kind === 'container' ? node.containerId : [])));
    for (const { containers, address } of snapshot.containerds ?? []) {
        // In an engine's own namespace, a record may be younger than the engine's list.
        for (const { namespace, id } of containers)
            assert.ok(namespace === 'moby' || ids.has(id), `${id} of ${address} is lost`);
    }
}
