import type { LinkKind, NodeId, Order, Topology } from '../topology/topology';
import { describe } from './describe';
import { evidenceWords } from './evidence';

/** Everything the picture shows, whole: the page keeps nothing but the selection, the zoom and what is folded. */
export interface Scene {
    /** For example `dockerd 28.2.2 · unix:///var/run/docker.sock`. */
    readonly title: string;
    readonly order: Order;
    /** ISO 8601. */
    readonly takenAt: string;
    /** What a person must know before believing the picture: stale, partial, a recording. */
    readonly notices: readonly string[];
    /** In display order: each is followed by all that stands beneath it. A parent that is not above is as none. */
    readonly nodes: readonly SceneNode[];
}

export interface SceneNode {
    readonly id: NodeId;
    readonly parent: NodeId | null;
    readonly label: string;
    /** Second, quieter line. */
    readonly description: string;
    readonly icon: Icon;
    readonly tone: Tone;
    /** How the place under the parent is known: the kind of the link, and one line for each piece of evidence. */
    readonly link: { readonly kind: LinkKind; readonly evidence: readonly string[] } | null;
    /** The whole description, one sentence, for screen readers and tooltips. */
    readonly accessibleLabel: string;
}

/** What the node is, for its picture; each face has its own drawing of it. */
export type Icon =
    | 'engine'
    | 'containerd'
    | 'shim'
    | 'container-running'
    | 'container-paused'
    | 'container-stopped'
    | 'container-restarting'
    | 'main'
    | 'init'
    | 'exec'
    | 'healthcheck'
    | 'process'
    | 'zombie'
    | 'proxy'
    | 'runc';

/** `muted`: not running, or stale. `warning` and `error`: the witnesses disagree. */
export type Tone = 'normal' | 'muted' | 'warning' | 'error';

export function sceneOf(topology: Topology, title: string, notices: readonly string[]): Scene {
    const nodes: SceneNode[] = [];
    const pending = [...topology.roots].reverse();
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        const node = topology.nodes.get(id);
        if (!node) continue;
        const { parent, link } = node;
        const evidence = link?.evidence.map(evidenceWords) ?? [];
        nodes.push({ id, parent, link: link && { kind: link.kind, evidence }, ...describe(topology, node) });
        for (const child of [...node.children].reverse()) pending.push(child);
    }
    return { title, order: topology.order, takenAt: topology.snapshot.takenAt, notices, nodes };
}
