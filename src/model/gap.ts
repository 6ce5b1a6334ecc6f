/** What could not be seen, why, and what would help. Partial knowledge is normal; unnamed gaps are not. */
export interface Gap {
    /** Who was asked, for example `docker unix:///var/run/docker.sock` or `/proc`. */
    readonly source: string;
    readonly reason: GapReason;
    /** What happened, in one line without a trailing period. */
    readonly detail: string;
    /** What a person can do about it, in one line. */
    readonly help: string;
}

export type GapReason = 'unreachable' | 'forbidden' | 'timeout' | 'malformed' | 'unsupported' | 'gone';
