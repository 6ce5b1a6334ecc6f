import type { Engine } from '../model/engine';
import type { GapReason } from '../model/gap';
import type { Snapshot } from '../model/snapshot';
import type { DockerSource } from '../sources/docker/client';
import { processNodeId } from '../topology/process-table';
import type { Topology } from '../topology/topology';
import type { DaemonSource } from './collect';

export function engineOf({ endpoint: { endpoint } }: DockerSource, snapshot: Snapshot | undefined): Engine | undefined {
    return snapshot?.engines.find((engine) => engine.endpoint === endpoint);
}

/** Why the daemon's last answer was none. */
export function failureOf(daemon: DaemonSource, { engines, containerds }: Snapshot): GapReason | undefined {
    const facts =
        'endpoint' in daemon
            ? engines.find(({ endpoint }) => endpoint === daemon.endpoint.endpoint)
            : containerds?.find(({ address }) => address === daemon.address);
    return facts?.problem?.reason;
}

/** A process that serves an endpoint, and did not at the look before. */
export function hasNewDockerd(after: Topology, before: Topology | undefined): boolean {
    if (!before) return false;
    const known = new Set(dockerdsIn(before));
    return dockerdsIn(after).some((one) => !known.has(one));
}

function dockerdsIn({ nodes }: Topology): readonly string[] {
    return [...nodes.values()].flatMap((node) =>
        node.kind === 'engine' && node.process ? processNodeId(node.process) : [],
    );
}

/** Every process that has a part: its argv, state and cgroup may change without a fork that would tell. */
export function pidsIn({ nodes }: Topology): readonly number[] {
    return [...nodes.values()].flatMap((node) => (node.kind === 'container' ? [] : (node.process?.pid ?? [])));
}
