import type { ContainerdContainer, ContainerdFacts, ContainerdTask } from '../model/containerd';
import type { Process } from '../model/process';
import { socketPath } from './command-line';
import { serves } from './daemons';
import { type Interpretation, surroundings } from './interpretation';
import { lineageOf } from './lineage';
import { isContainerds, type RunningContainer } from './running-containers';
import type { ProcessNode, Topology } from './topology';

/** What a container's own containerd says about it, beside what Docker, the shim and the kernel say. */
export interface ContainerdWord {
    readonly container?: ContainerdContainer;
    /** Absent also where the last answer is too old to be told as true now. */
    readonly task?: ContainerdTask;
    /** `not asked: …` or `not heard: …`, where it has not said anything now. */
    readonly silence?: string;
}

/** Undefined where no containerd has a part in it: a conmon's container, or one whose shim is gone. */
export function containerdWordOf(known: Interpretation, running: RunningContainer): ContainerdWord | undefined {
    const shim = running.shim?.shim;
    if (!shim || !isContainerds(shim)) return undefined;
    if (surroundings(known.membership, running.shim)) return { silence: 'not asked: it runs inside a container' };
    if (shim.address === undefined) return { silence: 'not asked: the shim names no address of it' };
    const address = socketPath(shim.address);
    const facts = known.snapshot.containerds?.find((one) => one.address === address);
    if (!facts) return { silence: `not asked: ${whyNotAsked(known, address)}` };
    return wordIn(facts, shim.namespace, running.id);
}

/**
 * The sockets at which a containerd can be asked: of those outside of containers that see the same files as the one who
 * looked. Where it serves at several, shims report to the one that answers.
 */
export function containerdsToAsk(topology: Topology): readonly string[] {
    const nodes = [...topology.nodes.values()].filter((node) => node.kind === 'process');
    const inUse = new Set(nodes.flatMap(({ shim }) => (shim?.address === undefined ? [] : socketPath(shim.address))));
    const addresses = nodes.flatMap((node) => {
        if (node.role !== 'containerd' || isElsewhere(topology, node)) return [];
        return node.addresses?.find((address) => inUse.has(address)) ?? node.addresses?.[0] ?? [];
    });
    return [...new Set(addresses)];
}

function isElsewhere(topology: Topology, node: ProcessNode): boolean {
    const isInside = lineageOf(topology, node.id).some(({ kind }) => kind === 'container');
    return isInside || seesOtherFiles(topology.snapshot.host, node.process);
}

function seesOtherFiles({ namespaces }: Topology['snapshot']['host'], process: Process): boolean {
    const [ours, its] = [namespaces?.mnt, process.namespaces?.mnt];
    return ours !== undefined && its !== undefined && ours !== its;
}

function whyNotAsked({ snapshot, containerds }: Interpretation, address: string): string {
    if (!snapshot.containerds) return 'this look was without it';
    const serving = containerds.filter((one) => !one.inside && serves(one, address));
    if (serving.length === 0) return 'its process is not seen';
    return serving.every(({ process }) => seesOtherFiles(snapshot.host, process))
        ? 'its socket is in another mount namespace'
        : 'the next look will ask it';
}

function wordIn(facts: ContainerdFacts, namespace: string | undefined, id: string): ContainerdWord {
    const isMeant = (one: { readonly namespace: string; readonly id: string }): boolean => {
        return one.id === id && (namespace === undefined || one.namespace === namespace);
    };
    const container = facts.containers.find(isMeant);
    if (facts.problem) {
        const wasAsked = facts.problem.reason !== 'forbidden';
        return { container, silence: `${wasAsked ? 'not heard' : 'not asked'}: ${facts.problem.detail}` };
    }
    return { container, task: facts.tasks.find(isMeant) };
}
