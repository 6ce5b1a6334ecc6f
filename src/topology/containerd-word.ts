import type { ContainerdContainer, ContainerdFacts, ContainerdTask } from '../model/containerd';
import type { Gap } from '../model/gap';
import type { Process } from '../model/process';
import { socketPath } from './command-line';
import { type ContainerdRecords, recordOf } from './containerd-records';
import { type Containerd, serves } from './daemons';
import { type Interpretation, type Listing, surroundings } from './interpretation';
import { lineageOf } from './lineage';
import { isOutermost, mayStartOneAnother } from './process-table';
import { seesOtherFiles, whyNotToConnect } from './proven-daemons';
import { isContainerds, type RunningContainer } from './running-containers';
import type { ProcessNode, Topology } from './topology';

/** What a container's own containerd says about it, beside what Docker, the shim and the kernel say. */
export interface ContainerdWord {
    readonly container?: ContainerdContainer;
    /** Absent also where the last answer is too old to be told as true now. */
    readonly task?: ContainerdTask;
    /** `not asked: …` or `not heard: …`, where it has not said anything now. */
    readonly silence?: string;
    /** In milliseconds since 1970. */
    readonly askedAt?: number;
}

/** Undefined where no containerd has a part in it, as in a conmon's container. */
export function containerdWordOf(
    known: Interpretation,
    running: RunningContainer | undefined,
    listing: Listing | undefined,
): ContainerdWord | undefined {
    const shim = running?.shim?.shim;
    if (!shim) return listing ? wordForEngine(known, listing) : { silence: 'not asked: nobody tells which one it is' };
    if (!isContainerds(shim)) return undefined;
    if (surroundings(known.membership, running.shim)) return { silence: 'not asked: it runs inside a container' };
    if (shim.address === undefined) return { silence: 'not asked: the shim names no address of it' };
    const address = socketPath(shim.address);
    const records = known.records.get(address);
    if (!records) return { silence: `not asked: ${whyNotAsked(known, address)}` };
    return wordOf(known, records, shim.namespace, running.id, running.shim.process);
}

/** Where no shim says which containerd it is, its engine does. */
function wordForEngine(known: Interpretation, { daemon, container }: Listing): ContainerdWord | undefined {
    const { engine, process, inside, containerd } = daemon;
    if (engine?.product === 'podman') return undefined;
    if (inside) return { silence: 'not asked: it runs inside a container' };
    if (!containerd) return { silence: 'not asked: which one its engine uses is not known' };
    if (process && !isOutermost(process)) return { silence: 'not asked: it is in a pid namespace of its own' };
    const records = known.records.get(containerd.path);
    if (!records) return { silence: `not asked: ${whyNotAsked(known, containerd.path)}` };
    // Without a namespace: where the engine remaps users, it may not tell which.
    return wordOf(known, records, engine?.containerdNamespace, container.id, process);
}

/**
 * Others may serve at the same path. What one says counts unless it cannot have started what is beside the container;
 * that it has nothing of a container, only where no other one can have answered.
 */
function wordOf(
    known: Interpretation,
    records: ContainerdRecords,
    namespace: string | undefined,
    id: string,
    beside: Process | undefined,
): ContainerdWord {
    const word = wordIn(records, namespace, id);
    const mayAnswer = known.containerds.filter((one) => {
        return !one.inside && serves(one, records.facts.address) && !seesOtherFiles(one.process, known.snapshot.host);
    });
    const mayBeIts = mayAnswer.filter(({ process }) => !beside || mayStartOneAnother(known.table, process, beside));
    const saysSomething = word.silence !== undefined || word.container !== undefined || word.task !== undefined;
    const counts = saysSomething
        ? mayBeIts.length > 0 || mayAnswer.length === 0
        : mayBeIts.length === 1 && mayAnswer.length === 1;
    return counts ? word : { silence: 'not asked: another one may answer at its address' };
}

/**
 * The sockets at which a containerd can be asked: of those outside of containers that may be connected to. Where it
 * serves at several, shims report to the one that answers.
 */
export function containerdsToAsk(topology: Topology): readonly string[] {
    const nodes = [...topology.nodes.values()].filter((node) => node.kind === 'process');
    const inUse = new Set(nodes.flatMap(({ shim }) => (shim?.address === undefined ? [] : socketPath(shim.address))));
    const addresses = nodes.flatMap((node) => {
        if (node.role !== 'containerd' || isInContainer(topology, node)) return [];
        const address = node.addresses?.find((one) => inUse.has(one)) ?? node.addresses?.[0];
        return address === undefined || whyNotAskedAt(topology.snapshot, node.process, address) ? [] : address;
    });
    return [...new Set(addresses)];
}

/** What this containerd told, if it is the one that was asked: another one may serve at the same path elsewhere. */
export function factsOf(topology: Topology, node: ProcessNode): ContainerdFacts | undefined {
    const { snapshot } = topology;
    if (isInContainer(topology, node)) return undefined;
    return snapshot.containerds?.find(({ address }) => {
        return node.addresses?.includes(address) && whyNotAskedAt(snapshot, node.process, address) === undefined;
    });
}

/** The containerd that was asked at an address; undefined where two may have been, or none is seen that may be. */
export function containerdAskedAt({ containerds, snapshot }: Interpretation, address: string): Containerd | undefined {
    const asked = containerds.filter((one) => {
        return !one.inside && serves(one, address) && whyNotAskedAt(snapshot, one.process, address) === undefined;
    });
    return asked.length === 1 ? asked[0] : undefined;
}

/** Why a containerd's own word is missing or old; undefined where it was heard. */
export function whyContainerdIsSilent(topology: Topology, node: ProcessNode): string | undefined {
    const facts = factsOf(topology, node);
    if (facts) return facts.problem && silenceOf(facts.problem);
    if (!topology.snapshot.containerds) return 'not asked: this look was without it';
    if (isInContainer(topology, node)) return 'not asked: it runs inside a container';
    const [address] = node.addresses ?? [];
    if (address === undefined) return 'not asked: its socket is not known';
    return `not asked: ${whyNotAskedAt(topology.snapshot, node.process, address) ?? nextLook}`;
}

const nextLook = 'the next look will ask it';

function isInContainer(topology: Topology, node: ProcessNode): boolean {
    return lineageOf(topology, node.id).some(({ kind }) => kind === 'container');
}

function whyNotAskedAt({ host }: Topology['snapshot'], process: Process, address: string): string | undefined {
    return whyNotToConnect(process, 'containerd', address, host);
}

function whyNotAsked({ snapshot, containerds }: Interpretation, address: string): string {
    if (!snapshot.containerds) return 'this look was without it';
    const serving = containerds.filter((one) => !one.inside && serves(one, address));
    if (serving.length === 0) return 'its process is not seen';
    const reasons = serving.map(({ process }) => whyNotAskedAt(snapshot, process, address));
    return reasons.includes(undefined) ? nextLook : (reasons[0] ?? nextLook);
}

export function wordIn(records: ContainerdRecords, namespace: string | undefined, id: string): ContainerdWord {
    const container = recordOf(records.containers, namespace, id);
    const { problem } = records.facts;
    if (problem) return { container, silence: silenceOf(problem) };
    return { container, task: recordOf(records.tasks, namespace, id), askedAt: records.facts.askedAt };
}

function silenceOf({ reason, detail }: Gap): string {
    return `${reason === 'forbidden' ? 'not asked' : 'not heard'}: ${detail}`;
}
