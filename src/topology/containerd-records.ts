import type { ContainerdContainer, ContainerdFacts, ContainerdTask } from '../model/containerd';
import type { Snapshot } from '../model/snapshot';

/** What one containerd told, to be found by a container's id; the same id may be in several of its namespaces. */
export interface ContainerdRecords {
    readonly facts: ContainerdFacts;
    readonly containers: ReadonlyMap<string, readonly ContainerdContainer[]>;
    readonly tasks: ReadonlyMap<string, readonly ContainerdTask[]>;
}

/** By the address at which each was asked. */
export function indexRecords(containerds: Snapshot['containerds']): ReadonlyMap<string, ContainerdRecords> {
    return new Map(
        containerds?.map((facts) => [
            facts.address,
            { facts, containers: byId(facts.containers), tasks: byId(facts.tasks) },
        ]),
    );
}

/** Without a namespace, whichever has the id: a shim may not tell its own. */
export function recordOf<Record extends { readonly namespace: string }>(
    records: ReadonlyMap<string, readonly Record[]>,
    namespace: string | undefined,
    id: string,
): Record | undefined {
    return records.get(id)?.find((one) => namespace === undefined || one.namespace === namespace);
}

function byId<Record extends { readonly id: string }>(
    records: readonly Record[],
): ReadonlyMap<string, readonly Record[]> {
    const index = new Map<string, Record[]>();
    for (const record of records) {
        const known = index.get(record.id);
        if (known) known.push(record);
        else index.set(record.id, [record]);
    }
    return index;
}
