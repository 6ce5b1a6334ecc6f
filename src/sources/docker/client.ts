import type Dockerode from 'dockerode';
import { setMaxListeners } from 'node:events';
import type { ContainerInspection } from '../../model/container';
import type { Engine } from '../../model/engine';
import type { Gap } from '../../model/gap';
import { connect } from './connection';
import { withinDeadline } from './deadline';
import type { DockerEndpoint } from './endpoint';
import type { EventHint } from './event-lines';
import { followEvents, usualEventTimes, type EventTimes } from './events';
import { gapOf, malformedGap } from './failure';
import {
    fullId,
    normaliseInfo,
    normaliseInspection,
    normaliseList,
    normaliseVersion,
    type EngineIdentity,
} from './wire';

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly gap: Gap };

/** One daemon's API, for reading. Nothing here throws or rejects; what fails is told as a Gap. */
export interface DockerSource {
    readonly endpoint: DockerEndpoint;
    /**
     * Lists all containers. When that fails, what `previous` had stays, with its age, and `problem` says why. Version
     * and the like are asked for after the first list, and again when it may be another daemon that answers; they appear
     * as soon as they are known.
     */
    look(previous?: Engine): Promise<Engine>;
    /** What GET /version and GET /info told, as far as it is known; waits for an asking that is under way. */
    identity(): Promise<EngineIdentity>;
    inspect(id: string): Promise<Answer<ContainerInspection>>;
    /** The whole answer of inspect, as it is: environment variables (and so secrets) included. */
    inspectDocument(id: string): Promise<Answer<unknown>>;
    /** Follows the daemon's events, over its restarts; connected or not again means: look. */
    events(onHint: (hint: EventHint) => void, onStateChange: (connected: boolean) => void): { dispose(): void };
    /** How many questions were put to the daemon so far, the event stream not counted. */
    requests(): number;
    /** Ends everything under way; no socket, timer or stream is left. */
    dispose(): void;
}

export interface DockerTimes {
    /** For the list, connecting and the last byte of the answer included; for a stream, until it begins; less for the rest. */
    readonly requestMs: number;
    /** What the login on another machine may take besides, through ssh. */
    readonly loginMs?: number;
    readonly events?: Omit<EventTimes, 'answerMs'>;
}

/** Each try begins with a login on another machine. */
const eventTimesThroughSsh = { ...usualEventTimes, firstRetryMs: 5_000 };

/** How much of the deadline a question may take, and how large its answer may be, in bytes. */
interface Patience {
    readonly share: number;
    readonly largestBody: number;
}

/**
 * All rests on the list. For an inspection somebody waits with the pointer on a row; and what a daemon is called is
 * nice to know.
 */
const patience = {
    list: { share: 1, largestBody: 64 * 1024 * 1024 },
    inspect: { share: 0.6, largestBody: 5 * 1024 * 1024 },
    identity: { share: 0.4, largestBody: 5 * 1024 * 1024 },
} as const;
/** A daemon whose containerd hangs answers lists, but not version and info: they are not asked for at each look. */
const identityRetryMs = 30_000;
/** Of each kind: those that may answer, and those that did not when they were asked last. */
const inspectionsAtOnce = 8;

export function openDocker(endpoint: DockerEndpoint, times: Partial<DockerTimes> = {}): DockerSource {
    const isFar = endpoint.address.kind === 'ssh';
    const requestMs = times.requestMs ?? 5_000;
    const loginMs = isFar ? (times.loginMs ?? 15_000) : 0;
    const eventTimes = times.events ?? (isFar ? eventTimesThroughSsh : usualEventTimes);
    const disposal = new AbortController();
    setMaxListeners(0, disposal.signal); // one for each question under way, which is no leak
    const followers = new Set<{ dispose(): void }>();
    const inspections = new Map<string, Promise<Answer<unknown>>>();
    const inTurn = limitConcurrency(inspectionsAtOnce);
    /** Containers whose inspection hung: they wait in a line of their own, or they would keep the others waiting. */
    const wedged = new Set<string>();
    const inTurnOfWedged = limitConcurrency(inspectionsAtOnce);
    let known: ReadonlySet<string> = new Set();
    let looking: Promise<Engine> | undefined;
    let identity: EngineIdentity = {};
    let identifying: Promise<void> | undefined;
    let identifyAfter = 0;
    let requests = 0;

    async function ask<T>(
        wanted: string,
        { share, largestBody }: Patience,
        question: (docker: Dockerode) => Promise<T>,
    ): Promise<Answer<unknown>> {
        requests++;
        const milliseconds = requestMs * share + loginMs;
        const outcome = await withinDeadline(
            milliseconds,
            async (signal) => question(await connect(endpoint.address, { signal, largestBody })),
            disposal.signal,
        );
        return outcome.kind === 'done'
            ? { ok: true, value: outcome.value }
            : { ok: false, gap: await gapOf(outcome, endpoint, wanted, milliseconds) };
    }

    async function listContainers(previous: Engine | undefined): Promise<Engine> {
        const wanted = 'the list of containers';
        const listedAt = Date.now();
        const answer = await ask(wanted, patience.list, (docker) => docker.listContainers({ all: true }));
        const { address } = endpoint;
        const named = {
            endpoint: endpoint.endpoint,
            foundBy: endpoint.foundBy,
            ...(address.kind === 'tcp' && !address.tls && { isUnencrypted: true as const }),
        };
        const list = answer.ok ? normaliseList(answer.value) : undefined;
        if (!list?.ok) {
            identifyAfter = 0; // whoever answers next may be another daemon
            const problem = answer.ok ? malformedGap(endpoint, wanted, list?.problem ?? '') : answer.gap;
            return { ...identity, containers: [], ...previous, ...named, problem };
        }
        known = new Set(list.value.map(({ id }) => id));
        for (const id of wedged) if (!known.has(id)) wedged.delete(id);
        identify();
        return { ...named, ...identity, containers: list.value, listedAt };
    }

    function identify(): void {
        if (identifying || performance.now() < identifyAfter) {
            return;
        }
        identifyAfter = Infinity; // unless another daemon may have answered meanwhile
        identifying = (async () => {
            const [version, info] = await Promise.all([
                ask('its version', patience.identity, (docker) => docker.version()),
                ask('its settings', patience.identity, (docker) => docker.info()),
            ]);
            identity = {
                ...(version.ok && normaliseVersion(version.value)),
                ...(info.ok && normaliseInfo(info.value)),
            };
            if (!version.ok || !info.ok) identifyAfter = Math.min(identifyAfter, performance.now() + identityRetryMs);
            identifying = undefined;
        })();
    }

    /** An id becomes part of a URL: only one that the daemon itself has told may leave. */
    function refuse(id: string): Gap | undefined {
        const source = `docker ${endpoint.endpoint}`;
        if (!fullId.test(id)) {
            return {
                source,
                reason: 'malformed',
                detail: 'that is not the id of a container',
                help: 'Give all 64 hex digits of the id',
            };
        }
        return known.has(id)
            ? undefined
            : { source, reason: 'gone', detail: `the last list has no container ${id}`, help: 'Refresh' };
    }

    /** A wedged container is asked once, however many want to know, and delays no other. */
    function inspectDocument(id: string): Promise<Answer<unknown>> {
        const gap = refuse(id);
        if (gap) {
            return Promise.resolve({ ok: false, gap });
        }
        const underWay = inspections.get(id);
        if (underWay) {
            return underWay;
        }
        const wanted = `container ${id.slice(0, 12)}`;
        const inspection = (wedged.has(id) ? inTurnOfWedged : inTurn)(async () => {
            const answer = await ask(wanted, patience.inspect, (docker) => docker.getContainer(id).inspect());
            if (!answer.ok && answer.gap.reason === 'timeout') wedged.add(id);
            else wedged.delete(id);
            return answer;
        }).finally(() => inspections.delete(id));
        inspections.set(id, inspection);
        return inspection;
    }

    return {
        endpoint,
        look: (previous) => {
            looking ??= listContainers(previous).finally(() => {
                looking = undefined;
            });
            return looking;
        },
        identity: async () => {
            await identifying;
            return identity;
        },
        inspectDocument,
        inspect: async (id) => {
            const answer = await inspectDocument(id);
            if (!answer.ok) {
                return answer;
            }
            const inspection = normaliseInspection(answer.value, id);
            return inspection.ok
                ? inspection
                : { ok: false, gap: malformedGap(endpoint, `container ${id.slice(0, 12)}`, inspection.problem) };
        },
        events: (onHint, onStateChange) => {
            let connectedAt = performance.now();
            const onConnection = (connected: boolean): void => {
                // Another daemon may take the place of one that ends; but an end that follows at once is only a habit.
                const lasted = performance.now() - connectedAt;
                if (connected) connectedAt = performance.now();
                else if (lasted > eventTimes.lastRetryMs) identifyAfter = 0;
                onStateChange(connected);
            };
            const follower = followEvents(endpoint, onHint, onConnection, {
                ...eventTimes,
                answerMs: requestMs + loginMs,
            });
            followers.add(follower);
            return {
                dispose: () => {
                    identifyAfter = 0; // whom nobody follows any more may give way to another daemon unnoticed
                    followers.delete(follower);
                    follower.dispose();
                },
            };
        },
        requests: () => requests,
        dispose: () => {
            disposal.abort();
            followers.forEach((follower) => follower.dispose());
            followers.clear();
        },
    };
}

/** Runs tasks as they come, at most `most` at once. */
function limitConcurrency(most: number): <T>(task: () => Promise<T>) => Promise<T> {
    const waiting: (() => void)[] = [];
    let running = 0;
    return async (task) => {
        if (running >= most) {
            await new Promise<void>((resolve) => waiting.push(resolve));
        } else {
            running++;
        }
        try {
            return await task();
        } finally {
            const next = waiting.shift();
            if (next) {
                next(); // takes this one's place
            } else {
                running--;
            }
        }
    };
}
