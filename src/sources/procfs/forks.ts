import { join } from 'node:path';
import type { Files } from './files';

/** What the kernel counts at each fork and each end. Two marks that are equal: no process came or went between them. */
export interface ForkMark {
    /** Threads that there are. */
    readonly threads: number;
    /** The pid that was given last. */
    readonly lastPid: number;
}

/** Whether a pid that was known before may by now be another process's. */
export type MayBeNew = (pid: number) => boolean;

/**
 * The thread total and the last pid of /proc/loadavg, proc_loadavg(5). Every fork moves the last pid and every end the
 * total. What exec, a state or a cgroup changed, they do not tell.
 */
export function readForkMark(files: Files, root: string): ForkMark | undefined {
    const length = files.read(join(root, 'loadavg'), 256);
    const text = typeof length === 'number' ? files.bytes.toString('latin1', 0, length) : '';
    const [, threads, lastPid] = /^\S+ \S+ \S+ \d+\/(\d+) (\d+)$/m.exec(text) ?? [];
    return threads === undefined ? undefined : { threads: Number(threads), lastPid: Number(lastPid) };
}

export function isSameMark(one: ForkMark | undefined, other: ForkMark | undefined): boolean {
    return one !== undefined && one.threads === other?.threads && one.lastPid === other.lastPid;
}

export interface ForkCount {
    readonly lastPid: number;
    /** Since boot, of threads too, in all pid namespaces. */
    readonly forks: number;
}

/** The line `processes` of /proc/stat, proc_stat(5). */
export function readForkCount(files: Files, root: string, mark: ForkMark | undefined): ForkCount | undefined {
    const table = mark ? files.readTable(join(root, 'stat'), 1024 * 1024) : '';
    if (!mark || typeof table === 'string') {
        return undefined;
    }
    const label = '\nprocesses ';
    const start = table.indexOf(label) + label.length;
    const forks = Number.parseInt(table.toString('latin1', start, start + 20), 10);
    return start < label.length || Number.isNaN(forks) ? undefined : { lastPid: mark.lastPid, forks };
}

/** What of pids is the same in two looks, and whether this proc file system counts in our own pid namespace. */
export interface PidFacts {
    readonly largest: number;
    readonly areOurs: boolean;
}

/**
 * A saved proc directory has no `self`, and one of another pid namespace another number for us: there, loadavg (which
 * tells the reader's own namespace) says nothing about its pids.
 */
export function readPidFacts(files: Files, root: string): PidFacts | undefined {
    const length = files.read(join(root, 'sys/kernel/pid_max'), 64);
    const largest = typeof length === 'number' ? Number(files.bytes.toString('latin1', 0, length)) : Number.NaN;
    return Number.isInteger(largest) && largest > 0
        ? { largest, areOurs: files.readLink(join(root, 'self')) === String(process.pid) }
        : undefined;
}

/**
 * The kernel gives pids in a circle (idr_alloc_cyclic in its kernel/pid.c), so that those given between two moments lie
 * between their last pids, unless there were so many forks that the circle may have closed. Where that can't be known,
 * any pid may be new.
 */
export function newPidsBetween(
    before: ForkCount | undefined,
    now: ForkCount | undefined,
    pids: PidFacts | undefined,
): MayBeNew {
    if (!before || !now || !pids?.areOurs) {
        return () => true;
    }
    const forks = now.forks - before.forks;
    const [first, last] = [before.lastPid, now.lastPid];
    if (forks < 0 || forks > pids.largest / 2) {
        return () => true;
    }
    return first <= last ? (pid) => pid > first && pid <= last : (pid) => pid > first || pid <= last;
}
