import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Containerd, Dockerd } from './dockerd';
import { type SeenNode, type SeenTopology, shortly, topologyOf } from './topology';
import { type ContainerTruth, type Truth, truthOf } from './truth';

export interface Look {
    readonly topology: SeenTopology;
    readonly truth: Truth;
    /** By name; an unknown name is an error. */
    container(name: string): ContainerTruth;
    /** The chain that everything in this running container must end in. */
    above(name: string): readonly string[];
}

/**
 * One topology, and the truth at that moment: what was so before the look and still after it. Where something changed
 * meanwhile, neither is wrong, and both look again.
 */
export async function look(dockerd: Dockerd, containerd?: Containerd): Promise<Look> {
    for (let attempt = 0; attempt < 20; attempt++) {
        const before = await truthOf(dockerd, containerd);
        const topology = await topologyOf([dockerd.endpoint]);
        // A shim comes before its container's process, and goes after it.
        const isSettled = before.containers.every(({ mainPid, shimPid }) => mainPid !== 0 || !shimPid);
        if (isSettled && isDeepStrictEqual(before, await truthOf(dockerd, containerd))) return lookAt(topology, before);
    }
    throw new Error('this host did not stay the same for the time of one look');
}

export function lookAt(topology: SeenTopology, truth: Truth): Look {
    const container = (name: string): ContainerTruth => {
        const found = truth.containers.find((candidate) => candidate.name === name);
        assert.ok(found, `no container ${name}`);
        return found;
    };
    const { containerdPid, enginePid } = truth;
    return {
        topology,
        truth,
        container,
        above: (name) => [
            `container ${name}`,
            `shim ${container(name).shimPid}`,
            `containerd ${containerdPid}`,
            `engine ${enginePid}`,
        ],
    };
}

/** Every container, shim, first process, exec and proxy of this engine stands where ps, /proc and inspect say. */
export function assertAgrees({ topology, truth, above }: Look): void {
    for (const { id, name, state, mainPid, exitCode, shimPid, execPids, memberPids } of truth.containers) {
        const node = topology.containerNode(id);
        assert.equal(node.name, name);
        assert.equal(node.state, state, name);
        // As `docker ps -a` says it; a container that never ran has only been created.
        if (state === 'exited') assert.equal(/^Exited \((\d+)\)/.exec(node.status ?? '')?.[1], String(exitCode), name);
        const pids = membersOf(topology, node)
            .map(({ pid }) => pid ?? 0)
            .sort((left, right) => left - right);
        if (mainPid === 0) {
            assert.deepEqual(topology.lineage(node).map(shortly), [`container ${name}`, `engine ${truth.enginePid}`]);
            assert.deepEqual(pids, [], `${name} does not run`);
            continue;
        }
        assert.ok(shimPid, `ps shows no shim of ${name}`);
        assert.equal(node.mainPid, mainPid, name);
        assert.equal(node.verdict, 'agree', name);
        assert.deepEqual(pids, memberPids, `${name} holds the processes of its cgroup, each once, and no other`);
        for (const pid of [mainPid, ...execPids]) assert.deepEqual(topology.chain(pid).slice(1), above(name), name);
    }
    for (const { pid, containerId } of truth.proxies) {
        assert.deepEqual(topology.chain(pid), [`docker-proxy ${pid}`, `engine ${truth.enginePid}`]);
        assert.equal(topology.processNode(pid).containerId, containerId);
    }
}

/** The processes whose nearest container is this one. */
function membersOf(topology: SeenTopology, container: SeenNode): SeenNode[] {
    return topology.nodes.filter(
        (node) =>
            node.kind === 'process' && topology.lineage(node).find(({ kind }) => kind === 'container') === container,
    );
}
