import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds that must not become more and more. */
export interface Holdings {
    /** After a full collection. */
    readonly heapMegabytes: number;
    /** Resident, of a reader of /proc that goes on looking: without a collection before. */
    readonly readerMegabytes: number;
    readonly descriptors: number;
    readonly timers: number;
    /** Children of ours that run: the readers of /proc, and the daemons of the laboratory. */
    readonly processes: number;
    /** Of the product, to the daemon. */
    readonly connections: number;
}

/** What may be more in the end than in the beginning. */
const mayGrow: Readonly<Record<keyof Holdings, number>> = {
    heapMegabytes: 10,
    readerMegabytes: 15,
    descriptors: 3,
    timers: 2,
    processes: 1,
    connections: 0,
};

export function holdings(others: Pick<Holdings, 'connections' | 'readerMegabytes'>): Holdings {
    (globalThis as { gc?: () => void }).gc?.();
    const children = readdirSync('/proc/self/task').flatMap((thread) =>
        readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return {
        heapMegabytes: Math.round((process.memoryUsage().heapUsed / 1024 / 1024) * 10) / 10,
        descriptors: readdirSync('/proc/self/fd').length,
        timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
        processes: children.length,
        ...others,
    };
}

/**
 * After a warm-up of a sixth of the time, compares the least of the first third with the least of the last: in between
 * something is under way. Tells of each kind, and whether none has grown.
 */
export function tellGrowth(samples: readonly Holdings[]): boolean {
    const warm = samples.slice(Math.floor(samples.length / 6));
    const third = Math.max(1, Math.floor(warm.length / 3));
    const [first, last] = [warm.slice(0, third), warm.slice(-third)];
    const names = Object.keys(mayGrow) as (keyof Holdings)[];
    return names
        .map((name) => {
            const all = (some: readonly Holdings[]): number[] => some.map((one) => one[name]);
            const [before, after] = [Math.min(...all(first)), Math.min(...all(last))];
            const isFine = after - before <= mayGrow[name];
            const most = Math.max(...all(warm));
            console.log(`${isFine ? 'ok  ' : 'GREW'} ${name}: ${before} → ${after}, at most ${most}`);
            return isFine;
        })
        .every(Boolean);
}
