import type { Gap } from '../../model/gap';
import type { Host, Process } from '../../model/process';
import type { LookFailure, LookFigures, LookOptions } from './look';

/** From the client to the process that reads. */
export interface LookRequest extends LookOptions {
    readonly kind: 'look';
}

/**
 * From the process that reads to its client, in answer to one request: first the processes that are new or say
 * something else than when they were last sent, a few hundred a message so that none blocks its receiver for long; then
 * how the look went.
 */
export type ReaderMessage = ChangedProcesses | LookDone | LookFailed;

export interface ChangedProcesses {
    readonly kind: 'changed';
    readonly processes: readonly Process[];
}

export interface LookDone {
    readonly kind: 'done';
    /** Processes that were sent before and are gone. */
    readonly gone: readonly number[];
    readonly host: Host;
    readonly gaps: readonly Gap[];
    readonly figures: LookFigures;
}

export interface LookFailed {
    readonly kind: 'failed';
    readonly result: LookFailure;
}
