/** What could not be seen, why, and what would help. Partial knowledge is normal; unnamed gaps are not. */
export interface Gap {
    /** Who was asked, for example `docker unix:///var/run/docker.sock` or `/proc`. */
    readonly source: string;
    readonly reason: GapReason;
    /** The question is still under way: others were not kept waiting for the answer, and no deadline has passed. */
    readonly isPending?: true;
    /** What happened, in one line without a trailing period. */
    readonly detail: string;
    /** What a person can do about it, in one line. */
    readonly help: string;
    /** The kind of help, where a face can offer more than words: a guide, a command in a terminal, a setting. */
    readonly remedy?: Remedy;
    /** What a person could type into a terminal to that end; never run for them. */
    readonly command?: string;
}

/** Install Docker; start it by the gap's command; choose another docker context; look from a machine that has this /proc. */
export type Remedy = 'install' | 'start' | 'context' | 'platform';

/** `starting`: a daemon that has just been started and has not answered yet; only the topology can tell. */
export type GapReason = 'unreachable' | 'forbidden' | 'timeout' | 'starting' | 'malformed' | 'unsupported' | 'gone';
