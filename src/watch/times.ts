/** In milliseconds, but for the share. */
export interface WatcherTimes {
    /**
     * Between two looks at /proc while nothing happens: it finds what events can't tell. A whole part of `reconciliation`,
     * for which there is a look, too.
     */
    readonly clock: number;
    /** How much of one core looks by the clock may take; where they would take more, the clock goes slower. */
    readonly share: number;
    /**
     * An engine is asked at least so often, and the clock goes no slower: events may get lost without a sign, and so may
     * the daemon itself.
     */
    readonly reconciliation: number;
    /** The same for an engine that refuses, which only a person can change. */
    readonly refused: number;
    /** An engine that fails otherwise is asked again after this time, then twice as late each time, and so late at most. */
    readonly firstRetry: number;
    readonly lastRetry: number;
    /** From an event to the look, so that a burst becomes one. */
    readonly gathering: number;
    /** Between two looks that events cause, on average. */
    readonly breath: number;
    /** From an engine's last event to one more look: it announces some changes before its own list has them. */
    readonly settling: number;
    /**
     * From the answer to a question about a single container that left a doubt to the next such question; then twice as
     * long each time, and so long at most.
     */
    readonly doubt: number;
    readonly longDoubt: number;
    /** So long at most where the doubt is whether it answers: its row says that it does not, and may not for long after. */
    readonly longSilence: number;
    /**
     * How long a look waits for an engine; then what it said last is marked as old. Of one that always takes longer, that
     * is later: after twice what it took last, and twice this at most.
     */
    readonly patience: number;
}

export const usualTimes: WatcherTimes = {
    clock: 2_500,
    share: 0.005,
    reconciliation: 5_000,
    refused: 30_000,
    firstRetry: 500,
    lastRetry: 5_000,
    gathering: 20,
    breath: 250,
    settling: 500,
    doubt: 2_000,
    longDoubt: 30_000,
    longSilence: 8_000,
    patience: 1_000,
};
