/** How a piece of work ended that was given a fixed time. */
export type Outcome<T> =
    | { readonly kind: 'done'; readonly value: T }
    | { readonly kind: 'failed'; readonly error: unknown }
    /** The time was up; the work has been told to stop, and whatever it still says is ignored. */
    | { readonly kind: 'late' }
    | { readonly kind: 'cancelled' };

/**
 * Gives work a total time, connecting and the last byte included, by the monotonic clock.
 *
 * A hung daemon accepts connections and never answers, and the promises of a client may then never settle, not even
 * when aborted: so the work is raced, and not only told to stop. It never rejects, and leaves no timer behind.
 */
export function withinDeadline<T>(
    milliseconds: number,
    work: (signal: AbortSignal) => Promise<T>,
    cancelled?: AbortSignal,
): Promise<Outcome<T>> {
    return new Promise((resolve) => {
        const controller = new AbortController();
        const settle = (outcome: Outcome<T>): void => {
            clearTimeout(timer);
            cancelled?.removeEventListener('abort', cancel);
            resolve(outcome);
        };
        const stop = (outcome: Outcome<T>): void => {
            settle(outcome);
            controller.abort();
        };
        const cancel = (): void => stop({ kind: 'cancelled' });
        const timer = setTimeout(() => stop({ kind: 'late' }), milliseconds);
        if (cancelled?.aborted) {
            cancel();
            return;
        }
        cancelled?.addEventListener('abort', cancel, { once: true });
        // Both handlers stay attached when the time is up: a late failure is then nobody's unhandled rejection.
        startSafely(work, controller.signal).then(
            (value) => settle({ kind: 'done', value }),
            (error: unknown) => settle({ kind: 'failed', error }),
        );
    });
}

async function startSafely<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    return work(signal);
}
