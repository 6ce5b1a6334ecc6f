import type { GapReason } from '../model/gap';
import type { WatcherTimes } from './times';

/** When each daemon is to be asked, by what it answered last and what has been heard of it since. */
export class Askings<Daemon extends object> {
    readonly #known = new WeakMap<Daemon, Asking>();
    readonly #times: AskingTimes;

    constructor(times: AskingTimes) {
        this.#times = times;
    }

    /** Those that a look has to ask, which begins now. Who still owes an answer is not asked for another one. */
    takeDue<One extends Daemon>(daemons: readonly One[], isAsked: 'everybody' | 'whoever is due'): readonly One[] {
        const now = performance.now();
        const due = daemons.filter((daemon) => {
            const { isLate, isDirty, dueAt } = this.#of(daemon);
            return !isLate && (isAsked === 'everybody' || isDirty || now >= dueAt - clockGrainMilliseconds);
        });
        for (const daemon of due) {
            const asking = this.#of(daemon);
            asking.isDirty = false;
            asking.askedAt = now;
            asking.dueAt = now + this.#times.reconciliation;
        }
        return due;
    }

    /** By the monotonic clock; -Infinity before the first time. */
    askedAt(daemon: Daemon): number {
        return this.#of(daemon).askedAt;
    }

    hasAsked(daemon: Daemon): boolean {
        return this.#of(daemon).askedAt > -Infinity;
    }

    /** The look that asked it ends without its answer, which comes later. */
    waitFor(daemon: Daemon): void {
        this.#of(daemon).isLate = true;
    }

    /** Whether it owes an answer for so long that a look has to mark what it said last as old, which it then does. */
    takeOverdue(daemon: Daemon): boolean {
        const asking = this.#of(daemon);
        asking.isMarked = asking.askedAt > asking.answeredAt && performance.now() >= this.#overdueAt(daemon);
        return asking.isMarked;
    }

    /** In how many milliseconds the next one of those who owe an answer is to be marked; Infinity where there is none. */
    untilOverdue(daemons: readonly Daemon[]): number {
        const unmarked = daemons.filter((one) => this.#of(one).isLate && !this.#of(one).isMarked);
        return Math.max(0, Math.min(...unmarked.map((one) => this.#overdueAt(one))) - performance.now());
    }

    /**
     * It has answered after so many milliseconds, or failed for that reason. One that fails is asked again soon, and ever
     * more rarely while it goes on to fail: counted from the question, so that one whose silence takes that long always
     * has a question waiting.
     */
    hasAnswered(daemon: Daemon, failure: GapReason | undefined, wait: number): void {
        const asking = this.#of(daemon);
        asking.isLate = false;
        asking.failure = failure;
        asking.answeredAt = performance.now();
        if (failure !== undefined) {
            asking.failures++;
            asking.failedAt = asking.answeredAt;
        } else {
            asking.took = wait;
            // And no sooner: a single answer among failures makes none that is asked often.
            if (asking.answeredAt - asking.failedAt > 2 * this.#times.lastRetry) asking.failures = 0;
        }
        asking.dueAt = asking.askedAt + this.#pauseAfter(failure, asking.failures);
    }

    /** A daemon has been started, and so there is hope for those who fail; not for those who refuse. */
    hope(daemons: readonly Daemon[]): void {
        for (const daemon of daemons) {
            const asking = this.#of(daemon);
            if (asking.failure === undefined || isRefusal(asking.failure)) continue;
            asking.failures = 0;
            asking.dueAt = -Infinity;
        }
    }

    /** In how many milliseconds the next one of those who were asked is to be asked again; Infinity where there is none. */
    untilDue(daemons: readonly Daemon[]): number {
        const asked = daemons.filter((daemon) => this.hasAsked(daemon) && !this.#of(daemon).isLate);
        return Math.max(0, Math.min(...asked.map((daemon) => this.#of(daemon).dueAt)) - performance.now());
    }

    /** It must be asked at the next look; and, where its list may not have the change yet, once more after a while. */
    markDirty(daemon: Daemon, { isUnsettled }: { readonly isUnsettled: boolean }): void {
        const asking = this.#of(daemon);
        asking.isDirty = true;
        if (isUnsettled) asking.unsettledAt = performance.now();
    }

    /**
     * What events have told longer ago than `milliseconds`, the lists have by now: those daemons must be asked once more.
     * Tells when the next one will be that far: in how many milliseconds, Infinity when there is none.
     */
    settle(daemons: readonly Daemon[], milliseconds: number): number {
        let next = Infinity;
        for (const daemon of daemons) {
            const asking = this.#of(daemon);
            const remaining = asking.unsettledAt + milliseconds - performance.now();
            if (remaining > 0) {
                next = Math.min(next, remaining);
                continue;
            }
            asking.isDirty = true;
            asking.unsettledAt = Infinity;
        }
        return next;
    }

    /** One that always takes its time may take as much again: marked as old at each question, it would flicker. */
    #overdueAt(daemon: Daemon): number {
        const { askedAt, took } = this.#of(daemon);
        const { patience } = this.#times;
        return askedAt + Math.min(Math.max(patience, 2 * took), mostPatience * patience);
    }

    #pauseAfter(failure: GapReason | undefined, failures: number): number {
        const { reconciliation, refused, firstRetry, lastRetry } = this.#times;
        if (failure === undefined) return reconciliation;
        if (isRefusal(failure)) return refused;
        // A fifth of it at random, so that windows don't ask in step.
        return Math.min(lastRetry, firstRetry * 2 ** (failures - 1)) * (0.8 + 0.2 * Math.random());
    }

    #of(daemon: Daemon): Asking {
        const known = this.#known.get(daemon);
        if (known) return known;
        const asking: Asking = {
            askedAt: -Infinity,
            answeredAt: -Infinity,
            failedAt: -Infinity,
            dueAt: -Infinity,
            isLate: false,
            isMarked: false,
            took: 0,
            failure: undefined,
            failures: 0,
            isDirty: false,
            unsettledAt: Infinity,
        };
        this.#known.set(daemon, asking);
        return asking;
    }
}

type AskingTimes = Pick<WatcherTimes, 'reconciliation' | 'refused' | 'firstRetry' | 'lastRetry' | 'patience'>;

/** A timer may ring within the last millisecond before its time. */
export const clockGrainMilliseconds = 2;

/** However slow a daemon usually is. */
const mostPatience = 2;

/** Moments are by the monotonic clock. */
interface Asking {
    askedAt: number;
    answeredAt: number;
    /** When it is to be asked again, though nothing be heard of it. */
    dueAt: number;
    /** It was asked, and has not answered yet. */
    isLate: boolean;
    /** What it said before is marked as old. */
    isMarked: boolean;
    /** How long it let us wait when it last answered, in milliseconds. */
    took: number;
    /** Why its last answer was none. */
    failure: GapReason | undefined;
    failedAt: number;
    /** Since it last answered for a while, or there was reason to hope. */
    failures: number;
    /** An event has told a change since it was last asked. */
    isDirty: boolean;
    /** When an event last told a change that its list may not have had yet; else Infinity. */
    unsettledAt: number;
}

/** No permission, another version of the API, a port that wants TLS. */
function isRefusal(failure: GapReason): boolean {
    return failure === 'forbidden' || failure === 'unsupported';
}
