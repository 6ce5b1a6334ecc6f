import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
import type { Process } from '../../model/process';
import { BlockedReads } from './blocked-reads';
import { withFactsFromBefore } from './facts-from-before';
import { forkReader, type ForkedReader } from './forked-reader';
import { helpBlocking } from './gaps';
import type { LookOptions, LookResult } from './look';

export interface Procfs {
    /** One look at a time: who asks while one is under way gets the answer of that one. Never rejects. */
    readonly look: (options?: LookOptions) => Promise<LookResult>;
    /** Ends the reader process; a look under way is answered with a gap. */
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
                return failure('gone', 'the process that reads it ended', 'Look again');
            }
            if (answer.failed === 'stuck' && isSearching && answer.step !== undefined) {
                blockedReads.add(answer.step);
                hasFound = true;
            }
            isSearching = true;
        }
        if (isDisposed) {
            return failure('gone', 'nobody looks any more', 'Open the view again');
        }
        // With some found out, the next look comes further.
        return hasFound ? tookTooLong() : giveUp();
    }

    function endReader(): void {
        if (reader) blockedReads.end(reader);
        reader = undefined;
    }

    /** What blocks now may block for long: look less and less often. */
    function giveUp(): LookResult {
        timeoutsInARow++;
        if (timeoutsInARow > 1) {
            quietUntil = performance.now() + Math.min(60_000, deadlineMilliseconds * 2 ** timeoutsInARow);
        }
        return tookTooLong();
    }

    function tookTooLong(): LookResult {
        return failure('timeout', `reading ${root} took longer than ${deadlineMilliseconds} ms`, helpBlocking);
    }

    function failure(reason: Gap['reason'], detail: string, help: string): LookResult {
        return { ok: false, gap: { source: root, reason, detail, help } };
    }

    return {
        look(lookOptions = {}) {
            lookUnderWay ??= look(lookOptions).finally(() => {
                lookUnderWay = undefined;
            });
            return lookUnderWay;
        },
        dispose() {
            isDisposed = true;
            endReader();
        },
    };
}
