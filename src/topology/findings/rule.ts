import type { Engine } from '../../model/engine';
import type { Process } from '../../model/process';
import type { Interpretation } from '../interpretation';
import type {
    ContainerNode,
    EngineNode,
    Evidence,
    FindingCode,
    NodeId,
    ProcessNode,
    Severity,
    TopologyNode,
} from '../topology';

/** One kind of thing that may be wrong, and how it shows. */
export interface Rule {
    readonly code: FindingCode;
    readonly severity: Severity;
    /** It comes and goes while all is well, or a scan that takes its time makes it up: it counts when it lasts. */
    readonly isTransient: boolean;
    /** Whether too little could be seen in this look to judge by: then that nothing is found means nothing. */
    readonly isBlind?: (look: Look) => boolean;
    readonly find: (look: Look) => readonly Sighting[];
}

/** What the rules look at: the tree, its nodes by their kinds, and who is who in it. */
export interface Look {
    readonly known: Interpretation;
    readonly nodes: ReadonlyMap<NodeId, TopologyNode>;
    readonly containers: readonly ContainerNode[];
    readonly engines: readonly EngineNode[];
    /** A containerd that several dockerds share has a node under each. */
    readonly processes: readonly ProcessNode[];
}

export function lookAt(known: Interpretation, nodes: ReadonlyMap<NodeId, TopologyNode>): Look {
    const containers: ContainerNode[] = [];
    const engines: EngineNode[] = [];
    const processes: ProcessNode[] = [];
    for (const node of nodes.values()) {
        if (node.kind === 'container') containers.push(node);
        else if (node.kind === 'engine') engines.push(node);
        else processes.push(node);
    }
    return { known, nodes, containers, engines, processes };
}

/** One rule seen to hold of one node. */
export interface Sighting {
    readonly about: NodeId;
    readonly others?: readonly NodeId[];
    readonly evidence: readonly Evidence[];
    /** What must be the same in both looks for it to have lasted, beside the node. */
    readonly mark?: string;
    /** When those were asked on whose word it rests, in milliseconds since 1970: to last, it must have been said again. */
    readonly askedAt?: readonly number[];
    /** Sightings of one group are one finding. */
    readonly group?: string;
    /** Where it is not the rule's. */
    readonly severity?: Severity;
}

/** For `askedAt`: when these engines were asked for their lists. */
export function listingsOf(engines: readonly (Engine | undefined)[]): readonly number[] {
    return engines.flatMap((engine) => engine?.listedAt ?? []);
}

/** The process of a node that has one, whatever else it is. */
export function withProcess({
    engines,
    processes,
}: Look): readonly { readonly node: TopologyNode; readonly process: Process }[] {
    return [...engines, ...processes].flatMap((node) => (node.process ? [{ node, process: node.process }] : []));
}

/** What a node stands under where it runs: up to the container around it, for beyond that other daemons rule. */
export function aboveHere({ nodes }: Look, node: TopologyNode): readonly TopologyNode[] {
    const above: TopologyNode[] = [];
    for (let next = parentOf(nodes, node); next; next = parentOf(nodes, next)) {
        // A container's own shim is above it; a container above a shim or a daemon is another one, around it.
        if (next.kind === 'container') break;
        above.push(next);
    }
    return above;
}

function parentOf(nodes: Look['nodes'], { parent }: TopologyNode): TopologyNode | undefined {
    return parent === null ? undefined : nodes.get(parent);
}

/** What others may do unseen would make absence a proof of nothing. */
export function seesTooLittle({ known }: Look): boolean {
    return known.procIsPartial;
}
