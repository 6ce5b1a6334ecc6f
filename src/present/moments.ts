import prettyMilliseconds from 'pretty-ms';

/** `3 minutes 2 seconds`; never negative, whatever clocks do. */
export function age(milliseconds: number): string {
    const seconds = Math.max(0, Math.round(milliseconds / 1000)) * 1000;
    return prettyMilliseconds(seconds, { verbose: true, unitCount: 2 });
}

/** `2026-01-31 23:59:59 UTC`. */
export function moment(milliseconds: number): string {
    return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** By whose clock a node is told of. */
export interface Clock {
    /** In milliseconds since 1970. */
    readonly now: number;
    /** What is shown was recorded: its ages are as of then. */
    readonly isRecording: boolean;
}
