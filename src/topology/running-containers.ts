import type { CgroupLine, Process } from '../model/process';
import { claimOf, isRuncInit } from './claims';
import { cgroupsOfContainer, containerIdsInPath } from './container-cgroups';
import { Membership } from './membership';
import { childrenOf, isZombie, parentOf, type ProcessTable } from './process-table';
import { readShimArguments } from './shim-arguments';
import type { Evidence, Shim } from './topology';

/** A container as the kernel and the shims show it, before any engine is asked. */
export interface RunningContainer {
    readonly id: string;
    /** Absent when its shim is gone. */
    readonly shim?: HeldShim;
    /** Where its cgroups begin, verified; empty where cgroups say nothing (rootless on cgroup v1). */
    readonly cgroups: readonly CgroupLine[];
    /** Children of the shim in this container, oldest first: its first process, exec sessions, and what was orphaned. */
    readonly shimChildren: readonly Process[];
}

/** A process that is a shim, and not merely one that calls itself so. */
export interface HeldShim {
    readonly process: Process;
    readonly shim: Shim;
    readonly evidence: readonly Evidence[];
}

interface Candidate {
    readonly process: Process;
    readonly shim: Shim;
    readonly claimed: Evidence;
    readonly contradicted: boolean;
    /** Its children by the container that their cgroup names, which the candidate itself is not in. */
    readonly childrenByContainer: ReadonlyMap<string, readonly Process[]>;
    /** Its children whose cgroup names no container of their own. */
    readonly otherChildren: readonly Process[];
}

/**
 * Finds the shims, and through them the containers.
 *
 * A shim is proven by a child that runs in a cgroup which names the container of the shim's argv while the shim does
 * not: only a runtime makes such a child. Where cgroups can't tell (no child left, or rootless on cgroup v1), its argv
 * is believed unless it stands inside a container or its executable says otherwise. What remains in a cgroup that
 * names a container, under no shim at all, is a container whose shim is gone.
 */
export function findRunningContainers(table: ProcessTable): {
    readonly shims: readonly HeldShim[];
    readonly containers: readonly RunningContainer[];
    readonly membership: Membership;
} {
    const candidates = table.all.flatMap((process) => candidateOf(table, process) ?? []);
    const shims = new Map<Process, HeldShim>();
    const ids = new Set<string>();
    const containers: RunningContainer[] = [];
    const hold = (candidate: Candidate, evidence: Evidence) => {
        const held = { process: candidate.process, shim: candidate.shim, evidence: [candidate.claimed, evidence] };
        shims.set(held.process, held);
        ids.add(held.shim.id);
        containers.push(...containersOf(candidate, held));
    };

    for (const candidate of candidates) {
        const child = candidate.childrenByContainer.get(candidate.shim.id)?.[0];
        if (!child) continue;
        const path = cgroupsOfContainer(child, candidate.shim.id)[0]?.path;
        hold(candidate, { source: 'cgroup', detail: `its child ${String(child.pid)} runs in ${String(path)}` });
    }
    const insideProven = new Membership(table, containers);
    for (const candidate of candidates) {
        if (ids.has(candidate.shim.id) || candidate.contradicted) continue;
        if (insideProven.of(candidate.process) || hasAncestorHeldBy(table, candidate.process, shims)) continue;
        hold(candidate, { source: 'argv', detail: 'no child of it shows its container: only its argv says so' });
    }
    containers.push(...containersWithoutShim(table, new Membership(table, containers), shims));
    const merged = mergeSameContainer(containers);
    return { shims: [...shims.values()], containers: merged, membership: new Membership(table, merged) };
}

function candidateOf(table: ProcessTable, process: Process): Candidate | undefined {
    const claim = claimOf(process);
    const shim = claim && readShimArguments(claim.role, process);
    if (!shim) return undefined;
    const childrenByContainer = new Map<string, Process[]>();
    const otherChildren: Process[] = [];
    for (const child of childrenOf(table, process)) {
        if (claimOf(child)?.role === 'runc' && !isRuncInit(child)) continue;
        const containerId = ownContainerOf(child, process, shim.id);
        const siblings = containerId === undefined ? otherChildren : childrenByContainer.get(containerId);
        if (siblings) siblings.push(child);
        else if (containerId !== undefined) childrenByContainer.set(containerId, [child]);
    }
    const { contradicted, evidence } = claim;
    return { process, shim, claimed: evidence, contradicted, childrenByContainer, otherChildren };
}

/**
 * The container that a shim's child is in and the shim is not: the one of the shim's argv, or another one of its pod.
 */
function ownContainerOf(child: Process, shim: Process, shimId: string): string | undefined {
    if (cgroupsBeyond(shim, child, shimId).length > 0) return shimId;
    for (const line of child.cgroups ?? []) {
        const innermost = containerIdsInPath(line.path).at(-1);
        if (innermost !== undefined && cgroupsBeyond(shim, child, innermost).length > 0) return innermost;
    }
    return undefined;
}

/** Where the container's cgroups begin for the child, in the hierarchies where the shim itself is outside of them. */
function cgroupsBeyond(shim: Process, child: Process, containerId: string): readonly CgroupLine[] {
    return cgroupsOfContainer(child, containerId).filter(({ hierarchy, path }) => {
        const own = shim.cgroups?.find((line) => line.hierarchy === hierarchy)?.path ?? '';
        return own !== path && !own.startsWith(`${path}/`);
    });
}

function containersOf(candidate: Candidate, held: HeldShim): RunningContainer[] {
    const { process, shim, childrenByContainer, otherChildren } = candidate;
    const containers = [...childrenByContainer].map(([id, shimChildren]) => ({
        id,
        shim: held,
        cgroups: shimChildren[0] ? cgroupsBeyond(process, shimChildren[0], id) : [],
        // A zombie has left its cgroup: with one container under the shim there is no doubt whose it was.
        shimChildren:
            childrenByContainer.size === 1 ? [...shimChildren, ...otherChildren.filter(isZombie)] : shimChildren,
    }));
    // A shim whose child no cgroup shows still has its container, as long as it names it.
    if (!childrenByContainer.has(shim.id)) {
        containers.push({ id: shim.id, shim: held, cgroups: [], shimChildren: [...otherChildren] });
    }
    return containers;
}

function hasAncestorHeldBy(table: ProcessTable, process: Process, shims: ReadonlyMap<Process, HeldShim>): boolean {
    for (let parent = parentOf(table, process); parent; parent = parentOf(table, parent)) {
        if (shims.has(parent)) return true;
    }
    return false;
}

function containersWithoutShim(
    table: ProcessTable,
    membership: Membership,
    shims: ReadonlyMap<Process, HeldShim>,
): RunningContainer[] {
    const found = new Map<string, RunningContainer>();
    for (const process of table.all) {
        if (membership.of(process) || shims.has(process)) continue;
        // A conmon's own scope carries its container's id, too; its container is that of its child.
        if (claimOf(process)?.role === 'conmon') continue;
        for (const line of process.cgroups ?? []) {
            if (isRemoved(line)) continue;
            const id = containerIdsInPath(line.path).at(-1);
            if (id !== undefined && !found.has(id)) {
                found.set(id, { id, cgroups: cgroupsOfContainer(process, id), shimChildren: [] });
            }
        }
    }
    return [...found.values()];
}

/**
 * Only zombies are left in a removed cgroup (cgroup-v2.rst): they outlived a container that is no more, and one that
 * was started again since then has the same id and another cgroup at the same path.
 */
function isRemoved({ path }: CgroupLine): boolean {
    return path.endsWith(' (deleted)');
}

/** A shim without a child that shows its cgroup, and processes in a cgroup of that id, are one container. */
function mergeSameContainer(containers: readonly RunningContainer[]): RunningContainer[] {
    const withoutShim = new Map(containers.flatMap((one) => (one.shim ? [] : [[one.id, one]])));
    const merged = containers.map((one) => {
        const rest = withoutShim.get(one.id);
        if (!one.shim || one.cgroups.length > 0 || !rest) return one;
        withoutShim.delete(one.id);
        return { ...one, cgroups: rest.cgroups };
    });
    return merged.filter((one) => one.shim !== undefined || withoutShim.has(one.id));
}
