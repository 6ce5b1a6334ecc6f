import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { connect } from './connection';
import { withinDeadline } from './deadline';
import type { DockerEndpoint } from './endpoint';
import { splitEvents, type EventHint } from './event-lines';
import { isForbidden } from './failure';

export interface EventTimes {
    /** For the answer to begin. */
    readonly answerMs: number;
    readonly firstRetryMs: number;
    /** Also for a refusal, which only a person can change. */
    readonly lastRetryMs: number;
}

/**
 * How many ends soon after each other are made good at once. A network that comes and goes cuts; who ends a stream as
 * HTTP does, without need, will end the next one, too.
 */
const quickRetries = { cut: 2, ended: 1 };

/** The list is asked for every few seconds meanwhile: where no stream lasts, little is lost by asking rarely for one. */
export const usualEventTimes: Omit<EventTimes, 'answerMs'> = { firstRetryMs: 500, lastRetryMs: 30_000 };

/**
 * Follows the container events of a daemon until disposed, over every end and restart.
 *
 * The stream is always drained, whatever comes: dockerd waits 100 ms for a slow reader at every event, and so slows
 * every client's calls, and then drops events silently. Neither `since` nor `until` is ever sent: both compare our clock
 * with the daemon's, which may differ, and the past is gone after a restart anyway. What was missed, the next list tells.
 */
export function followEvents(
    endpoint: DockerEndpoint,
    onHint: (hint: EventHint) => void,
    onStateChange: (connected: boolean) => void,
    { answerMs, firstRetryMs, lastRetryMs }: EventTimes,
): { dispose(): void } {
    const disposal = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let stream: IncomingMessage | undefined;
    /** In a row: how often none began, and how often one ended soon. */
    let failures = 0;
    let ends = 0;

    /** Up to a fifth later at random, so that windows don't ask in step. */
    const retry = (delay: number): void => {
        if (!disposal.signal.aborted) {
            timer = setTimeout(() => void follow(), delay * (1 + 0.2 * Math.random()));
        }
    };

    const follow = async (): Promise<void> => {
        // The deadline ends with the first byte of the answer; the stream itself lives until it closes, or dispose.
        const opened = await withinDeadline(answerMs, (signal) => open(endpoint, signal), disposal.signal);
        if (opened.kind === 'done' && disposal.signal.aborted) {
            opened.value.destroy();
            return;
        }
        if (opened.kind !== 'done') {
            const forbidden = opened.kind === 'failed' && isForbidden(opened.error);
            retry(forbidden ? lastRetryMs : Math.min(lastRetryMs, firstRetryMs * 8 ** failures++));
            return;
        }
        failures = 0;
        stream = opened.value;
        const openedAt = performance.now();
        onStateChange(true);
        await drain(stream, (hint) => {
            // One chunk holds many events, and any of them may be the reason to stop.
            if (!disposal.signal.aborted) {
                onHint(hint);
            }
        });
        if (disposal.signal.aborted) {
            return;
        }
        // A daemon that ends every stream at once must not make us ask in a loop, for its list each time besides.
        ends = performance.now() - openedAt > lastRetryMs ? 0 : ends;
        onStateChange(false);
        const quick = stream.complete ? quickRetries.ended : quickRetries.cut;
        retry(ends < quick ? firstRetryMs * 4 ** ends : lastRetryMs);
        ends++;
    };

    void follow();
    return {
        dispose: () => {
            disposal.abort();
            clearTimeout(timer);
            stream?.destroy();
        },
    };
}

async function open(endpoint: DockerEndpoint, signal: AbortSignal): Promise<IncomingMessage> {
    const docker = await connect(endpoint.address, { signal, largestBody: 0 });
    // What the connection hands out is node's own response.
    const stream = (await docker.getEvents({ filters: { type: ['container'] } })) as IncomingMessage;
    // A peer that vanished without a word (a VM, a network) is noticed in a minute or two; ssh has its own way.
    if (stream.socket instanceof Socket) {
        stream.socket.setKeepAlive(true, 30_000);
    }
    return stream;
}

/** Ends when the stream does, in whatever way: a clean end, an abrupt one (which has no `end`), or our own abort. */
function drain(stream: IncomingMessage, onHint: (hint: EventHint) => void): Promise<void> {
    return new Promise((resolve) => {
        stream.once('close', resolve);
        stream.on('data', splitEvents(onHint));
        if (stream.closed) {
            resolve();
        }
    });
}
