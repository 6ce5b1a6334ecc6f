import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
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
    /** No look takes longer. A third of it is the time to read everything, the rest to find out what blocks. */
    readonly deadlineMilliseconds: number;
}

/**
 * Looks at the processes below a root through a process of its own, which is forked at the first look and whenever the
 * one before is gone.
 *
 * When a look has not ended after a third of its time, some read may block. Then that process is killed, and others take its
 * place that say what they read before they do: what the last word of one was before its silence is left out from then
 * on, and said to be missing.
 */
export function openProcfs(options: ProcfsOptions): Procfs {
    const root = resolve(options.root);
    const { readerPath, deadlineMilliseconds } = options;
    const blockingSteps = new Set<string>();
    let isCautious = false;
    let reader: ForkedReader | undefined;
    let lookUnderWay: Promise<LookResult> | undefined;
    let timeoutsInARow = 0;
    let quietUntil = Number.NEGATIVE_INFINITY;
    let isDisposed = false;

    async function look(lookOptions: LookOptions): Promise<LookResult> {
        if (performance.now() < quietUntil) {
            return tookTooLong();
        }
        if (lookOptions.full && blockingSteps.size > 0) {
            blockingSteps.clear(); // somebody asks whether they still block
            endReader();
        }
        const knownBefore = blockingSteps.size;
        const endsAt = performance.now() + deadlineMilliseconds;
        for (let left = deadlineMilliseconds; left > 0 && !isDisposed; left = endsAt - performance.now()) {
            const asked = (reader ??= forkReader(root, readerPath, isCautious ? blockingSteps : undefined));
            const answer = await asked.look(lookOptions, {
                lookMilliseconds: isCautious ? left : deadlineMilliseconds / 3,
                stepMilliseconds: deadlineMilliseconds / 20,
            });
            if (typeof answer === 'object') {
                timeoutsInARow = 0;
                isCautious = blockingSteps.size > 0; // or else the machine was only slow
                return answer;
            }
            endReader();
            if (answer === 'died') {
                return failure('gone', 'the process that reads it ended', 'Look again');
            }
            if (asked.lastStep !== undefined) {
                blockingSteps.add(asked.lastStep);
            }
            isCautious = true;
        }
        if (isDisposed) {
            return failure('gone', 'nobody looks any more', 'Open the view again');
        }
        // With some found out, the next look comes further.
        return blockingSteps.size > knownBefore ? tookTooLong() : giveUp();
    }

    function endReader(): void {
        reader?.kill();
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
