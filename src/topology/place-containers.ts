import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import type { Daemon } from './daemons';
import { containerdWordOf } from './containerd-word';
import type { Draft, Place } from './draft';
import { firstProcessOf } from './first-process';
import { type Interpretation, seesAllOf, surroundings, usersOf } from './interpretation';
import { engineIdOf, nearestOf } from './place-daemons';
import { containerNodeId, parentOf, processNodeId } from './process-table';
import type { RunningContainer } from './running-containers';
import { isOfRunc } from './shim-arguments';
import { isNewsTo } from './start-time';
import type { Evidence, NodeId } from './topology';
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
    const first = firstProcessOf(table, membership, running, members, listing?.container, containerd?.task);
    const engine = listing?.daemon.engine ?? engineHeardOf(draft, known, running);
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
            pod: podOf(known, running),
            verdict: verdictOf({
                engine,
                listed: listing?.container,
                task: containerd?.task,
                running,
                first,
                seesAll:
                    !hidesProcesses(running) && (listing ? seesAllOf(known, listing.daemon) : !known.procIsPartial),
                isNews: isNewsTo(engine, known.snapshot, first.process),
                hasOtherParent: first.process !== undefined && parentOf(table, first.process)?.argv !== undefined,
            }),
        },
        placeOfRunning(known, running),
    );
    return first.process;
}

/** In a virtual machine (Kata) the container's processes are another kernel's. */
function hidesProcesses({ shim }: RunningContainer): boolean {
    return shim?.shim.runtime !== undefined && !isOfRunc(shim.shim);
}

function placeOfRunning(known: Interpretation, running: RunningContainer): Place | undefined {
    const { shim } = running;
    if (shim) {
        const detail = running.id === shim.shim.id ? `-id ${running.id}` : `in the pod of -id ${shim.shim.id}`;
        const evidence: Evidence[] = [
            {
                source: 'argv',
                detail: `${shim.shim.version === 'conmon' ? 'conmon' : 'shim'} ${String(shim.process.pid)}: ${detail}`,
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
    if (!running.shim || surroundings(known.membership, running.shim)) return undefined;
    const ancestors = new Set<NodeId>(draft.ancestorsOf(processNodeId(running.shim.process)));
    const above = known.daemons.filter((daemon) => ancestors.has(engineIdOf(known, daemon)));
    // A containerd that several daemons share stands under none of them for what none of them lists.
    const containerd = known.containerds.find(({ process }) => ancestors.has(processNodeId(process)));
    const users = above.length > 0 || !containerd ? above : usersOf(containerd, known.daemons);
    const isHeard = users.every(({ engine }) => engine && !engine.problem && engine.listedAt !== undefined);
    return isHeard ? users[0]?.engine : undefined;
}

function podOf(known: Interpretation, { shim }: RunningContainer): string | undefined {
    const others = shim && known.containersOfShim.get(shim)?.some(({ id }) => id !== shim.shim.id);
    return others ? shim.shim.id : undefined;
}

function listedBy(daemon: Daemon): Evidence {
    return { source: 'docker', detail: `listed by ${daemon.engine?.endpoint ?? 'its engine'}` };
}
