import prettyBytes from 'pretty-bytes';
import type { ContainerdStore } from '../model/containerd';
import type { Process } from '../model/process';
import { lineageOf } from '../topology/lineage';
import { startedAt } from '../topology/start-time';
import type { Evidence, Link, Topology, TopologyNode } from '../topology/topology';
import { describe } from './describe';
import { evidenceWords } from './evidence';
import type { HoverRow, HoverSection } from './hover';
import { age, type Clock, moment } from './moments';
import { visible, visibleArgv } from './plain-text';

/** What every row may need beside its node. */
export interface HoverContext {
    readonly topology: Topology;
    readonly clock: Clock;
    /** What the containerd keeps that is pointed at, once it was counted. */
    readonly stores?: readonly ContainerdStore[];
}

export function row(label: string, value: string, evidence: readonly Evidence[] = []): HoverRow {
    return { label, value, evidence: evidence.map(evidenceWords) };
}

/** A row that is read as it stands in a file of /proc. */
export function rowFrom(file: string, label: string, value: string): HoverRow {
    return { label, value, evidence: [file] };
}

/** The facts about a process that its hover, and that of what it serves, have in common. */
export function commonRows(context: HoverContext, process: Process): readonly HoverRow[] {
    const folder = `/proc/${String(process.pid)}`;
    const argv = process.argv ? visibleArgv(process.argv) || 'empty' : 'not readable';
    return [
        ...startRows(context, process),
        rowFrom(`${folder}/stat, rss`, 'memory', prettyBytes(process.residentBytes, { binary: true })),
        rowFrom(`${folder}/cmdline`, 'argv', process.argvTruncated ? `${argv} (cut off)` : argv),
        rowFrom(`${folder}/stat, ppid`, 'kernel parent', kernelParent(context, process)),
    ];
}

/** Who is responsible for a node, from the next one up to the root, each with how that is known. */
export function aboveSection({ topology }: HoverContext, node: TopologyNode): HoverSection {
    const [, ...above] = lineageOf(topology, node.id);
    let lower = node;
    const rows = above.map((upper) => {
        const { label, description } = describe(topology, upper);
        const relation = lower.link ? ` (${relationWords(lower.link, lower)})` : '';
        const value = `${label} · ${description}${relation}`;
        const told = row(upper.kind === 'process' ? upper.role : upper.kind, value, lower.link?.evidence);
        lower = upper;
        return told;
    });
    return { title: 'Above it', rows };
}

/** `pid 740 (30 inside): sh, for 3 minutes`. */
export function processLine(context: HoverContext, process: Process, pidInContainer?: number): string {
    const started = startedAt(context.topology.snapshot, process);
    const since = started === undefined ? '' : `, for ${age(momentOf(context) - started)}`;
    const inside = pidInContainer === undefined ? '' : ` (${String(pidInContainer)} inside)`;
    return `pid ${String(process.pid)}${inside}: ${visibleArgv(process.argv ?? [process.comm], 200)}${since}`;
}

function startRows(context: HoverContext, process: Process): readonly HoverRow[] {
    const started = startedAt(context.topology.snapshot, process);
    if (started === undefined) return [];
    const file = `/proc/${String(process.pid)}/stat, starttime`;
    const past = `${age(momentOf(context) - started)} ${context.clock.isRecording ? 'before the recording' : 'ago'}`;
    return [rowFrom(file, 'started', `${moment(started)}, ${past}`)];
}

/** When what the hover says is true, in milliseconds since 1970. */
function momentOf({ topology, clock }: HoverContext): number {
    return clock.isRecording ? Date.parse(topology.snapshot.takenAt) : clock.now;
}

function kernelParent({ topology }: HoverContext, process: Process): string {
    if (process.ppid === 0) return 'none in this pid namespace';
    const parent = topology.snapshot.processes.find(({ pid }) => pid === process.ppid);
    return `${String(process.ppid)}${parent ? ` (${visible(parent.comm)})` : ''}`;
}

function relationWords({ kind }: Link, lower: TopologyNode): string {
    const what = lower.kind === 'process' ? processWord(lower.role) : lower.kind;
    if (kind === 'spawned') return `started the ${what}`;
    return kind === 'managed' ? `manages the ${what}` : `holds the ${what}`;
}

function processWord(role: string): string {
    return role === 'containerd' || role === 'shim' || role === 'conmon' || role === 'docker-proxy' ? role : 'process';
}
