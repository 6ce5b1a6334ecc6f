import { setTimeout as delay } from 'node:timers/promises';
import { checkPermission, connect } from './connection';
import { gapOf } from './failure';
import { decodeTaskExit, type Envelope, subscribe } from './protocol';

/** That something has happened, never what is there now: only a list tells that. */
export interface ContainerdHint {
    /** A container that is being made, or its begin or end; or those of an exec session, which no list tells. */
    readonly concerns: 'creation' | 'container' | 'exec';
}

export interface ContainerdEventTimes {
    /** For the connection to stand. */
    readonly answerMilliseconds: number;
    readonly firstRetryMilliseconds: number;
    readonly lastRetryMilliseconds: number;
    /** After a refusal that only a person can change. */
    readonly forbiddenRetryMilliseconds: number;
}

const usualTimes: ContainerdEventTimes = {
    answerMilliseconds: 5_000,
    firstRetryMilliseconds: 500,
    lastRetryMilliseconds: 5_000,
    forbiddenRetryMilliseconds: 30_000,
};

/** Events are small; the largest tells a container's labels. */
const largestEvent = 1024 * 1024;

/**
 * Follows a containerd's events until the signal, over every end and restart, and reads whatever comes at once.
 *
 * `onConnected` tells that a stream stands: what happened before, only a list tells. containerd itself does not answer
 * before the first event, so that this is known of the connection, and the question is then on its way.
 */
export async function followEvents(
    address: string,
    onHint: (hint: ContainerdHint) => void,
    onConnected: () => void,
    signal: AbortSignal,
    times: ContainerdEventTimes = usualTimes,
): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
        const startedAt = performance.now();
        const reason = await followOnce(address, onHint, onConnected, signal, times.answerMilliseconds);
        // One that ends every stream at once must not be asked in a loop: only a stream that lived resets.
        if (performance.now() - startedAt > 2 * times.lastRetryMilliseconds) failures = 0;
        const pause = reason === 'forbidden' ? times.forbiddenRetryMilliseconds : backoff(failures, times);
        await delay(pause, undefined, { signal }).catch(() => undefined);
    }
}

/** Returns when the stream has ended, with the reason. */
async function followOnce(
    address: string,
    onHint: (hint: ContainerdHint) => void,
    onConnected: () => void,
    signal: AbortSignal,
    answerMilliseconds: number,
): Promise<string> {
    const over = new AbortController();
    const connection = connect(address, AbortSignal.any([signal, over.signal]), largestEvent);
    try {
        await checkPermission(address, signal);
        await connection.ready(answerMilliseconds);
        const ended = connection.follow(subscribe, { filters: topics.map((topic) => `topic=="${topic}"`) }, (event) => {
            if (!signal.aborted) onHint(hintOf(event));
        });
        onConnected();
        await ended;
        return 'gone';
    } catch (error) {
        return gapOf(address, error, answerMilliseconds).reason;
    } finally {
        over.abort();
        connection.close();
    }
}

/** Of those in api/events/container.proto and task.proto, the ones that change what is listed, and the begin of an exec. */
const topics = [
    '/containers/create',
    '/containers/update',
    '/containers/delete',
    '/tasks/create',
    '/tasks/start',
    '/tasks/exit',
    '/tasks/delete',
    '/tasks/paused',
    '/tasks/resumed',
    '/tasks/exec-started',
];

/** The end of an exec session has the topic of a task's; its own id tells it apart. */
function hintOf({ topic, event }: Envelope): ContainerdHint {
    if (topic === '/tasks/exec-started') return { concerns: 'exec' };
    if (topic === '/containers/create' || topic === '/tasks/create') return { concerns: 'creation' };
    if (topic !== '/tasks/exit' || !event) return { concerns: 'container' };
    try {
        const { containerId, id } = decodeTaskExit(event.value);
        return { concerns: id === containerId ? 'container' : 'exec' };
    } catch {
        return { concerns: 'container' }; // what it means is not understood: a list will tell
    }
}

/** Doubles from the first delay to the last; a fifth of it at random, so that windows don't ask in step. */
function backoff(failures: number, { firstRetryMilliseconds, lastRetryMilliseconds }: ContainerdEventTimes): number {
    return Math.min(lastRetryMilliseconds, firstRetryMilliseconds * 2 ** failures) * (0.8 + 0.2 * Math.random());
}
