import type { ContainerdContainer } from '../model/containerd';
import { socketPath } from './command-line';
import type { ContainerdRecords } from './containerd-records';
import { containerdAskedAt, type ContainerdWord, wordIn } from './containerd-word';
import type { Containerd, Daemon } from './daemons';
import type { Draft, Place } from './draft';
import { allHeardAt, type Interpretation, ownersAmong, surroundings, usersOf } from './interpretation';
import { standOf } from './place-daemons';
import { containerNodeId, isOutermost } from './process-table';
import { engineDelayMilliseconds } from './start-time';
import { judge, type Judgement } from './verdict';
import { weigh } from './weigh';

/**
 * Adds the containers that only a containerd knows: those of ctr, nerdctl and Kubernetes that have no task, and so no
 * shim and no process, as an engine's stopped ones have none.
 */
export function placeUnseenContainers(draft: Draft, known: Interpretation): void {
    const isShown = shownContainers(known);
    for (const records of known.records.values()) {
        const containerd = containerdAskedAt(known, records.facts.address);
        const unseen = records.facts.containers.filter((record) => !isShown(records.facts.address, record));
        for (const record of unseen.toSorted(byNamespaceAndId)) {
            placeUnseen(draft, known, records, record, containerd);
        }
    }
}

function placeUnseen(
    draft: Draft,
    known: Interpretation,
    records: ContainerdRecords,
    record: ContainerdContainer,
    containerd: Containerd | undefined,
): void {
    const { namespace, id } = record;
    const owners = containerd ? ownersAmong(usersOf(known, containerd), namespace) : [];
    const word = wordIn(records, namespace, id);
    const judgement = judgementOf(known, record, word, containerd, owners);
    if (!judgement) return;
    const plain = containerNodeId(id);
    draft.add(
        {
            id: draft.has(plain) ? `${plain}@${namespace}@${records.facts.address}` : plain,
            kind: 'container',
            containerId: id,
            namespace,
            containerd: word,
            mainEvidence: [],
            life: 'nothing lives',
            ...judgement,
        },
        containerd && placeUnder(draft, known, containerd, owners, record),
    );
}

/**
 * In an engine's own namespace, its list tells what there is: only a record that is clearly older than the list is one
 * that the engine has forgotten. A younger one has no verdict, and no place: the next list will have it.
 */
function judgementOf(
    known: Interpretation,
    { createdAt = Infinity }: ContainerdContainer,
    containerd: ContainerdWord,
    process: Containerd | undefined,
    owners: readonly Daemon[],
): Judgement | undefined {
    const listedAt = owners.length > 0 ? allHeardAt(owners) : undefined;
    if (
        listedAt !== undefined &&
        !(createdAt < listedAt - engineDelayMilliseconds && containerd.silence === undefined)
    ) {
        return undefined;
    }
    const { snapshot, table, procIsPartial } = known;
    const task = table.byPid.get(containerd.task?.pid ?? 0);
    return judge(
        weigh({
            snapshot,
            unlisted: owners.length === 0 ? 'nobody' : listedAt === undefined ? 'silent' : 'does not list it',
            containerd,
            first: { evidence: [], told: task ? "another's" : 'gone' },
            others: [],
            seesAll: !procIsPartial && process !== undefined && isOutermost(process.process),
            hasOtherParent: false,
            isGuest: false,
        }),
    );
}

function placeUnder(
    draft: Draft,
    known: Interpretation,
    containerd: Containerd,
    owners: readonly Daemon[],
    { namespace }: ContainerdContainer,
): Place {
    const users = usersOf(known, containerd);
    const user = users.length === 1 ? users[0] : owners.length === 1 ? owners[0] : undefined;
    const detail = `containerd ${String(containerd.process.pid)} lists it in namespace ${namespace}`;
    return {
        parent: standOf(draft, known, containerd, user),
        link: { kind: 'managed', evidence: [{ source: 'containerd', detail }] },
    };
}

/** Whether a container of containerd has its place already: by its shim, by its cgroup, or because an engine lists it. */
function shownContainers(known: Interpretation): (address: string, record: ContainerdContainer) => boolean {
    const byShim = new Set<string>();
    const byIdAlone = new Set<string>();
    for (const { id, shim } of known.containers) {
        if (surroundings(known.membership, shim)) continue;
        const { address, namespace } = shim?.shim ?? {};
        if (address === undefined || namespace === undefined) byIdAlone.add(id);
        else byShim.add(keyOf(socketPath(address), { namespace, id }));
    }
    for (const { engine, inside } of known.daemons) {
        if (!inside) for (const { id } of engine?.containers ?? []) byIdAlone.add(id);
    }
    return (address, record) => byIdAlone.has(record.id) || byShim.has(keyOf(address, record));
}

function keyOf(address: string, { namespace, id }: Pick<ContainerdContainer, 'namespace' | 'id'>): string {
    return JSON.stringify([address, namespace, id]);
}

/** Nothing may be concluded from the order of a list. */
function byNamespaceAndId(one: ContainerdContainer, other: ContainerdContainer): number {
    if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
    return one.id < other.id ? -1 : 1;
}
