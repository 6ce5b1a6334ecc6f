import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
import type { CommandLine, Process } from '../../model/process';
import { BlockedReads } from './blocked-reads';
import type { ProcessIdentity } from './command-line';
import { withFactsFromBefore } from './facts-from-before';
import { blocks, notTried } from './files';
import { forkReader, type ForkedReader } from './forked-reader';
import { helpBlocking, noCommandLine } from './gaps';
import type { LookFailure, LookOptions, LookResult } from './look';

export interface Procfs {
    /** One look at a time: who asks while one is under way gets the answer of that one. Never rejects. */
    readonly look: (options?: LookOptions) => Promise<LookResult>;
    /**
     * The whole command line of one process, as far as somebody reads it. Through a reader of its own, which ends with
     * the answer: what blocks there holds up no look. One at a time. Never rejects.
     */
    readonly commandLine: (process: ProcessIdentity) => Promise<CommandLine | Gap>;
    /** Ends the reader processes; what is under way is answered with a gap. */
    readonly dispose: () => void;
}

export interface ProcfsOptions {
    /** Where the proc file system is mounted, or a saved copy of a part of one; usually `/proc`. */
    readonly root: string;
    /** The bundled reader-process.ts. */
    readonly readerPath: string;
    /** No look takes longer. */
    readonly deadlineMilliseconds: number;
    /** What is known of reads that never return, where that is to outlive what is opened here. */
    readonly blockedReads?: BlockedReads;
    /** For tests: no test can make a reader that does not die. */
    readonly fork?: typeof forkReader;
}

/** Of a look's time: then what still blocks is looked for no longer, and what can be had is read. */
const shareOfSearch = 0.6;

/** So many readers that do not die are borne, and then only what should never block is read. */
const mostHanging = 2;

/**
 * Looks at the processes below a root through a process of its own, which is forked at the first look and whenever the
 * one before is gone.
 *
 * When a look stands still, some read may block. Then that process is killed, and others take its place that say what they
 * read before they do: what the last word of one was before its silence is left out from then on, and said to be missing.
 * Where there is too much of that, only stat is read for once, and the next look goes on searching.
 */
export function openProcfs(options: ProcfsOptions): Procfs {
    const root = resolve(options.root);
    const { readerPath, deadlineMilliseconds, blockedReads = new BlockedReads(), fork = forkReader } = options;
    let reader: ForkedReader | undefined;
    let mustReadAll = false;
    let lastWhole: readonly Process[] = [];
    let lookUnderWay: Promise<LookResult> | undefined;
    let commandLineReader: ForkedReader | undefined;
    let lastCommandLine: Promise<unknown> = Promise.resolve();
    let timeoutsInARow = 0;
    let quietUntil = Number.NEGATIVE_INFINITY;
    let isDisposed = false;

    async function look(lookOptions: LookOptions): Promise<LookResult> {
        const startedAt = performance.now();
        if (lookOptions.full || blockedReads.areOld) {
            blockedReads.forget(); // do they still block?
            mustReadAll = true;
            quietUntil = Number.NEGATIVE_INFINITY;
        }
        if (startedAt < quietUntil) {
            return failure('timeout', `reading ${root} never ends: it is tried rarely now`, helpBlocking);
        }
        const searchEndsAt = startedAt + shareOfSearch * deadlineMilliseconds;
        const endsAt = startedAt + deadlineMilliseconds;
        let isSearching = false;
        let hasFound = false;
        for (let now = startedAt; now < endsAt && !isDisposed; now = performance.now()) {
            if (!reader && blockedReads.hanging >= mostHanging) await blockedReads.oneEnds();
            const { steps, hanging } = blockedReads;
            if (isDisposed) break;
            if (!reader && hanging > mostHanging) {
                return tookTooLong(); // even stat blocks
            }
            const isStatOnly = hanging >= mostHanging || (isSearching && now >= searchEndsAt);
            reader ??= fork(root, readerPath);
            const answer = await reader.look(
                {
                    ...lookOptions,
                    ...(mustReadAll && { full: true }),
                    ...(steps.length > 0 && { blockingSteps: steps }),
                    ...(isSearching && { isExact: true }),
                    ...(isStatOnly && { isStatOnly: true }),
                },
                (isSearching && !isStatOnly ? searchEndsAt : endsAt) - now,
            );
            if ('ok' in answer) {
                timeoutsInARow = 0;
                mustReadAll = isStatOnly;
                if (answer.ok && isStatOnly) {
                    return { ...answer, processes: withFactsFromBefore(answer.processes, lastWhole) };
                }
                if (answer.ok) lastWhole = answer.processes;
                return answer;
            }
            endReader();
            if (answer.failed === 'died') {
                return readerEnded();
            }
            if (answer.failed === 'stuck' && isSearching && answer.step !== undefined) {
                blockedReads.add(answer.step);
                hasFound = true;
            }
            isSearching = true;
        }
        if (isDisposed) {
            return nobodyLooks();
        }
        // With some found out, the next look comes further.
        return hasFound ? tookTooLong() : giveUp();
    }

    async function commandLine({ pid, startTicks }: ProcessIdentity): Promise<CommandLine | Gap> {
        if (blockedReads.hanging >= mostHanging) await blockedReads.oneEnds();
        if (isDisposed) return nobodyLooks().gap;
        if (blockedReads.hanging >= mostHanging) return noCommandLine(root, pid, notTried);
        const own = (commandLineReader = fork(root, readerPath));
        const blockingSteps = blockedReads.areOld ? [] : blockedReads.steps; // those may have healed
        const read = await own.commandLine({ pid, startTicks, blockingSteps, isExact: true }, deadlineMilliseconds);
        commandLineReader = undefined;
        blockedReads.end(own);
        if ('argv' in read) return read;
        if ('refused' in read) return noCommandLine(root, pid, read.refused);
        if (isDisposed) return nobodyLooks().gap;
        switch (read.failed) {
            case 'died':
                return readerEnded().gap;
            case 'late':
                return tookTooLong().gap;
            case 'stuck':
                if (read.step === undefined) return readerEnded().gap; // before it read anything
                blockedReads.add(read.step);
                return noCommandLine(root, pid, blocks);
        }
    }

    function endReader(): void {
        if (reader) blockedReads.end(reader);
        reader = undefined;
    }

    /** What blocks now may block for long: look less and less often. */
    function giveUp(): LookFailure {
        timeoutsInARow++;
        if (timeoutsInARow > 1) {
            quietUntil = performance.now() + Math.min(60_000, deadlineMilliseconds * 2 ** timeoutsInARow);
        }
        return tookTooLong();
    }

    function tookTooLong(): LookFailure {
        return failure('timeout', `reading ${root} took longer than ${deadlineMilliseconds} ms`, helpBlocking);
    }

    function nobodyLooks(): LookFailure {
        return failure('gone', 'nobody looks any more', 'Open the view again');
    }

    function readerEnded(): LookFailure {
        return failure('gone', 'the process that reads it ended', 'Look again');
    }

    function failure(reason: Gap['reason'], detail: string, help: string): LookFailure {
        return { ok: false, gap: { source: root, reason, detail, help } };
    }

    return {
        look(lookOptions = {}) {
            lookUnderWay ??= look(lookOptions).finally(() => {
                lookUnderWay = undefined;
            });
            return lookUnderWay;
        },
        commandLine(process) {
            const read = () => commandLine(process);
            const answer = lastCommandLine.then(read, read);
            lastCommandLine = answer;
            return answer;
        },
        dispose() {
            isDisposed = true;
            endReader();
            if (commandLineReader) blockedReads.end(commandLineReader);
        },
    };
}
