import type { Topology, TopologyNode } from '../topology/topology';

/** What a hover, and `explain` in the terminal, tell of a node. Plain texts: each face escapes for itself. */
export interface Hover {
    readonly title: string;
    /** What this part is for, in one sentence that a learner can use. */
    readonly purpose: string;
    readonly sections: readonly HoverSection[];
}

export interface HoverSection {
    readonly title: string;
    readonly rows: readonly HoverRow[];
}

export interface HoverRow {
    readonly label: string;
    readonly value: string;
    /** How it is known: `ppid: child of the shim 561`. */
    readonly evidence: readonly string[];
}

/** `now` in milliseconds since 1970, for ages. */
export declare function hoverOf(topology: Topology, node: TopologyNode, now: number): Hover;
