import type { Process } from '../model/process';
import type { NodeId } from './topology';

/** The processes of one look, findable by pid and by parent. */
export interface ProcessTable {
    readonly all: readonly Process[];
    readonly byPid: ReadonlyMap<number, Process>;
    /** By the pid of the child, and of the parent: a map by objects costs twice as much. */
    readonly parents: ReadonlyMap<number, Process>;
    readonly children: ReadonlyMap<number, readonly Process[]>;
}

/** Kernel threads are left out: they have no argv, no container, and nobody above or below that matters here. */
export function tabulate(processes: readonly Process[]): ProcessTable {
    const all = processes.filter((process) => !process.kernelThread).sort(byAge);
    const byPid = new Map<number, Process>();
    for (const process of all) byPid.set(process.pid, process);
    const claimed = new Map<number, Process[]>();
    const pending: Process[] = [];
    for (const process of all) {
        const parent = byPid.get(process.ppid);
        const siblings = parent && claimed.get(parent.pid);
        if (!parent || !mayBeParent(parent, process)) pending.push(process);
        else if (siblings) siblings.push(process);
        else claimed.set(parent.pid, [process]);
    }
    // From the roots down, so that a loop of parents, which only a file can hold, is never entered.
    const parents = new Map<number, Process>();
    const children = new Map<number, readonly Process[]>();
    for (let parent = pending.pop(); parent; parent = pending.pop()) {
        const own = claimed.get(parent.pid);
        if (!own) continue;
        children.set(parent.pid, own);
        for (const child of own) {
            parents.set(child.pid, parent);
            pending.push(child);
        }
    }
    return { all, byPid, parents, children };
}

/** The kernel's parent, unless it is not visible or its pid has meanwhile gone to another process. */
export function parentOf(table: ProcessTable, process: Process): Process | undefined {
    return table.parents.get(process.pid);
}

/** Oldest first. */
export function childrenOf(table: ProcessTable, process: Process): readonly Process[] {
    return table.children.get(process.pid) ?? [];
}

/** The same for as long as the process lives, and never for another one of this boot. */
export function processNodeId(process: Process): NodeId {
    return `process:${process.pid}@${process.startTicks}`;
}

export function isZombie(process: Process): boolean {
    return process.state === 'Z' || process.state === 'X';
}

/** A zombie whose other threads live on has not ended: only its first thread has. */
export function hasEnded(process: Process): boolean {
    return isZombie(process) && process.threads <= 1;
}

/** Unless the same id is known twice: a nested engine may have a container of the same id. */
export function containerNodeId(containerId: string): NodeId {
    return `container:${containerId}`;
}

export function byAge(one: Process, other: Process): number {
    return one.startTicks - other.startTicks || one.pid - other.pid;
}

/** A dockerd, its containerd and their shims start one another, and so run as one user. Unknown users may be the same. */
export function mayBeOfOneUser(one: Process, other: Process): boolean {
    return one.uid === undefined || other.uid === undefined || one.uid === other.uid;
}

/**
 * A dockerd, its containerd and their shims are in one pid namespace. Those of system containers (LXC, systemd-nspawn)
 * are in others, where the same address is another socket. Only root may read which namespace it is. How deep it lies,
 * everybody may; and what lives in a namespace further in descends from its first process, so has an ancestor there.
 */
function mayShareAPidNamespace(table: ProcessTable, one: Process, other: Process): boolean {
    const [ours, theirs] = [one.namespaces?.pid, other.namespaces?.pid];
    if (ours !== undefined && theirs !== undefined) return ours === theirs;
    const [depth, otherDepth] = [one.namespacePids?.length, other.namespacePids?.length];
    if (depth === undefined || otherDepth === undefined) return true;
    return depth === otherDepth && (depth === 1 || haveCommonAncestor(table, one, other));
}

/** As far as users and pid namespaces tell. */
export function mayStartOneAnother(table: ProcessTable, one: Process, other: Process): boolean {
    return mayBeOfOneUser(one, other) && mayShareAPidNamespace(table, one, other);
}

/** Other than the first process of all, or one of the other. */
function haveCommonAncestor(table: ProcessTable, one: Process, other: Process): boolean {
    const above = new Set<Process>();
    for (let next: Process | undefined = one; next; next = parentOf(table, next)) above.add(next);
    for (let next: Process | undefined = other; next; next = parentOf(table, next)) {
        if (above.has(next)) return next.pid !== 1;
    }
    return false;
}

/** In the pid namespace that this /proc shows, and not in one further in. Where that is not told, it is taken for it. */
export function isOutermost({ namespacePids }: Process): boolean {
    return (namespacePids?.length ?? 1) === 1;
}

/**
 * A parent is never younger than its child: fork makes it so, and a subreaper is an ancestor. One that is younger is a
 * stranger that got the pid between two reads of the same look.
 */
function mayBeParent(parent: Process, child: Process): boolean {
    return parent !== child && parent.startTicks <= child.startTicks;
}
