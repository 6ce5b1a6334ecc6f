import * as v from 'valibot';
import { fullId } from './wire';

/** Something may have changed: a reason to look, never a fact by itself. */
export interface EventHint {
    readonly containerId?: string;
    /** Docker's word, for example `start`, `die` or `exec_start: sh -c id`; foreign text from its colon on. */
    readonly action: string;
    /** Nanoseconds since 1970 by the daemon's clock, as exact as a double is (256 ns); may go backwards. */
    readonly timeNano?: number;
}

/** A container's labels travel with its events, and an image may bring megabytes of them. */
const longestLine = 1024 * 1024;

/**
 * Cuts the event stream (one JSON object a line) into hints, wherever the chunks begin and end.
 *
 * It works on bytes: a newline is never part of another UTF-8 character, so no character is ever cut. A line that is
 * too long or no JSON still says that something happened, and becomes a hint without a container.
 */
export function splitEvents(onHint: (hint: EventHint) => void): (chunk: Buffer) => void {
    let pieces: Buffer[] = [];
    let bytes = 0;
    const keep = (piece: Buffer): void => {
        bytes += piece.length;
        if (bytes <= longestLine) {
            pieces.push(piece);
        } else {
            pieces = []; // only its end is awaited now
        }
    };
    const finishLine = (): void => {
        const line = bytes > longestLine ? undefined : Buffer.concat(pieces).toString('utf8');
        pieces = [];
        bytes = 0;
        const hint = line === undefined ? unreadable : readHint(line);
        if (hint) {
            onHint(hint);
        }
    };
    return (chunk) => {
        let start = 0;
        for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
            keep(chunk.subarray(start, end));
            finishLine();
            start = end + 1;
        }
        if (start < chunk.length) {
            keep(chunk.subarray(start));
        }
    };
}

const unreadable: EventHint = { action: 'unreadable' };

const word = v.fallback(v.optional(v.string()), undefined);

/** `status` and `id` are how Docker before 1.10 and some other engines say Action and Actor.ID. */
const eventSchema = v.object({
    Type: word,
    Action: word,
    status: word,
    id: word,
    Actor: v.fallback(v.optional(v.object({ ID: word })), undefined),
    timeNano: v.fallback(v.optional(v.number()), undefined),
});

function readHint(line: string): EventHint | undefined {
    if (line.trim() === '') {
        return undefined;
    }
    let value: unknown;
    try {
        value = JSON.parse(line);
    } catch {
        return unreadable;
    }
    const parsed = v.safeParse(eventSchema, value);
    if (!parsed.success) {
        return unreadable;
    }
    const { Type, Action, status, id, Actor, timeNano } = parsed.output;
    if (Type !== undefined && Type !== 'container') {
        return undefined;
    }
    const containerId = Actor?.ID ?? id;
    return {
        action: Action ?? status ?? unreadable.action,
        ...(containerId !== undefined && fullId.test(containerId) && { containerId }),
        ...(timeNano !== undefined && { timeNano }),
    };
}
