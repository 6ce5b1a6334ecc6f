/** In milliseconds. */
export interface WatcherTimes {
    /** Between two looks at /proc while nothing happens: it finds what events can't tell. */
    readonly clock: number;
    /** An engine is asked at least so often, for events may get lost without a sign. */
    readonly reconciliation: number;
    /** From an event to the look, so that a burst becomes one. */
    readonly gathering: number;
    /** Between two looks that events cause. */
    readonly breath: number;
    /** After the last event of a burst: an engine announces some changes before its own list has them. */
    readonly settling: number;
    /** How long a look waits for an engine. */
    readonly patience: number;
}

export const usualTimes: WatcherTimes = {
    clock: 2_000,
    reconciliation: 15_000,
    gathering: 20,
    breath: 250,
    settling: 500,
    patience: 1_000,
};
