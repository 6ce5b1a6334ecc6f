import type { Gap } from '../../model/gap';
import type { Host, Process } from '../../model/process';

export interface LookOptions {
    /** Read all again, also what was seen to block: a person has asked for it. */
    readonly full?: boolean;
    /** Processes that somebody sees now: they are read even when the kernel says that no process came or went. */
    readonly onScreen?: readonly number[];
}

/** Every process at one moment. Objects that say the same as in the look before are the same objects. */
export interface Look extends LookFigures {
    readonly ok: true;
    readonly host: Host;
    readonly processes: readonly Process[];
    readonly gaps: readonly Gap[];
}

export interface LookFigures {
    /**
     * `full`: all processes, and of those that are no daemons a third of the costlier files; `steady`: those that are new, may have changed or have a part in anything;
     * `unchanged`: no process came or went since the last look, only those on screen and the very young were read.
     */
    readonly look: 'full' | 'steady' | 'unchanged';
    readonly filesOpened: number;
    readonly milliseconds: number;
}

/** Nothing could be read. */
export interface LookFailure {
    readonly ok: false;
    readonly gap: Gap;
}

export type LookResult = Look | LookFailure;
