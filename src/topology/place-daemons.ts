import type { Process } from '../model/process';
import { isBuildkit } from './claims';
import { type Containerd, containerdAt, type Daemon, mayBelongTo } from './daemons';
import { optionValue, socketPath } from './command-line';
import type { Draft, Place } from './draft';
import { type Interpretation, surroundings, usersOf } from './interpretation';
import { parentOf, processNodeId } from './process-table';
import { type HeldShim, isContainerds, type RunningContainer } from './running-containers';
import type { Evidence, NodeId, Shim } from './topology';

/** Engines are roots, or stand in the container that they run in. */
export function placeEngines(draft: Draft, known: Interpretation): void {
    for (const daemon of known.daemons) {
        const { process, engine, evidence, inside } = daemon;
        const id = engineIdOf(known, daemon);
        const containerdAddress = daemon.containerd?.path;
        draft.add(
            { id, kind: 'engine', process, engine, evidence, containerdAddress },
            placeInside(known, process, inside),
        );
    }
}

/**
 * A containerd stands under each dockerd that uses it, as many times as there are such; one that no dockerd uses is a
 * root, and so is one of several dockerds for the shims that can't be told apart.
 */
export function placeContainerds(draft: Draft, known: Interpretation): void {
    for (const containerd of known.containerds) {
        const users = usersOf(known, containerd);
        for (const user of users)
            addContainerd(
                draft,
                containerd,
                containerdId(known, containerd, user),
                placeUnder(known, containerd, user),
            );
        if (users.length === 0) addAlone(draft, known, containerd);
    }
}

export function placeShims(draft: Draft, known: Interpretation): void {
    for (const held of known.shims) {
        const { process, shim, evidence, sessionOf } = held;
        const role = shim.version === 'conmon' || shim.version === 'runc' ? shim.version : 'shim';
        const place =
            placeBeside(sessionOf, shim) ??
            (isContainerds(shim) ? placeOfShim(draft, known, held) : placeUnderItsStarter(known, process)) ??
            placeUnderPodman(known, held) ??
            placeInside(known, process, surroundings(known.membership, held));
        draft.addProcess({ process, role, evidence, shim, containerId: shim.id }, place);
    }
}

function placeBeside(sessionOf: HeldShim | undefined, shim: Shim): Place | undefined {
    if (!sessionOf) return undefined;
    const evidence: Evidence[] = [{ source: 'argv', detail: `-c ${shim.id}, for a session in it` }];
    return { parent: processNodeId(sessionOf.process), link: { kind: 'managed', evidence } };
}

/** The lowest node that is known to be responsible for what a daemon lists: its containerd, else itself. */
export function nearestOf(known: Interpretation, daemon: Daemon): NodeId {
    const containerd = known.containerds.find((one) => usersOf(known, one).includes(daemon));
    return containerd ? containerdId(known, containerd, daemon) : engineIdOf(known, daemon);
}

/** Where a containerd stands for one of its users, or outside of them all for what can't be told apart. */
export function standOf(draft: Draft, known: Interpretation, containerd: Containerd, user: Daemon | undefined): NodeId {
    const id = containerdId(known, containerd, user);
    if (!draft.has(id)) addAlone(draft, known, containerd);
    return id;
}

export function engineIdOf(known: Interpretation, daemon: Daemon): NodeId {
    return known.engineIds.get(daemon) ?? '';
}

/** By the kernel's parent (v1), else the address in its argv, else the folder of a v1, else the engine that lists it. */
function placeOfShim(draft: Draft, known: Interpretation, held: HeldShim): Place | undefined {
    const { process, shim } = held;
    const { table, containerds, daemons, membership } = known;
    const inside = surroundings(membership, held);
    const evidence: Evidence[] = [];

    const parent = parentOf(table, process);
    const byParent = parent && containerds.find((one) => one.process === parent);
    if (byParent) evidence.push({ source: 'ppid', detail: `child of containerd ${String(byParent.process.pid)}` });

    const path = shim.address === undefined ? undefined : socketPath(shim.address);
    const byAddress = path === undefined ? undefined : containerdAt(table, containerds, path, process, inside);
    if (path !== undefined) {
        evidence.push({ source: 'argv', detail: `-address ${String(shim.address)}` });
        if (byAddress) evidence.push(...whyServes(byAddress, path));
    }
    const containers = known.containersOfShim.get(held) ?? [];
    const listing = containers.flatMap((one) => known.listings.get(one) ?? [])[0]?.daemon;
    if (listing) evidence.push({ source: 'docker', detail: `listed by ${listing.engine?.endpoint ?? 'its engine'}` });

    const containerd = byParent ?? byAddress;
    if (containerd) {
        const users = usersOf(known, containerd);
        const user = users.length === 1 ? users[0] : users.find((one) => one === listing);
        const parent = standOf(draft, known, containerd, user);
        return { parent, link: { kind: byParent ? 'spawned' : 'managed', evidence } };
    }
    const atSameAddress = daemons.filter((one) => {
        if (path === undefined || one.inside !== inside || one.containerd?.path !== path) return false;
        return mayBelongTo(table, one, process);
    });
    if (atSameAddress[0]?.containerd) evidence.push(atSameAddress[0].containerd.evidence);
    const user = atSameAddress.length === 1 ? atSameAddress[0] : atSameAddress.find((one) => one === listing);
    if (user) return { parent: engineIdOf(known, user), link: { kind: 'managed', evidence } };

    const byWorkdir = shim.workdir === undefined ? undefined : daemonByDataRoot(daemons, shim.workdir, inside);
    if (byWorkdir)
        evidence.push({ source: 'argv', detail: `-workdir ${String(shim.workdir)} is below that daemon's data root` });
    const owner = byWorkdir ?? listing;
    return owner && { parent: nearestOf(known, owner), link: { kind: 'managed', evidence } };
}

/** BuildKit's runc is started by buildkitd, in a container or not, or by the dockerd that BuildKit is a part of. */
function placeUnderItsStarter(known: Interpretation, process: Process): Place | undefined {
    const parent = parentOf(known.table, process);
    if (!parent) return undefined;
    const link = { kind: 'spawned', evidence: [{ source: 'ppid', detail: `child of ${String(parent.pid)}` }] } as const;
    const daemon = known.daemons.find((one) => one.process === parent);
    if (daemon) return { parent: engineIdOf(known, daemon), link };
    const container = known.membership.of(process)?.container;
    const isFellow = container && known.membership.of(parent)?.container === container;
    return isFellow || isBuildkit(parent) ? { parent: processNodeId(parent), link } : undefined;
}

/** Podman's service starts no conmon that it would stay the parent of; it lists what its conmons hold. */
function placeUnderPodman(known: Interpretation, held: HeldShim): Place | undefined {
    const containers = known.containersOfShim.get(held) ?? [];
    const listing = containers.flatMap((one) => known.listings.get(one) ?? [])[0]?.daemon;
    if (listing?.engine?.product !== 'podman') return undefined;
    const evidence: Evidence[] = [{ source: 'docker', detail: `listed by ${listing.engine.endpoint ?? 'Podman'}` }];
    return { parent: engineIdOf(known, listing), link: { kind: 'managed', evidence } };
}

/** Only among daemons that see the shim's file system: elsewhere the same path is another folder. */
function daemonByDataRoot(
    daemons: readonly Daemon[],
    workdir: string,
    inside: RunningContainer | undefined,
): Daemon | undefined {
    const owners = daemons.filter((daemon) => {
        if (!daemon.process || daemon.inside !== inside) return false;
        const told = optionValue(daemon.process.argv ?? [], 'data-root', 'graph', 'g');
        return workdir.startsWith(`${daemon.engine?.dataRoot ?? told ?? '/var/lib/docker'}/`);
    });
    return owners.length === 1 ? owners[0] : undefined;
}

function placeUnder(known: Interpretation, containerd: Containerd, user: Daemon): Place {
    const spawned = user.process !== undefined && parentOf(known.table, containerd.process) === user.process;
    const evidence: Evidence[] = spawned
        ? [{ source: 'ppid', detail: `child of dockerd ${String(user.process?.pid)}` }]
        : [];
    if (user.containerd) evidence.push(user.containerd.evidence, ...whyServes(containerd, user.containerd.path));
    return { parent: engineIdOf(known, user), link: { kind: spawned ? 'spawned' : 'managed', evidence } };
}

function placeInside(
    known: Interpretation,
    process: Process | undefined,
    inside: RunningContainer | undefined,
): Place | undefined {
    if (!process || !inside) return undefined;
    const evidence = known.membership.of(process)?.evidence ?? [];
    return { parent: known.containerIds.get(inside) ?? '', link: { kind: 'member', evidence } };
}

function addAlone(draft: Draft, known: Interpretation, containerd: Containerd): void {
    addContainerd(
        draft,
        containerd,
        processNodeId(containerd.process),
        placeInside(known, containerd.process, containerd.inside),
    );
}

function addContainerd(
    draft: Draft,
    { process, evidence, addresses }: Containerd,
    id: NodeId,
    place: Place | undefined,
): void {
    draft.add(
        { id, kind: 'process', process, role: 'containerd', evidence, addresses: addresses.map(({ path }) => path) },
        place,
    );
}

/** The plain id belongs to the only user's node; where several share one containerd, to the one outside of them all. */
function containerdId(known: Interpretation, containerd: Containerd, user: Daemon | undefined): NodeId {
    const plain = processNodeId(containerd.process);
    const shared = usersOf(known, containerd).length > 1;
    return shared && user ? `${plain}/${engineIdOf(known, user)}` : plain;
}

function whyServes(containerd: Containerd, path: string): readonly Evidence[] {
    return containerd.addresses.filter((one) => one.path === path).map(({ evidence }) => evidence);
}
