import type { Container } from '../model/container';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import { claimOf } from './claims';
import { type ContainerdRecords, indexRecords } from './containerd-records';
import { type Containerd, type Daemon, findContainerds, findDaemons, mayBelongTo, serves } from './daemons';
import type { Membership } from './membership';
import { seesAnInnerPidNamespace } from './point-of-view';
import {
    containerNodeId,
    isOutermost,
    isZombie,
    mayBeOfOneUser,
    processNodeId,
    type ProcessTable,
    tabulate,
} from './process-table';
import { findRunningContainers, type HeldShim, type RunningContainer } from './running-containers';
import { knownToStart } from './starting-daemons';
import type { NodeId } from './topology';

/** Who is who in a snapshot, before anything is put in its place. */
export interface Interpretation {
    readonly snapshot: Snapshot;
    readonly table: ProcessTable;
    readonly claimants: readonly Process[];
    readonly shims: readonly HeldShim[];
    readonly containers: readonly RunningContainer[];
    /** Usually one; a pod's shim holds several. */
    readonly containersOfShim: ReadonlyMap<HeldShim, readonly RunningContainer[]>;
    readonly membership: Membership;
    readonly members: ReadonlyMap<RunningContainer, readonly Process[]>;
    readonly containerds: readonly Containerd[];
    /** What the containerds that were asked themselves told, by address. */
    readonly records: ReadonlyMap<string, ContainerdRecords>;
    readonly daemons: readonly Daemon[];
    /** Which engine lists a running container. */
    readonly listings: ReadonlyMap<RunningContainer, Listing>;
    /** Engines of which a container is here, and its shim. */
    readonly daemonsWithShims: ReadonlySet<Daemon>;
    /** Other users' processes, or their cgroups, can't be seen: absence proves nothing. */
    readonly procIsPartial: boolean;
    /** This /proc shows an inner pid namespace only: what is outside of it, the host's daemons included, can't be seen. */
    readonly isInnerView: boolean;
    readonly engineIds: ReadonlyMap<Daemon, NodeId>;
    readonly containerIds: ReadonlyMap<RunningContainer, NodeId>;
}

export interface Listing {
    readonly daemon: Daemon;
    readonly container: Container;
}

export function interpret(snapshot: Snapshot): Interpretation {
    const table = tabulate(snapshot.processes);
    const claimants = table.all.filter((process) => claimOf(process) !== undefined);
    const { shims, containers, membership } = findRunningContainers(table, claimants);
    const seen = { table, claimants, shims, membership };
    const containerds = findContainerds(seen);
    const daemons = findDaemons(seen, containerds, snapshot.engines).map((daemon) => knownToStart(snapshot, daemon));
    const members = new Map<RunningContainer, Process[]>(containers.map((running) => [running, []]));
    for (const process of table.all) {
        const container = membership.of(process)?.container;
        if (container) members.get(container)?.push(process);
    }
    const listings = findListings(containers, membership, daemons);
    return {
        snapshot,
        table,
        claimants,
        shims,
        containers,
        containersOfShim: groupByShim(containers),
        membership,
        members,
        containerds,
        records: indexRecords(snapshot.containerds),
        daemons,
        listings,
        daemonsWithShims: new Set([...listings].flatMap(([{ shim }, { daemon }]) => (shim ? [daemon] : []))),
        procIsPartial: isPartial(snapshot, table),
        isInnerView: seesAnInnerPidNamespace(snapshot),
        engineIds: new Map(daemons.map((daemon) => [daemon, engineId(daemon)])),
        containerIds: nameContainers(containers, membership, listings),
    };
}

function groupByShim(containers: readonly RunningContainer[]): ReadonlyMap<HeldShim, readonly RunningContainer[]> {
    const groups = new Map<HeldShim, RunningContainer[]>();
    for (const running of containers) {
        const group = running.shim && groups.get(running.shim);
        if (group) group.push(running);
        else if (running.shim) groups.set(running.shim, [running]);
    }
    return groups;
}

function isPartial({ host }: Snapshot, table: ProcessTable): boolean {
    if (host.hidesProcesses || table.all.length === 0) return true;
    return table.all.some((process) => process.cgroups === undefined && !isZombie(process));
}

/** Whether every process of the daemon's containers would be seen. */
export function seesAllOf(known: Interpretation, daemon: Daemon): boolean {
    return !known.procIsPartial && isSeen(known, daemon);
}

/** Whether a pid that the daemon tells is one of ours: a daemon in another pid namespace counts in that one. */
export function tellsOurPids(known: Interpretation, daemon: Daemon, shim: HeldShim | undefined): boolean {
    if (!isSeen(known, daemon) || daemon.inside || surroundings(known.membership, shim)) return false;
    return !daemon.process || isOutermost(daemon.process);
}

/**
 * Whether a daemon is among the processes here, and not in a VM, on another host or above this pid namespace: it is
 * where its shims are. A container alone proves nothing, because we may be inside of it.
 */
function isSeen({ daemonsWithShims }: Interpretation, daemon: Daemon): boolean {
    return daemon.process !== undefined || daemonsWithShims.has(daemon);
}

/** The daemons that may be a shim's: where it runs itself, in its pid namespace. Of these some may use another containerd. */
export function daemonsBeside(known: Interpretation, held: HeldShim): readonly Daemon[] {
    const inside = surroundings(known.membership, held);
    return known.daemons.filter((daemon) => {
        return daemon.inside === inside && mayBelongTo(known.table, daemon, held.process);
    });
}

/** The container in which a shim itself runs, when its engine is nested. */
export function surroundings(membership: Membership, shim: HeldShim | undefined): RunningContainer | undefined {
    return shim && membership.of(shim.process)?.container;
}

/** The daemons that are known to use a containerd: usually one, but several may share it. */
export function usersOf({ table, daemons }: Interpretation, containerd: Containerd): readonly Daemon[] {
    return daemons.filter((daemon) => {
        const { containerd: used, inside } = daemon;
        if (!used || inside !== containerd.inside || !serves(containerd, used.path)) return false;
        return mayBelongTo(table, daemon, containerd.process);
    });
}

/** Of a containerd's users, those that ought to know what is in this namespace of it. */
export function ownersAmong(users: readonly Daemon[], namespace: string | undefined): readonly Daemon[] {
    return users.filter(({ engine }) => {
        const own = engine?.containerdNamespace;
        // With --userns-remap, dockerd adds the ids that root is mapped to: `moby-100000.100000`.
        const isRemapped = own === undefined && /^moby-\d+\.\d+$/.test(namespace ?? '');
        return namespace === undefined || isRemapped || namespace === (own ?? 'moby');
    });
}

/** When engines made their lists, the oldest, in milliseconds since 1970; undefined where not all were heard just now. */
export function allHeardAt(daemons: readonly Daemon[]): number | undefined {
    const moments = daemons.map(({ engine }) => (engine?.problem ? undefined : engine?.listedAt));
    return moments.every((moment) => moment !== undefined) ? Math.min(...moments) : undefined;
}

/**
 * An engine speaks of containers where it is itself: the same id in a nested engine is another container. Only for an
 * engine whose whereabouts are unknown, a nested one will do when no other has the id.
 */
function findListings(
    containers: readonly RunningContainer[],
    membership: Membership,
    daemons: readonly Daemon[],
): ReadonlyMap<RunningContainer, Listing> {
    const runningById = new Map<string, RunningContainer[]>();
    for (const running of containers) runningById.set(running.id, [...(runningById.get(running.id) ?? []), running]);
    const listings = new Map<RunningContainer, Listing>();
    for (const daemon of daemons) {
        for (const container of daemon.engine?.containers ?? []) {
            const candidates = (runningById.get(container.id) ?? []).filter(({ shim }) => {
                return !shim || !daemon.process || mayBeOfOneUser(shim.process, daemon.process);
            });
            const here = candidates.filter(({ shim }) => surroundings(membership, shim) === daemon.inside);
            const running = here[0] ?? (candidates.length === 1 && !daemon.process ? candidates[0] : undefined);
            if (running && !listings.has(running)) listings.set(running, { daemon, container });
        }
    }
    return listings;
}

function engineId({ engine, process }: Daemon): NodeId {
    if (engine?.endpoint !== undefined) return `engine:${engine.endpoint}`;
    if (process) return `engine:${String(process.pid)}@${String(process.startTicks)}`;
    return `engine:${engine?.foundBy ?? ''}`;
}

/** The plain id goes to the one that an engine lists and that is not nested; the same id elsewhere gets its shim's, too. */
function nameContainers(
    containers: readonly RunningContainer[],
    membership: Membership,
    listings: ReadonlyMap<RunningContainer, Listing>,
): ReadonlyMap<RunningContainer, NodeId> {
    const rank = (running: RunningContainer) => {
        return (surroundings(membership, running.shim) ? 2 : 0) + (listings.has(running) ? 0 : 1);
    };
    const taken = new Set<NodeId>();
    const ids = new Map<RunningContainer, NodeId>();
    for (const running of containers.toSorted((one, other) => rank(one) - rank(other))) {
        const plain = containerNodeId(running.id);
        const elsewhere = running.shim ? processNodeId(running.shim.process) : String(running.cgroups[0]?.path);
        const id = taken.has(plain) ? `${plain}@${elsewhere}` : plain;
        taken.add(id);
        ids.set(running, id);
    }
    return ids;
}
