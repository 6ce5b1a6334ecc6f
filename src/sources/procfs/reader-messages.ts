import type { Gap } from '../../model/gap';
import type { Host, Process } from '../../model/process';
import type { CautionWanted } from './caution';
import type { CommandLineRead, ProcessIdentity } from './command-line';
import type { LookFailure, LookFigures, LookOptions } from './look';

/** From the client to the process that reads: one question at a time. */
export type ReaderRequest = LookRequest | NextRequest | CommandLineRequest;

export interface LookRequest extends LookOptions, CautionWanted {
    readonly kind: 'look';
}

/** For what follows a message of processes: unasked, thousands would come at once, and block the client's thread. */
export interface NextRequest {
    readonly kind: 'next';
}

export interface CommandLineRequest extends ProcessIdentity, CautionWanted {
    readonly kind: 'commandLine';
}

/**
 * From the process that reads to its client, in answer to one look: first the processes that are new or say something
 * else than when they were last sent, a few hundred a message, each when it is asked for; then how the look went. To any
 * other question there is one answer.
 */
export type ReaderMessage = ChangedProcesses | LookDone | LookFailed | CommandLineTold;

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

export interface CommandLineTold {
    readonly kind: 'commandLine';
    readonly read: CommandLineRead;
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
        case 'commandLine': {
            const { read } = value;
            if (!isRecord(read)) return false;
            const isCut = read['argvTruncated'] === undefined || read['argvTruncated'] === true;
            return typeof read['refused'] === 'string' || (isCut && isListOf(read['argv'], isString));
        }
        default:
            return false;
    }
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
    return Array.isArray(value) && value.every(isOne);
}

function isString(value: unknown): value is string {
    return typeof value === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
