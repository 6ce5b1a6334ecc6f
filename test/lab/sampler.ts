import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Topology } from '../../src/topology/topology';
import { listPids, seeProcess, seeProcesses, type SeenProcess } from './processes';
import type { Watching } from './watching';

/** What is watched while it is sampled; a test may replace its parts meanwhile. */
export interface Sampled {
    readonly watching: Watching;
    /** Whose engine is shown first; its socket and process are looked at, and it is never asked. */
    readonly dockerd: { readonly socket: string; pid(): number };
}

export interface Samples {
    readonly count: number;
    /** Each false sentence and how long it stood, in milliseconds, the longest first. */
    readonly falsehoods: readonly (readonly [sentence: string, milliseconds: number])[];
}

/**
 * Compares what is shown as fresh with what the kernel alone tells, again and again, until it is ended. Everything that
 * has just happened is shown wrong for a moment; what counts is how long. A sentence that one sample finds false counts
 * as false until the first sample that does not. Where nothing is watched yet, there is nothing to compare.
 */
export function sampleTruth(sampled: () => Sampled | undefined, everyMs = 500): { end(): Samples } {
    const since = new Map<string, number>();
    const longest = new Map<string, number>();
    const ids = new Set<string>();
    // A crowded host has thousands of them, which are read once: what is in no container now will not be put into one.
    let strangers = new Set(seeProcesses().flatMap((one) => (isInAnyContainer(one) ? [] : one.pid)));
    let count = 0;
    const sample = (): void => {
        const { watching, dockerd } = sampled() ?? {};
        const topology = watching?.watcher.current;
        if (!topology || !dockerd) return;
        count++;
        for (const { id } of topology.snapshot.engines.flatMap(({ containers }) => containers)) ids.add(id);
        const pids = listPids();
        strangers = new Set(pids.filter((pid) => strangers.has(pid)));
        const members = pids.filter((pid) => !strangers.has(pid)).flatMap((pid) => seeLiving(pid) ?? []);
        const falsehoods = new Set(falsehoodsIn(topology, members, dockerd, ids));
        const now = performance.now();
        for (const sentence of falsehoods) if (!since.has(sentence)) since.set(sentence, now);
        for (const [sentence, begun] of since) {
            longest.set(sentence, Math.max(longest.get(sentence) ?? 0, now - begun));
            if (!falsehoods.has(sentence)) since.delete(sentence);
        }
    };
    const timer = setInterval(sample, everyMs);
    return {
        end() {
            clearInterval(timer);
            sample();
            return { count, falsehoods: [...longest].sort(([, left], [, right]) => right - left) };
        },
    };
}

/** Sentences about containers with these ids, and about their engine, that the topology shows as fresh and are not so. */
function falsehoodsIn(
    topology: Topology,
    mayBeMembers: readonly SeenProcess[],
    dockerd: Sampled['dockerd'],
    ids: ReadonlySet<string>,
): string[] {
    const nodes = [...topology.nodes.values()];
    const falsehoods: string[] = [];
    /** The laboratory's: what its daemons and shims are told begins with it. */
    const folder = dirname(dirname(dockerd.socket));

    const [engine] = topology.snapshot.engines;
    const isFresh = engine?.listedAt !== undefined && !engine.problem;
    if (isFresh && !mayAnswer(dockerd)) falsehoods.push('the engine answers');

    // What /proc tells is always shown as fresh, whoever else answers.
    const shown = new Set<number>();
    for (const node of nodes) {
        const process = node.kind === 'container' ? undefined : node.process;
        if (!process) continue;
        shown.add(process.pid);
        const isDaemonHere = process.argv?.some((argument) => argument.includes(`${folder}/`)) ?? false;
        const isOurs = isDaemonHere || (node.kind === 'process' && ids.has(node.containerId ?? ''));
        if (!isOurs || /[ZX]/.test(process.state)) continue;
        if (seeLiving(process.pid)?.startTicks !== process.startTicks)
            falsehoods.push(`pid ${process.pid} (${process.comm}) lives`);
    }

    for (const node of nodes) {
        if (node.kind !== 'container' || !ids.has(node.containerId)) continue;
        const { containerId, container, verdict, mainPid } = node;
        const name = container?.names[0] ?? containerId.slice(0, 12);
        const members = mayBeMembers.filter((one) => isIn(containerId, one));
        for (const { pid } of members) if (!shown.has(pid)) falsehoods.push(`pid ${pid} of ${name} is not there`);
        const main = mainPid === undefined ? undefined : seeLiving(mainPid);
        if (main && !isIn(containerId, main)) falsehoods.push(`pid ${mainPid} is the first process of ${name}`);
        if (!container || !node.engine || node.engine.problem) continue;
        const { state } = container;
        if (state === 'running' || state === 'paused') {
            if (members.length === 0 && !deniesLife.has(verdict)) falsehoods.push(`${name} is ${state}`);
            const isFrozen = members[0] && isInFreezer(members[0]);
            if (isFrozen !== undefined && isFrozen !== (state === 'paused')) falsehoods.push(`${name} is ${state}`);
        }
        if (/^(exited|dead|created)$/.test(state) && members.length > 0 && verdict !== 'process-of-a-stopped-container')
            falsehoods.push(`${name} is ${state}`);
    }
    return falsehoods;
}

/** Verdicts that a person reads as: Docker says that it runs, and that is not so. */
const deniesLife: ReadonlySet<string> = new Set([
    'running-without-process',
    'shim-without-process',
    'first-process-ended',
    'pid-of-another',
]);

/** Of a daemon that is dead or stopped, or has no socket, nobody can know anything fresh. */
function mayAnswer({ socket, pid }: Sampled['dockerd']): boolean {
    const state = seeLiving(pid())?.state;
    return state !== undefined && state !== 'T' && (statSync(socket, { throwIfNoEntry: false })?.isSocket() ?? false);
}

function seeLiving(pid: number): SeenProcess | undefined {
    const process = seeProcess(pid);
    return process && /[ZX]/.test(process.state) ? undefined : process;
}

function isInAnyContainer({ cgroupPaths }: SeenProcess): boolean {
    return cgroupPaths.some((path) => /[0-9a-f]{64}/.test(path));
}

function isIn(containerId: string, { cgroupPaths }: SeenProcess): boolean {
    return cgroupPaths.some((path) => path.includes(containerId));
}

/** cgroups(7); undefined where the kernel does not tell. */
function isInFreezer({ pid }: SeenProcess): boolean | undefined {
    try {
        const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
        const legacy = /^\d+:freezer:(.*)$/m.exec(lines)?.[1];
        if (legacy !== undefined) return read(`/sys/fs/cgroup/freezer${legacy}/freezer.state`) === 'FROZEN';
        const unified = /^0::(.*)$/m.exec(lines)?.[1] ?? '';
        return read(`/sys/fs/cgroup${unified}/cgroup.freeze`) === '1';
    } catch {
        return undefined; // it has ended meanwhile, or its cgroups are another mount namespace's
    }
}

function read(file: string): string {
    return readFileSync(file, 'utf8').trim();
}
