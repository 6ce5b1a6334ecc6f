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

    hasAsked(daemon: Daemon): boolean {
        return this.#of(daemon).askedAt > -Infinity;
    }

    /** It must be asked at the next look; and, where its list may not have the change yet, once more after a while. */
    markDirty(daemon: Daemon, { isUnsettled }: { readonly isUnsettled: boolean }): void {
        const asking = this.#of(daemon);
        asking.isDirty = true;
        asking.isUnsettled ||= isUnsettled;
    }

    /** Their lists have by now what events have told. */
    settle(daemons: readonly Daemon[]): void {
        for (const daemon of daemons) {
            const asking = this.#of(daemon);
            asking.isDirty ||= asking.isUnsettled;
            asking.isUnsettled = false;
        }
    }

    #of(daemon: Daemon): Asking {
        const known = this.#known.get(daemon);
        if (known) return known;
        const asking: Asking = { askedAt: -Infinity, isDirty: false, isUnsettled: false };
        this.#known.set(daemon, asking);
        return asking;
    }
}

interface Asking {
    askedAt: number;
    /** An event has told a change since it was last asked. */
    isDirty: boolean;
    /** An event has told a change that its list may not have had yet. */
    isUnsettled: boolean;
}
