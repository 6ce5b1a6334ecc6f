import type { Gap } from '../../model/gap';
import type { Host, Process } from '../../model/process';
import type { CautionWanted } from './caution';
import type { LookFailure, LookFigures, LookOptions } from './look';

/** From the client to the process that reads. */
export type ReaderRequest = LookRequest | NextRequest;

export interface LookRequest extends LookOptions, CautionWanted {
    readonly kind: 'look';
}

/** For what follows a message of processes: unasked, thousands would come at once, and block the client's thread. */
export interface NextRequest {
    readonly kind: 'next';
}

/**
 * From the process that reads to its client, in answer to one look: first the processes that are new or say something
 * else than when they were last sent, a few hundred a message, each when it is asked for; then how the look went.
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

/**
 * Whether it can be taken for one. The process that reads is ours, but what it reads is not: should a stranger's bytes
 * ever take it over, its client must not fall with it.
 */
export function isReaderMessage(value: unknown): value is ReaderMessage {
    if (!isRecord(value)) return false;
    switch (value['kind']) {
        case 'changed':
            return isListOf(value['processes'], (one) => isRecord(one) && typeof one['pid'] === 'number');
        case 'done': {
            const { gone, host, gaps, figures } = value;
            const areRecords = isRecord(host) && isRecord(figures) && isListOf(gaps, isRecord);
            return areRecords && isListOf(gone, (one) => typeof one === 'number');
        }
        case 'failed': {
            const { result } = value;
            return isRecord(result) && result['ok'] === false && isRecord(result['gap']);
        }
        default:
            return false;
    }
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
    return Array.isArray(value) && value.every(isOne);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
