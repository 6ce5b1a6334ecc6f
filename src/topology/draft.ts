import type { Process } from '../model/process';
import { namesOf } from './container-names';
import { byAge, processNodeId } from './process-table';
import type { ContainerNode, EngineNode, Link, NodeId, ProcessNode, Role, TopologyNode } from './topology';

type Unplaced<Node extends TopologyNode> = Omit<Node, 'parent' | 'link' | 'children'>;
type NewNode = Unplaced<EngineNode> | Unplaced<ProcessNode> | Unplaced<ContainerNode>;
type DraftNode = NewNode & { parent: NodeId | null; link: Link | null; readonly children: NodeId[] };

/** Where a node goes; undefined for a root. */
export interface Place {
    readonly parent: NodeId;
    readonly link: Link;
}

/** A tree in the making: each node gets its one parent when it is added, and its place among siblings at the end. */
export class Draft {
    readonly #nodes = new Map<NodeId, DraftNode>();
    readonly #nodeOfPid = new Map<number, NodeId>();

    has(id: NodeId): boolean {
        return this.#nodes.has(id);
    }

    /** The node at which a process stands (its first, if it stands at several). */
    nodeOf(process: Process | undefined): NodeId | undefined {
        return process && this.#nodeOfPid.get(process.pid);
    }

    roleAt(id: NodeId): Role | undefined {
        const node = this.#nodes.get(id);
        return node?.kind === 'process' ? node.role : undefined;
    }

    *ancestorsOf(id: NodeId): Generator<NodeId> {
        for (let parent = this.#nodes.get(id)?.parent; parent; parent = this.#nodes.get(parent)?.parent) yield parent;
    }

    /** The node becomes the draft's own. */
    add(node: NewNode, place?: Place): void {
        const { parent = null, link = null } = place ?? {};
        this.#nodes.set(node.id, Object.assign(node, { parent, link, children: [] }));
        const process = node.kind === 'container' ? undefined : node.process;
        if (process && !this.#nodeOfPid.has(process.pid)) this.#nodeOfPid.set(process.pid, node.id);
    }

    addProcess(node: Omit<Unplaced<ProcessNode>, 'id' | 'kind'>, place?: Place): void {
        this.add({ id: processNodeId(node.process), kind: 'process', ...node }, place);
    }

    finish(): { readonly nodes: ReadonlyMap<NodeId, TopologyNode>; readonly roots: readonly NodeId[] } {
        const roots: NodeId[] = [];
        for (const { id, parent } of this.#nodes.values()) {
            if (parent === null) roots.push(id);
            else this.#nodes.get(parent)?.children.push(id);
        }
        this.#openLoops(roots);
        this.#sort(roots);
        for (const { children } of this.#nodes.values()) this.#sort(children);
        return { nodes: this.#nodes, roots };
    }

    /**
     * Whoever may make cgroups of his own can stand two shims in each other's containers. Nothing above such a loop is
     * known, so its first container becomes a root: else it would be lost, and a walk up from it would never end.
     */
    #openLoops(roots: NodeId[]): void {
        const reached = new Set<NodeId>();
        for (const root of roots) this.#reach(root, reached);
        for (const start of this.#nodes.keys()) {
            if (reached.has(start)) continue;
            const path = new Set<NodeId>();
            let next: NodeId | null | undefined = start;
            for (; next && !path.has(next); next = this.#nodes.get(next)?.parent) path.add(next);
            if (!next) continue;
            const root = this.#openLoop([...path].slice([...path].indexOf(next)));
            roots.push(root);
            this.#reach(root, reached);
        }
    }

    #reach(from: NodeId, reached: Set<NodeId>): void {
        const pending = [from];
        for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
            if (reached.has(id)) continue;
            reached.add(id);
            for (const child of this.#nodes.get(id)?.children ?? []) pending.push(child);
        }
    }

    #openLoop(loop: readonly NodeId[]): NodeId {
        const id = loop.find((one) => this.#nodes.get(one)?.kind === 'container') ?? loop[0] ?? '';
        const node = this.#nodes.get(id);
        const siblings = this.#nodes.get(node?.parent ?? '')?.children;
        siblings?.splice(siblings.indexOf(id), 1);
        if (node) node.parent = node.link = null;
        return id;
    }

    #sort(siblings: NodeId[]): void {
        if (siblings.length < 2) return;
        const keys = siblings.map((id) => this.#sortKey(id)).sort(compare);
        keys.forEach(({ id }, place) => (siblings[place] = id));
    }

    /** Daemons first, then what they run by name, then processes by age. */
    #sortKey(id: NodeId): SortKey {
        const node = this.#nodes.get(id);
        if (!node || node.kind === 'engine') return { rank: 0, name: node?.engine?.endpoint ?? '', id };
        if (node.kind === 'container') {
            // A pod's sandbox stands before what it holds.
            return { rank: node.pod?.sandbox === node.containerId ? 2 : 3, name: nameOf(node), id };
        }
        const { process } = node;
        if (node.role === 'containerd') return { rank: 1, name: '', id, process };
        if (!node.shim) return { rank: 4, name: '', id, process };
        // A shim stands where its container's name would.
        const names = node.children.map((child) => nameOf(this.#nodes.get(child)));
        return { rank: 2, name: names.sort()[0] ?? '', id, process };
    }
}

interface SortKey {
    readonly rank: number;
    readonly name: string;
    readonly id: NodeId;
    readonly process?: Process;
}

function nameOf(node: NewNode | undefined): string {
    return node?.kind === 'container' ? (namesOf(node)[0] ?? node.containerId) : '';
}

function compare(one: SortKey, other: SortKey): number {
    if (one.rank !== other.rank) return one.rank - other.rank;
    if (one.name !== other.name) return one.name < other.name ? -1 : 1;
    if (one.process && other.process && one.process !== other.process) return byAge(one.process, other.process);
    return one.id < other.id ? -1 : 1;
}
