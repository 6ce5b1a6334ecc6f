import type { ContainerdStore, Count } from '../../model/containerd';
import type { Connection } from './connection';
import { listContent, listImages, listPlugins, listSnapshots, type Method, type Page } from './protocol';

/** Nobody reads more digits than that, and a store may hold hundreds of thousands. */
const largestCount = 10_000;

/** Counts what a containerd keeps in each namespace. */
export async function countStores(
    connection: Connection,
    namespaces: readonly string[],
): Promise<readonly ContainerdStore[]> {
    const { plugins } = await connection.ask(listPlugins, { filters: ['type==io.containerd.snapshotter.v1'] });
    // One that has failed to start, as those of other file systems do, refuses every question.
    const snapshotters = plugins.filter(({ initErr }) => !initErr).map(({ id }) => id);
    return Promise.all(
        namespaces.map(async (namespace) => {
            const counted = <Request>(method: Method<Request, Page>, request: Request) =>
                countStream(connection, method, request, namespace);
            const [{ items }, content, ...snapshots] = await Promise.all([
                connection.ask(listImages, {}, namespace),
                counted(listContent, {}),
                ...snapshotters.map((snapshotter) => counted(listSnapshots, { snapshotter })),
            ]);
            return { namespace, images: countOf(items.length), content, snapshots: sumOf(snapshots) };
        }),
    );
}

/** Stops the stream as soon as the number is more than anybody wants to know. */
async function countStream<Request>(
    connection: Connection,
    method: Method<Request, Page>,
    request: Request,
    namespace: string,
): Promise<Count> {
    let number = 0;
    const add = ({ items }: Page): boolean => {
        number += items.length;
        return number <= largestCount;
    };
    await connection.follow(method, request, add, namespace);
    return countOf(number);
}

function countOf(number: number): Count {
    return { number: Math.min(number, largestCount), isMore: number > largestCount };
}

function sumOf(counts: readonly Count[]): Count {
    const { number, isMore } = countOf(counts.reduce((total, one) => total + one.number, 0));
    return { number, isMore: isMore || counts.some((one) => one.isMore) };
}
