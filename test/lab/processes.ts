import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from './command';

/**
 * A process as the laboratory itself sees it, by plain reads of /proc: the tests' own eyes, which share no code with
 * the product.
 */
export interface SeenProcess {
    readonly pid: number;
    readonly ppid: number;
    readonly state: string;
    /** Field 22 of stat; with the pid, it tells a process from the next one with that pid. */
    readonly startTicks: number;
    /** Empty for zombies and kernel threads. */
    readonly argv: readonly string[];
    /** The distinct paths of all hierarchies. */
    readonly cgroupPaths: readonly string[];
}

export function seeProcesses(): SeenProcess[] {
    return listPids().flatMap((pid) => seeProcess(pid) ?? []);
}

export function listPids(): number[] {
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
}

/** Undefined when it is gone. */
export function seeProcess(pid: number): SeenProcess | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [state = '', ppid] = fields;
        const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trimEnd().split('\n');
        return {
            pid,
            ppid: Number(ppid),
            state,
            startTicks: Number(fields[19]),
            argv: cmdline === '' ? [] : cmdline.replace(/\0$/, '').split('\0'),
            cgroupPaths: [...new Set(cgroups.map((line) => line.split(':').slice(2).join(':')))],
        };
    } catch {
        return undefined; // it ended while it was being read
    }
}

/** Waits until it is a zombie, or gone. */
export function untilEnded(pid: number): Promise<boolean> {
    return until(`${pid} has ended`, () => ['Z', undefined].includes(seeProcess(pid)?.state));
}

/**
 * Returns when this pid, which is free, is that of a process again: forks until the kernel gives it to us, or has given
 * it to somebody else on this machine. /proc/sys/kernel/ns_last_pid is told in pid_namespaces(7).
 */
export async function reusePid(pid: number): Promise<{ kill(signal: NodeJS.Signals): unknown }> {
    for (let attempt = 0; attempt < 200; attempt++) {
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
        const child = spawn('sleep', ['12345'], { stdio: 'ignore' });
        if (child.pid === pid) return child;
        child.kill('SIGKILL');
        await once(child, 'exit');
        if (seeProcess(pid)) return { kill: () => undefined };
    }
    throw new Error(`the kernel gives the pid ${pid} to nobody`);
}

/** What a process that lives calls itself: the last of its pids, from our namespace inwards, proc_pid_status(5). */
export function pidInside(pid: number): number {
    const [, pids = ''] = /^NSpid:\s(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(pids.split('\t').at(-1));
}

/** What of a process that lives is in memory. */
export function residentBytes(pid: number): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The processes with these pids and everything that descends from them, as far as the kernel still knows. */
export function withDescendants(processes: readonly SeenProcess[], pids: ReadonlySet<number>): SeenProcess[] {
    const family = new Set(pids);
    for (let before = -1; before !== family.size;) {
        before = family.size;
        for (const { pid, ppid } of processes) if (family.has(ppid)) family.add(pid);
    }
    return processes.filter(({ pid }) => family.has(pid));
}
