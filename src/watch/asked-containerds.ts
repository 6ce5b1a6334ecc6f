import type { ContainerdSource } from '../sources/containerd/client';
import { containerdsToAsk } from '../topology/containerd-word';
import type { Topology } from '../topology/topology';

/** The containerds that can be asked themselves. A look finds them in /proc, and the next look asks them. */
export class AskedContainerds {
    readonly #byAddress = new Map<string, ContainerdSource>();
    readonly #open: (address: string) => Promise<ContainerdSource>;
    #isDisposed = false;

    constructor(open: (address: string) => Promise<ContainerdSource>) {
        this.#open = open;
    }

    get sources(): readonly ContainerdSource[] {
        return [...this.#byAddress.values()];
    }

    /** Opens what the topology shows anew, and closes what it shows no more; true when there is a new one. */
    async follow(topology: Topology): Promise<boolean> {
        const wanted = containerdsToAsk(topology);
        for (const [address, source] of this.#byAddress) {
            if (wanted.includes(address)) continue;
            this.#byAddress.delete(address);
            source.dispose();
        }
        const missing = wanted.filter((address) => !this.#byAddress.has(address));
        for (const source of await Promise.all(missing.map((address) => this.#open(address)))) {
            if (this.#isDisposed || this.#byAddress.has(source.address)) source.dispose();
            else this.#byAddress.set(source.address, source);
        }
        return missing.length > 0;
    }

    dispose(): void {
        this.#isDisposed = true;
        for (const source of this.#byAddress.values()) source.dispose();
        this.#byAddress.clear();
    }
}
