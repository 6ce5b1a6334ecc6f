import type { ContainerdSource } from '../sources/containerd/client';
import type { ContainerdHint } from '../sources/containerd/events';
import { containerdsToAsk } from '../topology/containerd-word';
import type { Topology } from '../topology/topology';

/** Hears that something has happened at a containerd; without a hint, its stream has just begun. */
export type ContainerdListener = (source: ContainerdSource, hint?: ContainerdHint) => void;

/** The containerds that can be asked themselves. A look finds them in /proc, and the next look asks them. */
export class AskedContainerds {
    readonly #byAddress = new Map<string, ContainerdSource>();
    readonly #streams = new Map<ContainerdSource, { dispose(): void }>();
    readonly #open: (address: string) => Promise<ContainerdSource>;
    #listener: ContainerdListener | undefined;
    #isDisposed = false;

    constructor(open: (address: string) => Promise<ContainerdSource>) {
        this.#open = open;
    }

    get sources(): readonly ContainerdSource[] {
        return [...this.#byAddress.values()];
    }

    at(address: string): ContainerdSource | undefined {
        return this.#byAddress.get(address);
    }

    /** Opens what the topology shows anew, and closes what it shows no more; true when there is a new one. */
    async follow(topology: Topology): Promise<boolean> {
        const wanted = containerdsToAsk(topology);
        for (const [address, source] of this.#byAddress) {
            if (wanted.includes(address)) continue;
            this.#byAddress.delete(address);
            this.#streams.delete(source);
            source.dispose();
        }
        const missing = wanted.filter((address) => !this.#byAddress.has(address));
        for (const source of await Promise.all(missing.map((address) => this.#open(address)))) {
            if (this.#isDisposed || this.#byAddress.has(source.address)) source.dispose();
            else this.#byAddress.set(source.address, source);
        }
        this.#listen();
        return missing.length > 0;
    }

    /** Follows the events of all of them, also of those that are found later. */
    listen(listener: ContainerdListener): void {
        this.#listener = listener;
        this.#listen();
    }

    /** Closes every stream of events. */
    rest(): void {
        this.#listener = undefined;
        for (const stream of this.#streams.values()) stream.dispose();
        this.#streams.clear();
    }

    dispose(): void {
        this.#isDisposed = true;
        this.rest();
        for (const source of this.#byAddress.values()) source.dispose();
        this.#byAddress.clear();
    }

    #listen(): void {
        if (!this.#listener) return;
        for (const source of this.sources) {
            if (this.#streams.has(source)) continue;
            const tell = (hint?: ContainerdHint) => this.#listener?.(source, hint);
            this.#streams.set(source, source.events(tell, tell));
        }
    }
}
