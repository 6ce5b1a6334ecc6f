import type { Process } from '../model/process';
import type { NodeId } from './topology';

/** The processes of one look, findable by pid and by parent. */
export interface ProcessTable {
    readonly all: readonly Process[];
    readonly byPid: ReadonlyMap<number, Process>;
    readonly children: ReadonlyMap<number, readonly Process[]>;
}

/** Kernel threads are left out: they have no argv, no container, and nobody above or below that matters here. */
export function tabulate(processes: readonly Process[]): ProcessTable {
    const all = processes.filter((process) => !process.kernelThread).sort(byAge);
    const byPid = new Map(all.map((process) => [process.pid, process]));
    const children = new Map<number, Process[]>();
    for (const process of all) {
        const parent = byPid.get(process.ppid);
        if (!parent || !mayBeParent(parent, process)) continue;
        const siblings = children.get(parent.pid);
        if (siblings) siblings.push(process);
        else children.set(parent.pid, [process]);
    }
    return { all, byPid, children };
}

/** The kernel's parent, unless it is not visible or its pid has meanwhile gone to another process. */
export function parentOf(table: ProcessTable, process: Process): Process | undefined {
    const parent = table.byPid.get(process.ppid);
    return parent && mayBeParent(parent, process) ? parent : undefined;
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

export function byAge(one: Process, other: Process): number {
    return one.startTicks - other.startTicks || one.pid - other.pid;
}

/**
 * A parent is never younger than its child: fork makes it so, and a subreaper is an ancestor. One that is younger is a
 * stranger that got the pid between two reads of the same look.
 */
function mayBeParent(parent: Process, child: Process): boolean {
    return parent.pid !== child.pid && parent.startTicks <= child.startTicks;
}
