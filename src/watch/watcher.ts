import type { ContainerInspection } from '../model/container';
import type { Gap } from '../model/gap';
import type { Topology } from '../topology/topology';

/**
 * Keeps the topology true while somebody watches, and does nothing while nobody does.
 */
export interface Watcher {
    /** The last topology in ownership order, however old; absent before the first look. */
    readonly current: Topology | undefined;
    /** Called after each look that told something new. */
    onDidChange(listener: (topology: Topology) => void): Disposable;
    /** Somebody watches until the answer is disposed: the first look comes at once, then events and the clock drive. */
    watch(): Disposable;
    /** Looks now, whoever watches. Never rejects: what failed is among the gaps. */
    look(): Promise<Topology>;
    /** Asks the engine that lists the container; the answer also becomes part of the next topology. */
    inspect(containerId: string, endpoint: string | undefined): Promise<ContainerInspection | Gap>;
    /** The engine's whole answer, environment included, for a read-only document. */
    inspectDocument(containerId: string, endpoint: string | undefined): Promise<{ readonly value: unknown } | Gap>;
    /** Ends timers, streams and the reader process. */
    dispose(): void;
}

export interface Disposable {
    dispose(): void;
}
