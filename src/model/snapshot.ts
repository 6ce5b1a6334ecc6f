import type { ContainerdFacts } from './containerd';
import type { Engine } from './engine';
import type { Gap } from './gap';
import type { Host, Process } from './process';

/** The name and version of the format that `record` writes. */
export const snapshotSchema = 'docker-runtime/snapshot@1';

/** Every fact at one moment. It never changes after it is taken; what it means is the topology's matter. */
export interface Snapshot {
    readonly schema: typeof snapshotSchema;
    /** ISO 8601, by the clock of the one who looked. */
    readonly takenAt: string;
    readonly host: Host;
    /** Arguments, labels and commands were blanked before this was written down. */
    readonly redacted?: true;
    /** What looked like a secret was masked before this was written down. */
    readonly masked?: true;
    /** Set by who has read it from a file: what it tells of is not here, or not any more. */
    readonly recorded?: true;
    /** In no particular order: nothing may be concluded from it. */
    readonly processes: readonly Process[];
    readonly engines: readonly Engine[];
    /** One for each containerd that was asked itself; absent in recordings from before that was done. */
    readonly containerds?: readonly ContainerdFacts[];
    readonly gaps: readonly Gap[];
}
