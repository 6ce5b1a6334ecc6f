import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import { claimOf, isBuildkit } from './claims';
import type { Daemon } from './daemons';
import { containerdWordOf } from './containerd-word';
import type { Draft, Place } from './draft';
import { firstProcessOf } from './first-process';
import { type Guest, guestOf } from './guests';
import { type Interpretation, seesAllOf, surroundings, tellsOurPids, usersOf } from './interpretation';
import { engineIdOf, nearestOf } from './place-daemons';
import { podOf } from './pods';
import { containerNodeId, parentOf, processNodeId, type ProcessTable } from './process-table';
import { isContainerds, type RunningContainer } from './running-containers';
import { readShimArguments } from './shim-arguments';
import { isNewsTo } from './start-time';
import type { Evidence, NodeId, Shim } from './topology';
import { verdictOf } from './verdict';

/** Adds every container that the kernel or an engine knows; the answer is the first process of each that runs. */
export function placeContainers(
    draft: Draft,
    known: Interpretation,
): ReadonlyMap<RunningContainer, Process | undefined> {
    const firsts = new Map(known.containers.map((running) => [running, placeRunning(draft, known, running)]));
    const placed = new Set([...known.listings.values()].map(({ container }) => container));
    for (const daemon of known.daemons) {
        for (const container of daemon.engine?.containers ?? []) {
            if (!placed.has(container)) placeListed(draft, known, daemon, container);
        }
    }
    return firsts;
}

function placeRunning(draft: Draft, known: Interpretation, running: RunningContainer): Process | undefined {
    const listing = known.listings.get(running);
    const members = known.members.get(running) ?? [];
    const containerd = containerdWordOf(known, running);
    const { table, membership } = known;
    const toldPid = listing && tellsOurPids(known, listing.daemon, running.shim) ? pidToldOf(listing.container) : 0;
    const first = firstProcessOf(table, membership, running, members, toldPid, containerd?.task);
    const guest = guestOf(running, first.process);
    const conmonName = running.shim?.shim.name;
    const signs = { shimHoldsOthers: holdsOthers(known, running), looksLikeSandbox: sandboxSign(guest, first.process) };
    const engine = listing?.daemon.engine ?? engineHeardOf(draft, known, running);
    // The pid may have been told long before the list.
    const { inspectedAt } = listing?.container ?? {};
    const told = first.contradiction && inspectedAt !== undefined ? { listedAt: inspectedAt } : engine;
    draft.add(
        {
            id: known.containerIds.get(running) ?? '',
            kind: 'container',
            containerId: running.id,
            container: listing?.container,
            engine: listing?.daemon.engine,
            namespace: running.shim?.shim.namespace,
            ...(containerd && { containerd }),
            mainPid: first.process?.pid,
            mainEvidence: first.contradiction ? [...first.evidence, first.contradiction] : first.evidence,
            ...(guest && { guest }),
            ...(conmonName && { conmonName }),
            ...(isBuildStep(known, running) && { isBuildStep: true }),
            pod: podOf(running, { container: listing?.container, containerd, conmonName }, signs),
            verdict: verdictOf({
                engine,
                listed: listing?.container,
                task: containerd?.task,
                running,
                first,
                seesAll:
                    guest?.kind !== 'virtual machine' &&
                    (listing ? seesAllOf(known, listing.daemon) : !known.procIsPartial),
                isNews: isNewsTo(told, known.snapshot, first.process),
                hasOtherParent: hasOtherParent(table, first.process),
            }),
        },
        placeOfRunning(known, running),
    );
    return first.process;
}

/** Whether its parent is seen, and is no holder whose argv does not tell what it holds, such as CRI-O's conmonrs. */
function hasOtherParent(table: ProcessTable, first: Process | undefined): boolean {
    const parent = first && parentOf(table, first);
    if (parent?.argv === undefined) return false;
    const role = claimOf(parent)?.role;
    return !((role === 'shim' || role === 'conmon') && !readShimArguments(role, parent));
}

/** Containers that BuildKit's runc holds are the RUN lines of a Dockerfile, and live as long as these take. */
function isBuildStep({ table, daemons }: Interpretation, { shim }: RunningContainer): boolean {
    const parent = shim?.shim.version === 'runc' ? parentOf(table, shim.process) : undefined;
    return parent !== undefined && (isBuildkit(parent) || daemons.some(({ process }) => process === parent));
}

const optionOfId: Readonly<Record<Shim['version'], string>> = { v1: '-id', v2: '-id', conmon: '-c', runc: 'run' };

/** The engine's State.Pid; 0 where it told none. */
function pidToldOf({ pid, inspected }: Container): number {
    return pid ?? inspected?.pid ?? 0;
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
function placeListed(draft: Draft, known: Interpretation, daemon: Daemon, container: Container): void {
    const plain = containerNodeId(container.id);
    const alive = container.state === 'running' || container.state === 'paused';
    draft.add(
        {
            id: draft.has(plain) ? `${plain}@${engineIdOf(known, daemon)}` : plain,
            kind: 'container',
            containerId: container.id,
            container,
            engine: daemon.engine,
            mainEvidence: [],
            verdict: verdictOf({
                engine: daemon.engine,
                listed: container,
                first: { evidence: [] },
                seesAll: seesAllOf(known, daemon),
                isNews: false,
                hasOtherParent: false,
            }),
        },
        {
            parent: alive ? nearestOf(known, daemon) : engineIdOf(known, daemon),
            link: { kind: 'managed', evidence: [listedBy(daemon)] },
        },
    );
}

/** An engine that ought to know a container which none lists, if each of these has been heard. */
function engineHeardOf(draft: Draft, known: Interpretation, running: RunningContainer): Engine | undefined {
    if (!running.shim || !isContainerds(running.shim.shim)) return undefined;
    if (surroundings(known.membership, running.shim)) return undefined;
    const ancestors = new Set<NodeId>(draft.ancestorsOf(processNodeId(running.shim.process)));
    const above = known.daemons.filter((daemon) => ancestors.has(engineIdOf(known, daemon)));
    // A containerd that several daemons share stands under none of them for what none of them lists.
    const containerd = known.containerds.find(({ process }) => ancestors.has(processNodeId(process)));
    const users = above.length > 0 || !containerd ? above : usersOf(known, containerd);
    const isHeard = users.every(({ engine }) => engine && !engine.problem && engine.listedAt !== undefined);
    return isHeard ? users[0]?.engine : undefined;
}

/** A virtual machine holds the whole pod; elsewhere a pod's sandbox consists of pause. */
function sandboxSign(guest: Guest | undefined, first: Process | undefined): Evidence | undefined {
    if (guest?.kind === 'virtual machine') return guest.evidence[0];
    const claim = first && claimOf(first);
    return claim?.role === 'pause' ? claim.evidence : undefined;
}

function holdsOthers(known: Interpretation, { shim }: RunningContainer): boolean {
    return shim !== undefined && (known.containersOfShim.get(shim)?.some(({ id }) => id !== shim.shim.id) ?? false);
}

function listedBy(daemon: Daemon): Evidence {
    return { source: 'docker', detail: `listed by ${daemon.engine?.endpoint ?? 'its engine'}` };
}
