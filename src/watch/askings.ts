/** When each daemon was asked last, and what has been heard of it since. */
export class Askings<Daemon extends object> {
    readonly #known = new WeakMap<Daemon, Asking>();

    /** Those that a look has to ask, which begins now. `askedAt` is by the monotonic clock; -Infinity before the first time. */
    takeDue<One extends Daemon>(
        daemons: readonly One[],
        isDue: (daemon: One, askedAt: number) => boolean = () => true,
    ): readonly One[] {
        const due = daemons.filter((daemon) => this.#of(daemon).isDirty || isDue(daemon, this.#of(daemon).askedAt));
        for (const daemon of due) {
            this.#of(daemon).isDirty = false;
            this.#of(daemon).askedAt = performance.now();
        }
        return due;
    }

    /** By the monotonic clock; -Infinity before the first time. */
    askedAt(daemon: Daemon): number {
        return this.#of(daemon).askedAt;
    }

    hasAsked(daemon: Daemon): boolean {
        return this.#of(daemon).askedAt > -Infinity;
    }

    /** It must be asked at the next look; and, where its list may not have the change yet, once more after a while. */
    markDirty(daemon: Daemon, { isUnsettled }: { readonly isUnsettled: boolean }): void {
        const asking = this.#of(daemon);
        asking.isDirty = true;
        if (isUnsettled) asking.unsettledAt = performance.now();
    }

    /**
     * What events have told longer ago than `milliseconds`, the lists have by now: those daemons must be asked once more.
     * Tells when the next one will be that far: in how many milliseconds, Infinity when there is none.
     */
    settle(daemons: readonly Daemon[], milliseconds: number): number {
        let next = Infinity;
        for (const daemon of daemons) {
            const asking = this.#of(daemon);
            const remaining = asking.unsettledAt + milliseconds - performance.now();
            if (remaining > 0) {
                next = Math.min(next, remaining);
                continue;
            }
            asking.isDirty = true;
            asking.unsettledAt = Infinity;
        }
        return next;
    }

    #of(daemon: Daemon): Asking {
        const known = this.#known.get(daemon);
        if (known) return known;
        const asking: Asking = { askedAt: -Infinity, isDirty: false, unsettledAt: Infinity };
        this.#known.set(daemon, asking);
        return asking;
    }
}

interface Asking {
    askedAt: number;
    /** An event has told a change since it was last asked. */
    isDirty: boolean;
    /** When an event last told a change that its list may not have had yet, by the monotonic clock; else Infinity. */
    unsettledAt: number;
}
