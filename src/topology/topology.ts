import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import type { ContainerdWord } from './containerd-word';
import type { Guest } from './guests';
import type { Pod } from './pods';

/**
 * What a snapshot means: one tree, in which every link says how it is known.
 *
 * It is rebuilt from each snapshot and never patched, so two topologies can be compared but none can be half new.
 */
export interface Topology {
    readonly snapshot: Snapshot;
    readonly order: Order;
    readonly nodes: ReadonlyMap<NodeId, TopologyNode>;
    /** All of them in ownership order, where `nodes` is in another one or has only some: of these, findings speak. */
    readonly allNodes: ReadonlyMap<NodeId, TopologyNode>;
    /** In display order, as are the children of every node. */
    readonly roots: readonly NodeId[];
    /** The gravest first. */
    readonly findings: readonly Finding[];
    /** The verified ones at each node, for the faces that mark it and tell them there. */
    readonly findingsAt: ReadonlyMap<NodeId, readonly Finding[]>;
    /** The codes of which this look saw too little to tell that nothing is wrong. */
    readonly unjudged: readonly FindingCode[];
    /** What the rules have seen, for the next look to compare with. */
    readonly sightings: ReadonlyMap<string, Sighted>;
    /** What the sources could not see, and what the topology could not decide. */
    readonly gaps: readonly Gap[];
}

export interface Sighted {
    readonly about: NodeId;
    /** The look since which it has been seen without a break, ISO 8601. */
    readonly since: string;
}

/** `ownership`: who is responsible for whom. `kernel`: the tree of parent pids, with every process of the host. */
export type Order = 'ownership' | 'kernel';

/** Opaque, unique in one topology, and the same for the same thing in the next one. */
export type NodeId = string;

export type TopologyNode = EngineNode | ProcessNode | ContainerNode;

interface Placed {
    readonly id: NodeId;
    readonly parent: NodeId | null;
    /** How the place under the parent is known; null for a root. */
    readonly link: Link | null;
    readonly children: readonly NodeId[];
}

/** A dockerd: its API half, its process half, or both. */
export interface EngineNode extends Placed {
    readonly kind: 'engine';
    /** Absent when no endpoint of this daemon was asked. */
    readonly engine?: Engine;
    /** Absent when the daemon's process could not be found: it may be remote, in a VM, or dead. */
    readonly process?: Process;
    /** How the two halves are known to be one daemon. */
    readonly evidence: readonly Evidence[];
    /** The containerd that this daemon is known to use. */
    readonly containerdAddress?: string;
}

export interface ProcessNode extends Placed {
    readonly kind: 'process';
    readonly process: Process;
    readonly role: Role;
    /** Why it has this role. */
    readonly evidence: readonly Evidence[];
    /** Only for a shim and what is in a shim's place (conmon, `runc run`): what its argv says. */
    readonly shim?: Shim;
    /** Only for a containerd: the sockets at which it serves. */
    readonly addresses?: readonly string[];
    /** The container that it belongs to, or (docker-proxy, shim) that it serves. */
    readonly containerId?: string;
    /** What the process calls itself in its own pid namespace. */
    readonly pidInContainer?: number;
}

export interface ContainerNode extends Placed {
    readonly kind: 'container';
    readonly containerId: string;
    /** Absent when no engine that was asked knows it. */
    readonly container?: Container;
    /** The engine that lists it. */
    readonly engine?: Engine;
    /** containerd's namespace, where the shim tells it. */
    readonly namespace?: string;
    /** What its containerd says about it, or why it says nothing; absent where none has a part in it. */
    readonly containerd?: ContainerdWord;
    readonly mainPid?: number;
    /** How the first process is known. */
    readonly mainEvidence: readonly Evidence[];
    /** Absent where its processes are of this kernel. */
    readonly guest?: Guest;
    /** What Podman or CRI-O call it, as its conmon was told. */
    readonly conmonName?: string;
    /** One step of a `docker build`, which BuildKit runs without any shim, and no engine lists. */
    readonly isBuildStep?: true;
    /** Absent where nothing tells of a Kubernetes pod. */
    readonly pod?: Pod;
    readonly life: Life;
    /** When a look last saw its first process alive, in milliseconds since 1970; absent where none has. */
    readonly livedAt?: number;
    readonly verdict: Verdict;
    /** Why nothing is verified; only with the verdict `unverified`. */
    readonly doubt?: Doubt;
}

export interface Link {
    readonly kind: LinkKind;
    readonly evidence: readonly Evidence[];
}

/**
 * `spawned`: the kernel says so. `managed`: a daemon is responsible, though the kernel's parent is another.
 * `member`: a process belongs to a container.
 */
export type LinkKind = 'spawned' | 'managed' | 'member';

export interface Evidence {
    readonly source: EvidenceSource;
    readonly detail: string;
}

export type EvidenceSource = 'ppid' | 'cgroup' | 'argv' | 'docker' | 'containerd' | 'socket' | 'namespace' | 'proc';

/** What a process is for. An opinion with evidence, which begins as a claim: see claims.ts. */
export type Role =
    | 'dockerd'
    | 'containerd'
    | 'shim'
    | 'runc'
    | 'main'
    | 'init'
    | 'exec'
    | 'healthcheck'
    | 'child'
    | 'pause'
    | 'docker-proxy'
    | 'rootlesskit'
    | 'buildkit'
    | 'conmon'
    | 'cli'
    /** Nothing to do with containers: shown in kernel order only. */
    | 'host';

/** What the argv of a shim, or of what is in a shim's place, says. */
export interface Shim {
    readonly version: 'v1' | 'v2' | 'conmon' | 'runc';
    /** For example `io.containerd.runc.v2`. */
    readonly runtime?: string;
    /** The containerd that it reports to. */
    readonly address?: string;
    readonly namespace?: string;
    /** Its container, or its pod's sandbox. */
    readonly id: string;
    /** conmon only: what Podman or CRI-O call the container. */
    readonly name?: string;
    /** conmon only: it holds an exec session in that container, not the container. */
    readonly isForSession?: boolean;
    /** v1 only: the folder that containerd gave it, below containerd's root. */
    readonly workdir?: string;
}

/** What the kernel shows of a container: `waits` where a runtime holds the place of its first process, which lives not yet. */
export type Life = 'lives' | 'waits' | 'others live' | 'nothing lives';

/** Whether Docker, containerd where it was asked, the shim and the kernel agree about a container. The sentences are in present/verdicts.ts. */
export type Verdict =
    | 'agree'
    | 'running-without-process'
    | 'process-of-a-stopped-container'
    | 'first-process-ended'
    | 'shim-gone'
    | 'shim-without-process'
    | 'pid-of-another'
    | 'containerd-disagrees'
    | 'unknown-to-engine'
    | 'wedged'
    | 'unverified';

/** Why a verdict is `unverified`. The sentences are in present/verdicts.ts. */
export type Doubt =
    /** An engine that ought to know has not answered. */
    | 'engine-silent'
    /** No engine and no containerd that ought to know was heard. */
    | 'nobody-heard'
    /** So young that what was told may be from before it. */
    | 'just-started'
    /** Its first process has ended since the engine made its list. */
    | 'just-ended'
    /** Absence proves nothing here. */
    | 'not-all-seen'
    | 'shim-not-seen'
    /** The pid that Docker tells is another's, but of the age that Docker tells: it may be the container's all the same. */
    | 'pid-alike'
    | 'being-removed'
    /** Docker and the kernel say that it does not run. */
    | 'containerd-says-running'
    | 'state-not-known';

/** Something a person should know. Which there are and how they are found is in findings/; the words are present's. */
export interface Finding {
    /** Unique in one topology, and the same for the same thing in the next one. */
    readonly id: string;
    readonly code: FindingCode;
    readonly severity: Severity;
    /** What it is about, and then what has a part in it; it is shown at the first. */
    readonly nodes: readonly NodeId[];
    /** How many of the nodes it is about. */
    readonly count: number;
    readonly evidence: readonly Evidence[];
    /** ISO 8601: each look since this one has seen it. */
    readonly since: string;
    /** Only one look has seen it, and it is of a kind that is often over by the next: see findings/lasting.ts. */
    readonly unverified?: true;
}

export type Severity = 'error' | 'warning' | 'information';

/** By these a person silences findings, so that they stay. */
export type FindingCode =
    | 'container-without-process'
    | 'pid-of-another'
    | 'process-of-a-stopped-container'
    | 'wedged-container'
    | 'containerd-disagrees'
    | 'container-without-shim'
    | 'unknown-container'
    | 'orphan-shim'
    | 'shim-without-container'
    | 'grown-shim'
    | 'zombies'
    | 'uninterruptible'
    | 'runc-did-not-exit'
    | 'exec-without-client'
    | 'proxy-without-container'
    | 'proxy-port-taken'
    | 'daemon-down'
    | 'daemon-not-answering'
    | 'shared-data-root'
    | 'deleted-executable'
    | 'host-namespaces'
    | 'privileged'
    | 'unhealthy';
