import type { CgroupLine, Process } from '../model/process';
import { claimOf, guestKindOf, isMachineMonitor, isRuncInit, likelyRoleOf, programOf } from './claims';
import { cgroupsOfContainer, containerIdsInPath, containerIdsOf } from './container-cgroups';
import { Membership } from './membership';
import { byAge, childrenOf, isOutermost, isZombie, mayBeOfOneUser, parentOf, type ProcessTable } from './process-table';
import { readShimArguments } from './shim-arguments';
import type { Evidence, Shim } from './topology';

/** A container as the kernel and the shims show it, before any engine is asked. */
export interface RunningContainer {
    readonly id: string;
    /** Absent when its shim is gone. */
    readonly shim?: HeldShim;
    /** Where its cgroups begin, verified; empty where cgroups say nothing (rootless on cgroup v1). */
    readonly cgroups: readonly CgroupLine[];
    /**
     * What the shim started here, oldest first: its first process, exec sessions, and what was orphaned; and what the
     * conmons of its sessions started.
     */
    readonly shimChildren: readonly Process[];
}

/** A process that is a shim, and not merely one that calls itself so. */
export interface HeldShim {
    readonly process: Process;
    readonly shim: Shim;
    readonly evidence: readonly Evidence[];
    /** The conmon that holds the container, when this one holds a session in it. */
    readonly sessionOf?: HeldShim;
}

export function isContainerds({ version }: Shim): boolean {
    return version === 'v1' || version === 'v2';
}

interface Candidate {
    readonly process: Process;
    readonly shim: Shim;
    readonly claimed: Evidence;
    readonly contradicted: boolean;
    /** What the cgroups of its children show, by container. */
    readonly shown: ReadonlyMap<string, ShownContainer>;
    /** Children whose cgroup shows no container of their own, and those of them that are a container's all the same. */
    readonly otherChildren: readonly Process[];
    readonly undoubtedChildren: readonly Process[];
}

interface ShownContainer {
    readonly cgroups: readonly CgroupLine[];
    readonly children: Process[];
}

/**
 * Finds the shims, and through them the containers.
 *
 * A shim is proven by a child that runs in a cgroup which names the container of the shim's argv while the shim does
 * not: only a runtime makes such a child. What remains in a cgroup that names a container, under no shim at all, is a
 * container whose shim is gone. Where cgroups can't tell (no child left, or rootless on cgroup v1), the argv of a shim
 * is believed, unless something speaks against it.
 */
export function findRunningContainers(
    table: ProcessTable,
    claimants: readonly Process[],
): {
    readonly shims: readonly HeldShim[];
    readonly containers: readonly RunningContainer[];
    readonly membership: Membership;
} {
    const candidates = claimants.flatMap((process) => candidateOf(table, process) ?? []);
    const shims = new Map<Process, HeldShim>();
    const containers: RunningContainer[] = [];
    const holders = candidates.filter(({ shim }) => !shim.isForSession);
    const sessions = candidates.filter(({ shim }) => shim.isForSession);
    for (const candidate of holders) {
        const held = provenByChild(candidate);
        if (!held) continue;
        shims.set(held.process, held);
        const ofHeld = sessions.filter(({ shim }) => shim.id === held.shim.id).filter(provenByChild);
        for (const session of ofHeld) shims.set(session.process, heldSession(session, held));
        const children = ofHeld.flatMap(({ shown, shim }) => shown.get(shim.id)?.children ?? []);
        for (const one of containersOf(candidate, held, children)) containers.push(one);
    }
    const byShims = new Membership(table, containers);
    const withoutShim = containersWithoutShim(table, byShims, shims);
    for (const one of withoutShim) containers.push(one);

    const proven = withoutShim.length > 0 ? new Membership(table, containers) : byShims;
    const countProven = containers.length;
    const knownIds = new Set(containers.map(({ id }) => id));
    const daemons = claimants.filter((process) => claimsToBeADaemon(process) && !proven.of(process));
    for (const candidate of holders) {
        if (candidate.shown.has(candidate.shim.id) || candidate.contradicted || proven.of(candidate.process)) continue;
        if (!mayBeBelieved(candidate, daemons, knownIds) || hasAncestorAmong(table, candidate.process, shims)) continue;
        const held = heldBy(candidate, onlyByArguments);
        shims.set(held.process, held);
        // A shim that was left behind by a restart of its container holds nothing any more.
        if (knownIds.has(candidate.shim.id)) continue;
        const ofHeld = sessions.filter((one) => isSessionOf(one, candidate) && mayBeBelieved(one, daemons, knownIds));
        for (const session of ofHeld) shims.set(session.process, heldSession(session, held));
        const children = ofHeld.flatMap(({ otherChildren }) => otherChildren);
        for (const one of containersOf(candidate, held, children)) containers.push(one);
    }
    // Its answers stand as long as no container is added: on most hosts, those of the first.
    const membership = containers.length > countProven ? new Membership(table, containers) : proven;
    return { shims: [...shims.values()], containers, membership };
}

function candidateOf(table: ProcessTable, process: Process): Candidate | undefined {
    const claim = claimOf(process);
    const shim = claim && readShimArguments(claim.role, process);
    if (!shim) return undefined;
    const shown = new Map<string, ShownContainer>();
    const otherChildren: Process[] = [];
    const holdsMachine = isShimOfMachine(table, process, shim);
    const sandbox = holdsMachine ? cgroupsOfContainer(process, shim.id) : [];
    if (sandbox.length > 0) shown.set(shim.id, { cgroups: sandbox, children: [] });
    for (const child of [...startedBy(table, process), ...(holdsMachine ? orphansOf(table, process, shim) : [])]) {
        const own =
            ownCgroups(process, child, shim.id) ??
            cgroupsShownBelow(table, process, child, shim.id) ??
            (sandbox.length > 0 ? { id: shim.id, cgroups: sandbox } : undefined);
        const known = own && shown.get(own.id);
        if (known) known.children.push(child);
        else if (own) shown.set(own.id, { cgroups: own.cgroups, children: [child] });
        else otherChildren.push(child);
    }
    return {
        process,
        shim,
        claimed: claim.evidence,
        contradicted: claim.contradicted,
        shown,
        otherChildren,
        undoubtedChildren: otherChildren.filter(
            (child) => holdsMachine || isZombie(child) || !child.cgroups || hasLeftItsCgroup(process, child),
        ),
    };
}

/**
 * A shim starts its containers' processes, and runtimes, which stay in the shim's own cgroup with their hooks: what
 * leads its session in a third cgroup was moved there.
 */
function hasLeftItsCgroup(shim: Process, child: Process): boolean {
    if (child.session !== child.pid || claimOf(child)?.role === 'runc') return false;
    return (child.cgroups ?? []).some(({ hierarchy, path }) => {
        const own = shim.cgroups?.find((line) => line.hierarchy === hierarchy)?.path;
        return own !== undefined && own !== path;
    });
}

/**
 * Kata's shim may stand in its sandbox's cgroup itself, together with the virtual machine (kata-containers,
 * host-cgroups.md). A process that runs in a container can be told from it: above that one there is another shim.
 */
function isShimOfMachine(table: ProcessTable, process: Process, shim: Shim): boolean {
    if (guestKindOf(programOf(process)) !== 'virtual machine' || !isOutermost(process)) return false;
    if ([...containerIdsOf(process)].some((id) => id !== shim.id)) return false;
    for (let above = parentOf(table, process); above; above = parentOf(table, above)) {
        if (claimOf(above)?.role === 'shim' || cgroupsOfContainer(above, shim.id).length > 0) return false;
    }
    return true;
}

/** QEMU leaves Kata's shim (-daemonize) for the parent that the shim itself has; the sandbox's cgroup tells whose it is. */
function orphansOf(table: ProcessTable, process: Process, shim: Shim): readonly Process[] {
    const siblings = table.all.filter((one) => one !== process && one.ppid === process.ppid);
    return siblings.filter((one) => {
        return isMachineMonitor(one) && mayBeOfOneUser(one, process) && cgroupsOfContainer(one, shim.id).length > 0;
    });
}

/** A shim's children, oldest first; while runc is between them, what runc has started stands for it. */
function startedBy(table: ProcessTable, shim: Process): readonly Process[] {
    return childrenOf(table, shim).flatMap((child) => {
        const isRuntime = likelyRoleOf(child) === 'runc' && !isRuncInit(child);
        return isRuntime && containerIdsOf(child).size === 0 ? childrenOf(table, child) : [child];
    });
}

/** The container that a shim's child is in and the shim is not: the one of the shim's argv, or another one of its pod. */
function ownCgroups(
    shim: Process,
    child: Process,
    shimId: string,
): { readonly id: string; readonly cgroups: readonly CgroupLine[] } | undefined {
    const cgroups = cgroupsBeyond(shim, child, shimId);
    if (cgroups.length > 0) return { id: shimId, cgroups };
    const others = new Set(child.cgroups?.flatMap(({ path }) => containerIdsInPath(path).at(-1) ?? []));
    for (const id of others) {
        const itsCgroups = cgroupsBeyond(shim, child, id);
        if (itsCgroups.length > 0) return { id, cgroups: itsCgroups };
    }
    return undefined;
}

/** Where a child's own cgroup tells nothing (a zombie has left it), a process below it may still show where it ran. */
function cgroupsShownBelow(table: ProcessTable, shim: Process, child: Process, shimId: string) {
    if (!isZombie(child) && child.cgroups) return undefined;
    const pending = [...childrenOf(table, child)];
    for (let below = pending.pop(); below; below = pending.pop()) {
        const cgroups = cgroupsBeyond(shim, below, shimId);
        if (cgroups.length > 0) return { id: shimId, cgroups };
        for (const child of childrenOf(table, below)) pending.push(child);
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

function provenByChild(candidate: Candidate): HeldShim | undefined {
    const shown = candidate.shown.get(candidate.shim.id);
    if (!shown) return undefined;
    const who = shown.children[0] ? `its child ${String(shown.children[0].pid)} runs` : 'it runs itself';
    return heldBy(candidate, { source: 'cgroup', detail: `${who} in ${String(shown.cgroups[0]?.path)}` });
}

const onlyByArguments: Evidence = {
    source: 'argv',
    detail: 'no child of it shows its container: only its argv says so',
};

function isSessionOf(session: Candidate, holder: Candidate): boolean {
    return session.shim.id === holder.shim.id && mayBeOfOneUser(session.process, holder.process);
}

function heldSession(session: Candidate, sessionOf: HeldShim): HeldShim {
    return { ...(provenByChild(session) ?? heldBy(session, onlyByArguments)), sessionOf };
}

function heldBy({ process, shim, claimed }: Candidate, evidence: Evidence): HeldShim {
    return { process, shim, evidence: [claimed, evidence] };
}

function containersOf(
    { shim, shown, otherChildren, undoubtedChildren }: Candidate,
    held: HeldShim,
    inSessions: readonly Process[] = [],
): RunningContainer[] {
    const containers = [...shown].map(([id, { cgroups, children }]) => ({
        id,
        shim: held,
        cgroups,
        // With one container under the shim there is no doubt whose they are.
        shimChildren: shown.size === 1 ? [...children, ...undoubtedChildren, ...inSessions].toSorted(byAge) : children,
    }));
    // A shim whose child no cgroup shows still has its container, as long as it names it.
    return shown.has(shim.id)
        ? containers
        : [...containers, { id: shim.id, shim: held, cgroups: [], shimChildren: [...otherChildren, ...inSessions] }];
}

/**
 * A shim is started by its containerd, and so it is never an ordinary user's where the daemons are root's. A conmon or a
 * runc has no daemon to be compared with: its executable has to bear the name, and its container has to be nobody else's.
 */
function mayBeBelieved(
    { process, shim, otherChildren }: Candidate,
    daemons: readonly Process[],
    knownIds: ReadonlySet<string>,
): boolean {
    if (!isContainerds(shim)) return process.exe !== undefined && otherChildren.length > 0 && !knownIds.has(shim.id);
    return daemons.length === 0 || daemons.some((daemon) => mayBeOfOneUser(daemon, process));
}

function claimsToBeADaemon(process: Process): boolean {
    const claim = claimOf(process);
    return (claim?.role === 'dockerd' || claim?.role === 'containerd') && !claim.contradicted;
}

function hasAncestorAmong(table: ProcessTable, process: Process, shims: ReadonlyMap<Process, HeldShim>): boolean {
    for (let above = parentOf(table, process); above; above = parentOf(table, above)) {
        if (shims.has(above)) return true;
    }
    return false;
}

function containersWithoutShim(
    table: ProcessTable,
    membership: Membership,
    shims: ReadonlyMap<Process, HeldShim>,
): RunningContainer[] {
    const found = new Map<string, RunningContainer>();
    const examined = new Set<readonly CgroupLine[]>();
    for (const process of table.all) {
        const { cgroups } = process;
        if (!cgroups || examined.has(cgroups) || membership.of(process) || shims.has(process)) continue;
        examined.add(cgroups);
        for (const line of cgroups) {
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
