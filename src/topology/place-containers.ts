import type { Container } from '../model/container';
import type { Process } from '../model/process';
import { claimOf, isBuildkit, likelyRoleOf } from './claims';
import type { Daemon } from './daemons';
import { containerdWordOf } from './containerd-word';
import type { Draft, Place } from './draft';
import { firstProcessOf, withoutMember } from './first-process';
import { type Guest, guestOf } from './guests';
import {
    allHeardAt,
    type Interpretation,
    type Listing,
    ownersAmong,
    seesAllOf,
    surroundings,
    tellsOurPids,
    usersOf,
} from './interpretation';
import { engineIdOf, nearestOf } from './place-daemons';
import { podOf } from './pods';
import { containerNodeId, parentOf, processNodeId, type ProcessTable } from './process-table';
import { type HeldShim, isContainerds, type RunningContainer } from './running-containers';
import { readShimArguments } from './shim-arguments';
import type { Evidence, NodeId, Shim, Topology } from './topology';
import { judge } from './verdict';
import { type Case, isAlive, lifeOf, weigh } from './weigh';

/** Adds every container that the kernel or an engine knows; the answer is the first process of each that runs. */
export function placeContainers(
    draft: Draft,
    known: Interpretation,
    previous: Topology | undefined,
): ReadonlyMap<RunningContainer, Process | undefined> {
    const firsts = new Map(known.containers.map((running) => [running, placeRunning(draft, known, running, previous)]));
    const placed = new Set([...known.listings.values()].map(({ container }) => container));
    for (const daemon of known.daemons) {
        for (const container of daemon.engine?.containers ?? []) {
            if (!placed.has(container)) placeListed(draft, known, daemon, container, previous);
        }
    }
    return firsts;
}

function placeRunning(
    draft: Draft,
    known: Interpretation,
    running: RunningContainer,
    previous: Topology | undefined,
): Process | undefined {
    const id = known.containerIds.get(running) ?? '';
    const listing = known.listings.get(running);
    const members = known.members.get(running) ?? [];
    const containerd = containerdWordOf(known, running, listing);
    const { table, membership } = known;
    const toldPid = listing ? pidToldBy(known, listing, running.shim) : 0;
    const first = firstProcessOf(table, membership, running, members, toldPid, containerd?.task);
    const guest = guestOf(running, first.process);
    const conmonName = running.shim?.shim.name;
    const signs = { shimHoldsOthers: holdsOthers(known, running), looksLikeSandbox: sandboxSign(guest, first.process) };
    const engine = listing?.daemon.engine;
    const facts: Case = {
        snapshot: known.snapshot,
        engine,
        listed: listing?.container,
        ...(listing ? { unlisted: 'nobody', listedAt: engine?.listedAt } : enginesWord(draft, known, running)),
        containerd,
        shim: running.shim?.process,
        first,
        toldProcess: table.byPid.get(toldPid),
        others: members,
        seesAll:
            guest?.kind !== 'virtual machine' && (listing ? seesAllOf(known, listing.daemon) : !known.procIsPartial),
        hasOtherParent: hasOtherParent(table, running, first.process),
        isGuest: guest !== undefined,
    };
    const life = lifeOf(facts);
    const livedAt = isAlive(life) ? Date.parse(known.snapshot.takenAt) : livedBefore(previous, id);
    draft.add(
        {
            id,
            kind: 'container',
            containerId: running.id,
            container: listing?.container,
            engine,
            namespace: running.shim?.shim.namespace,
            ...(containerd && { containerd }),
            mainPid: first.process?.pid,
            mainEvidence: first.evidence,
            ...(guest && { guest }),
            ...(conmonName && { conmonName }),
            ...(isBuildStep(known, running) && { isBuildStep: true }),
            pod: podOf(running, { container: listing?.container, containerd, conmonName }, signs),
            life,
            livedAt,
            ...judge(weigh({ ...facts, livedAt })),
        },
        placeOfRunning(known, running),
    );
    return first.process;
}

/**
 * Whether its parent is seen, and is nothing that may hold it: a holder whose argv does not tell what it holds, such as
 * CRI-O's conmonrs, or a shim under another name, for a runtime may be given to Docker as a path.
 */
function hasOtherParent(table: ProcessTable, { id }: RunningContainer, first: Process | undefined): boolean {
    const parent = first && parentOf(table, first);
    if (parent?.argv === undefined) return false;
    const role = claimOf(parent)?.role;
    if (role === 'shim' || role === 'conmon') return readShimArguments(role, parent) !== undefined;
    const told = readShimArguments('shim', parent);
    return told === undefined || (told.id !== id && told.address === undefined);
}

/** Containers that BuildKit's runc holds are the RUN lines of a Dockerfile, and live as long as these take. */
function isBuildStep({ table, daemons }: Interpretation, { shim }: RunningContainer): boolean {
    const parent = shim?.shim.version === 'runc' ? parentOf(table, shim.process) : undefined;
    return parent !== undefined && (isBuildkit(parent) || daemons.some(({ process }) => process === parent));
}

const optionOfId: Readonly<Record<Shim['version'], string>> = { v1: '-id', v2: '-id', conmon: '-c', runc: 'run' };

/** The engine's State.Pid; 0 where it told none that means anything here. */
function pidToldBy(known: Interpretation, { daemon, container }: Listing, shim: HeldShim | undefined): number {
    return tellsOurPids(known, daemon, shim) ? (container.pid ?? container.inspected?.pid ?? 0) : 0;
}

function placeOfRunning(known: Interpretation, running: RunningContainer): Place | undefined {
    const { shim } = running;
    if (shim) {
        const told = `${optionOfId[shim.shim.version]} ${shim.shim.id}`;
        const detail = running.id === shim.shim.id ? told : `in the pod of ${told}`;
        const evidence: Evidence[] = [
            {
                source: 'argv',
                detail: `${isContainerds(shim.shim) ? 'shim' : shim.shim.version} ${String(shim.process.pid)}: ${detail}`,
            },
        ];
        const path = running.cgroups[0]?.path;
        if (path !== undefined) evidence.push({ source: 'cgroup', detail: `its child is in ${path}` });
        return { parent: processNodeId(shim.process), link: { kind: 'managed', evidence } };
    }
    const listing = known.listings.get(running);
    return (
        listing && {
            parent: nearestOf(known, listing.daemon),
            link: { kind: 'managed', evidence: [listedBy(listing.daemon)] },
        }
    );
}

/** What is said to run hangs as low as it can; what is not running hangs under the engine that remembers it. */
function placeListed(
    draft: Draft,
    known: Interpretation,
    daemon: Daemon,
    container: Container,
    previous: Topology | undefined,
): void {
    const plain = containerNodeId(container.id);
    const id = draft.has(plain) ? `${plain}@${engineIdOf(known, daemon)}` : plain;
    const livedAt = livedBefore(previous, id);
    const alive = container.state === 'running' || container.state === 'paused';
    const listing = { daemon, container };
    const containerd = containerdWordOf(known, undefined, listing);
    // Of what does not run, a pid that is still told is the last one's.
    const toldPid = alive ? pidToldBy(known, listing, undefined) : 0;
    const toldProcess = known.table.byPid.get(toldPid);
    const first = withoutMember(toldPid, toldProcess);
    const facts: Case = {
        snapshot: known.snapshot,
        engine: daemon.engine,
        listed: container,
        unlisted: 'nobody',
        listedAt: daemon.engine?.listedAt,
        livedAt,
        containerd,
        first,
        toldProcess,
        others: [],
        seesAll: seesAllOf(known, daemon),
        hasOtherParent: false,
        isGuest: false,
    };
    draft.add(
        {
            id,
            kind: 'container',
            containerId: container.id,
            container,
            engine: daemon.engine,
            ...(containerd && { containerd }),
            mainEvidence: first.evidence,
            life: 'nothing lives',
            livedAt,
            ...judge(weigh(facts)),
        },
        {
            parent: alive ? nearestOf(known, daemon) : engineIdOf(known, daemon),
            link: { kind: 'managed', evidence: [listedBy(daemon)] },
        },
    );
}

function livedBefore(previous: Topology | undefined, id: NodeId): number | undefined {
    const node = previous?.nodes.get(id);
    return node?.kind === 'container' ? node.livedAt : undefined;
}

/** What it means that no engine lists a container: something only where each that ought to know it has been heard. */
function enginesWord(
    draft: Draft,
    known: Interpretation,
    running: RunningContainer,
): Pick<Case, 'unlisted' | 'listedAt'> {
    if (!running.shim || !isContainerds(running.shim.shim)) return { unlisted: 'nobody' };
    if (surroundings(known.membership, running.shim)) return { unlisted: 'nobody' };
    const ancestors = new Set<NodeId>(draft.ancestorsOf(processNodeId(running.shim.process)));
    const above = known.daemons.filter((daemon) => ancestors.has(engineIdOf(known, daemon)));
    // A containerd that several daemons share stands under none of them for what none of them lists.
    const containerd = known.containerds.find(({ process }) => ancestors.has(processNodeId(process)));
    const users = above.length > 0 || !containerd ? above : usersOf(known, containerd);
    const owners = ownersAmong(users, running.shim.shim.namespace);
    if (owners.length === 0) return { unlisted: 'nobody' };
    const listedAt = allHeardAt(owners);
    return listedAt === undefined ? { unlisted: 'silent' } : { unlisted: 'does not list it', listedAt };
}

/** A virtual machine holds the whole pod; elsewhere a pod's sandbox consists of pause. */
function sandboxSign(guest: Guest | undefined, first: Process | undefined): Evidence | undefined {
    if (guest?.kind === 'virtual machine') return guest.evidence[0];
    return first && likelyRoleOf(first) === 'pause' ? claimOf(first)?.evidence : undefined;
}

function holdsOthers(known: Interpretation, { shim }: RunningContainer): boolean {
    return shim !== undefined && (known.containersOfShim.get(shim)?.some(({ id }) => id !== shim.shim.id) ?? false);
}

function listedBy(daemon: Daemon): Evidence {
    return { source: 'docker', detail: `listed by ${daemon.engine?.endpoint ?? 'its engine'}` };
}
