import { socketPath } from '../command-line';
import { childrenOf, hasEnded } from '../process-table';
import type { HeldShim } from '../running-containers';
import { isDockersNamespace, isOfRunc } from '../shim-arguments';
import { isSaidToRun } from '../container-state';
import { containerdsAt } from '../daemons';
import { allHeardAt, daemonsBeside, surroundings } from '../interpretation';
import { isShim, type ShimNode } from '../lineage';
import { isStarting } from '../start-time';
import type { ContainerNode } from '../topology';
import { aboveHere, type Look, type Rule, seesTooLittle, type Sighting } from './rule';

/**
 * Its containerd is dead: the container goes on, but nobody is told how it ends. A shim outlives its containerd by
 * design (containerd, runtime/v2 README), and a restarted containerd takes it over: so it counts when it lasts.
 */
const orphanShim: Rule = {
    code: 'orphan-shim',
    severity: 'warning',
    isTransient: true,
    // Where it could not be read who listens where, any containerd may be the one that is missing.
    isBlind: (look) =>
        seesTooLittle(look) || look.known.containerds.some(({ process }) => process.listens === undefined),
    find: (look) => {
        const { table, containerds, membership } = look.known;
        return heldShims(look).flatMap(({ node, held }): readonly Sighting[] => {
            const { address } = node.shim;
            const isManaged = aboveHere(look, node).some((one) => one.kind === 'process' && one.role === 'containerd');
            if (isManaged || address === undefined) return [];
            // Two that serve at one path are in different mount namespaces: nobody knows which of them it is.
            const inside = surroundings(membership, held);
            if (containerdsAt(table, containerds, socketPath(address), held.process, inside).length > 0) return [];
            return [
                {
                    about: node.id,
                    others: node.children,
                    group: socketPath(address),
                    evidence: [
                        { source: 'argv', detail: `-address ${address}` },
                        { source: 'socket', detail: `no containerd that is seen serves at ${socketPath(address)}` },
                    ],
                },
            ];
        });
    },
};

/**
 * Its container has ended, and it was not told to go: containerd has lost it (containerd#6771, #9309, #12344). Where
 * Docker says that the container runs, that is the finding.
 */
const shimWithoutContainer: Rule = {
    code: 'shim-without-container',
    severity: 'warning',
    isTransient: true,
    isBlind: seesTooLittle,
    find: (look) => {
        const { known } = look;
        return heldShims(look).flatMap(({ node, held }): readonly Sighting[] => {
            const containers = node.children.flatMap((id) => {
                const child = look.nodes.get(id);
                return child?.kind === 'container' ? child : [];
            });
            const below = (known.containersOfShim.get(held) ?? []).flatMap((one) => known.members.get(one) ?? []);
            const isInUse = [...below, ...childrenOf(known.table, held.process)].some((one) => !hasEnded(one));
            const isSaidToHold = containers.some(isSaidToRun);
            if (isInUse || isSaidToHold || !isOfRunc(held.shim) || isStarting(known.snapshot, held.process)) return [];
            if (!containers.every((container) => isForgotten(look, held, container))) return [];
            return [
                {
                    about: node.id,
                    others: containers.map(({ id }) => id),
                    evidence: [
                        { source: 'ppid', detail: `shim ${String(held.process.pid)} has no living child` },
                        { source: 'argv', detail: `-id ${held.shim.id}` },
                    ],
                },
            ];
        });
    },
};

/**
 * dockerd deletes a container's task as soon as it has ended, unless it is stopped itself. ctr and nerdctl leave that to
 * people, and the shim stays until then: so of theirs only containerd can say that it knows of no task.
 */
function isForgotten({ known }: Look, held: HeldShim, { containerd }: ContainerNode): boolean {
    const { namespace = 'moby', address } = held.shim;
    if (isDockersNamespace(namespace)) {
        const path = address === undefined ? undefined : socketPath(address);
        const users = daemonsBeside(known, held).filter(({ containerd: used }) => used?.path === path);
        return allHeardAt(users) !== undefined && users.length > 0;
    }
    return containerd !== undefined && containerd.silence === undefined && containerd.task === undefined;
}

/** Each exec that leaks something in the shim stays in its memory (containerd#13561). */
const grownShim: Rule = {
    code: 'grown-shim',
    severity: 'warning',
    isTransient: false,
    find: (look) => {
        const shims = heldShims(look).filter(({ held }) => isOfRunc(held.shim));
        const sizes = shims.map(({ held }) => perContainer(look, held)).sort((one, other) => one - other);
        const others = sizes.length - 1;
        return shims.flatMap(({ node, held }): readonly Sighting[] => {
            const bytes = perContainer(look, held);
            const usual = others < fewestToCompare ? usualShimBytes : medianWithout(bytes, sizes);
            if (bytes < grownShimBytes || bytes < grownTimes * usual) return [];
            const compared = others < fewestToCompare ? 'usual for its kind' : `the median of ${String(others)} others`;
            const detail = `its resident memory is ${mebibytes(bytes)} a container; ${mebibytes(usual)} is ${compared}`;
            return [{ about: node.id, evidence: [{ source: 'proc', detail }] }];
        });
    },
};

export const shimRules: readonly Rule[] = [orphanShim, shimWithoutContainer, grownShim];

/** A shim for runc holds 5 to 20 MiB, whatever its container does. */
const usualShimBytes = 16 * 1024 * 1024;
const grownShimBytes = 64 * 1024 * 1024;
const grownTimes = 4;
const fewestToCompare = 3;

function shimsIn(look: Look): readonly ShimNode[] {
    return look.processes.filter(isShim).filter(({ role }) => role === 'shim');
}

function heldShims(look: Look): readonly { readonly node: ShimNode; readonly held: HeldShim }[] {
    const byPid = new Map(look.known.shims.map((held) => [held.process.pid, held]));
    return shimsIn(look).flatMap((node) => {
        const held = byPid.get(node.process.pid);
        return held ? { node, held } : [];
    });
}

/** One shim may hold a pod. */
function perContainer({ known }: Look, held: HeldShim): number {
    return held.process.residentBytes / Math.max(1, known.containersOfShim.get(held)?.length ?? 1);
}

/** The median of what is left of the sorted values without this one of them: sorted once, for there may be 1,000 shims. */
function medianWithout(value: number, sorted: readonly number[]): number {
    const middle = Math.floor((sorted.length - 1) / 2);
    return sorted[value > (sorted[middle] ?? 0) ? middle : middle + 1] ?? 0;
}

function mebibytes(bytes: number): string {
    return `${String(Math.round(bytes / (1024 * 1024)))} MiB`;
}
