import type { Container } from '../../model/container';
import type { Process } from '../../model/process';
import { baseName } from '../command-line';
import { childrenOf, hasEnded, parentOf } from '../process-table';
import { surroundings } from '../interpretation';
import type { RunningContainer } from '../running-containers';
import { healthOf, isSaidToBePaused, saidStateOf } from '../container-state';
import { ageSeconds, isStarting } from '../start-time';
import type { Evidence } from '../topology';
import { type Look, type Rule, seesTooLittle, type Sighting, withProcess } from './rule';

/** Ended, and its parent has not asked how: each keeps a pid, of which a container may have a limit, wait(2). */
const zombies: Rule = {
    code: 'zombies',
    severity: 'warning',
    isTransient: true,
    find: (look) => {
        const { table } = look.known;
        const nodeOf = new Map(withProcess(look).map(({ node, process }) => [process, node.id]));
        return look.processes.flatMap(({ id, process }): readonly Sighting[] => {
            if (!hasEnded(process)) return [];
            const parent = parentOf(table, process);
            const parentId = parent && nodeOf.get(parent);
            const who = parent ? ` (${parent.comm})` : '';
            return [
                {
                    about: id,
                    ...(parentId !== undefined && { others: [parentId] }),
                    group: `children of ${String(process.ppid)}`,
                    evidence: [
                        { source: 'proc', detail: `process ${String(process.pid)} (${process.comm}) is in state Z` },
                        { source: 'ppid', detail: `its parent ${String(process.ppid)}${who} has not waited for it` },
                    ],
                },
            ];
        });
    },
};

/**
 * In state D no signal reaches it, but for SIGKILL in some waits (TASK_KILLABLE). Every wait for a disk is one, so it must
 * be the same wait in both looks: the same kernel function, and not once woken in between.
 */
const uninterruptible: Rule = {
    code: 'uninterruptible',
    severity: 'warning',
    isTransient: true,
    find: (look) => {
        return withProcess(look).flatMap(({ node, process }): readonly Sighting[] => {
            const { kernelFunction, sleeps } = process.wait ?? {};
            // Where it was not read how often it slept, nothing tells one wait from the next.
            if (process.state !== 'D' || sleeps === undefined) return [];
            if (isFrozen(process) || isPaused(look, process)) return [];
            return [
                {
                    about: node.id,
                    mark: `${kernelFunction ?? ''} ${String(sleeps)}`,
                    evidence: [
                        { source: 'proc', detail: `process ${String(process.pid)} (${process.comm}) is in state D` },
                        { source: 'proc', detail: `wchan: ${kernelFunction ?? 'not readable'}` },
                    ],
                },
            ];
        });
    },
};

/** Under a shim, runc makes or changes something and is gone; `runc run`, which builders use, stays with its container. */
const runcDidNotExit: Rule = {
    code: 'runc-did-not-exit',
    severity: 'warning',
    isTransient: true,
    find: (look) =>
        look.processes.flatMap(({ id, process, role, containerId }): readonly Sighting[] => {
            const { snapshot } = look.known;
            if (role !== 'runc' || hasEnded(process) || isStarting(snapshot, process)) return [];
            // It goes on with its container; the runc that waits for it is told, with that cause.
            if (isPaused(look, process)) return [];
            // It waits for the order to start, which for a container that was only created may never come.
            if (process.argv?.includes('run') || isFirstOfCreated(look, process)) return [];
            // In a container, what calls itself so may be anything.
            if (containerId !== undefined && process.exe === undefined) return [];
            const age = ageSeconds(snapshot, process) ?? 0;
            const detail = `process ${String(process.pid)} (${process.comm}) is ${String(Math.round(age))} seconds old`;
            const children = childrenOf(look.known.table, process).filter((child) => !hasEnded(child));
            const waitsFor = children.map((child): Evidence => {
                const state = isPaused(look, child) ? 'is paused together with its container' : 'has not ended';
                return { source: 'ppid', detail: `its child ${String(child.pid)} (${child.comm}) ${state}` };
            });
            return [{ about: id, evidence: [{ source: 'proc', detail }, ...waitsFor] }];
        }),
};

/**
 * A killed `docker exec` leaves its session running. Nothing in the kernel or in Docker's API ties a session to its
 * client, so this says only what can be known: no client that could have started it is running on this host. It may
 * also have been started with -d, or over the API by a program or from elsewhere.
 */
const execWithoutClient: Rule = {
    code: 'exec-without-client',
    severity: 'information',
    isTransient: true,
    isBlind: seesTooLittle,
    find: (look) => {
        const { known } = look;
        const clients = known.table.all.filter(isExecClient);
        const containers = new Map(look.containers.map((node) => [node.id, node]));
        return look.processes.flatMap((node): readonly Sighting[] => {
            const { id, process, role, parent } = node;
            const container = containers.get(parent ?? '')?.container;
            if (role !== 'exec' || hasEnded(process) || !container) return [];
            if (healthOf(container) !== undefined && mayBeHealthcheck(look, container, process)) return [];
            if (isStarting(known.snapshot, process) || mayBeLeftBehind(look, process)) return [];
            if (clients.some((one) => mayHaveStarted(look, one, process) && mayName(one, container))) return [];
            return [
                {
                    about: id,
                    evidence: [
                        ...node.evidence,
                        {
                            source: 'proc',
                            detail: 'no client that names its container and started just before it is seen here',
                        },
                    ],
                },
            ];
        });
    },
};

/**
 * Without inspect, a health check looks like any other session. With it, one that its shell has replaced may still do,
 * but checks are over soon.
 */
function mayBeHealthcheck({ known }: Look, { inspected }: Container, session: Process): boolean {
    return !inspected || (ageSeconds(known.snapshot, session) ?? 0) < longestHealthcheckSeconds;
}

export const processRules: readonly Rule[] = [zombies, uninterruptible, runcDidNotExit, execWithoutClient];

function isFirstOfCreated({ known, nodes }: Look, process: Process): boolean {
    const running = known.membership.of(process)?.container;
    const node = running && nodes.get(known.containerIds.get(running) ?? '');
    if (node?.kind !== 'container' || node.mainPid !== process.pid) return false;
    return (saidStateOf(node) ?? 'created') === 'created';
}

/** The freezer of cgroup v1 holds paused processes in this function of the kernel (kernel/freezer.c). */
function isFrozen({ wait }: Process): boolean {
    return wait?.kernelFunction === '__refrigerator';
}

/** Together with its container or with one around that, whoever says so: the freezer of an outer one holds the inner, too. */
function isPaused({ known, nodes }: Look, process: Process): boolean {
    const seen = new Set<RunningContainer>();
    let running = known.membership.of(process)?.container;
    for (; running && !seen.has(running); running = surroundings(known.membership, running.shim)) {
        seen.add(running);
        const node = nodes.get(known.containerIds.get(running) ?? '');
        if (node?.kind !== 'container') continue;
        const { container, containerd } = node;
        if (isSaidToBePaused({ container }) || isSaidToBePaused({ containerd })) return true;
    }
    return false;
}

/**
 * What a container's process leaves behind goes to the first process of its pid namespace. Only where that is its
 * shim's, too (--pid=host), may it go to the shim, and there one that has called setsid(2) looks like a session.
 */
function mayBeLeftBehind({ known }: Look, session: Process): boolean {
    const shim = parentOf(known.table, session);
    const [inner, outer] = [session.namespaces?.pid, shim?.namespaces?.pid];
    if (inner !== undefined && outer !== undefined) return inner === outer;
    return (session.namespacePids?.length ?? 1) <= (shim?.namespacePids?.length ?? 1);
}

/** `docker exec`, `docker compose exec`, `docker-compose exec`; generous, for a client too many hides what is only information. */
function isExecClient(process: Process): boolean {
    const { argv = [] } = process;
    if (!argv.includes('exec')) return false;
    return argv.slice(0, 2).some((word) => /^(docker|podman|nerdctl|ctr|crictl)/.test(baseName(word)));
}

/** By a name of the container, the beginning of its id, or the service that Compose made it for. */
function mayName({ argv = [], argvTruncated }: Process, { id, names, labels }: Container): boolean {
    const service = labels['com.docker.compose.service'];
    return (
        argvTruncated === true ||
        argv.some((word) => names.includes(word) || word === service || (word.length > 0 && id.startsWith(word)))
    );
}

/** A client asks for its session at once; on a busy machine it takes some seconds to begin. */
function mayHaveStarted({ known }: Look, client: Process, session: Process): boolean {
    const seconds = (session.startTicks - client.startTicks) / known.snapshot.host.ticksPerSecond;
    return !hasEnded(client) && seconds >= 0 && seconds < longestExecStartSeconds;
}

const longestExecStartSeconds = 60;

/** Twice as long as Docker lets one take that names no timeout. */
const longestHealthcheckSeconds = 60;
