import type { ForkedReader } from './forked-reader';

/**
 * What is known of reads that never return. It outlives the readers and whoever opened them: otherwise, each time that a
 * view is shown again, all would be found out anew, by readers of which the kernel may not let go.
 */
export class BlockedReads {
    private readonly found = new Set<string>();
    private readonly ending = new Set<ForkedReader>();
    private foundFirstAt = 0;

    /** For so long, what was found is left alone. */
    constructor(private readonly patienceMilliseconds = 120_000) {}

    /** In the words of caution.ts. */
    get steps(): readonly string[] {
        return [...this.found];
    }

    add(step: string): void {
        if (this.found.size === 0) this.foundFirstAt = performance.now();
        this.found.add(step);
    }

    /** Whether there are any that may have healed by now. */
    get areOld(): boolean {
        return this.found.size > 0 && performance.now() - this.foundFirstAt > this.patienceMilliseconds;
    }

    forget(): void {
        this.found.clear();
    }

    /** Readers that were killed and still are there: a process that waits in the kernel may not die of SIGKILL. */
    get hanging(): number {
        return this.ending.size;
    }

    /** Fulfilled with the end of a reader that was killed, or in a moment. */
    async oneEnds(): Promise<void> {
        let timer: NodeJS.Timeout | undefined;
        const aMoment = new Promise<void>((resolve) => (timer = setTimeout(resolve, 250)));
        await Promise.race([aMoment, ...[...this.ending].map(({ ended }) => ended)]);
        clearTimeout(timer);
    }

    end(reader: ForkedReader): void {
        reader.kill();
        this.ending.add(reader);
        void reader.ended.then(() => this.ending.delete(reader));
    }
}
