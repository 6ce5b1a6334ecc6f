import type { Container } from '../model/container';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';

/** When a process started, in milliseconds since 1970; undefined where the look did not tell the host's uptime. */
export function startedAt({ host, takenAt }: Snapshot, process: Process): number | undefined {
    if (host.uptimeSeconds === undefined) return undefined;
    const age = host.uptimeSeconds - process.startTicks / host.ticksPerSecond;
    return Date.parse(takenAt) - Math.max(0, age) * 1000;
}

/** Undefined where the look did not tell the host's uptime. */
export function ageSeconds({ host }: Snapshot, { startTicks }: Process): number | undefined {
    return host.uptimeSeconds === undefined ? undefined : host.uptimeSeconds - startTicks / host.ticksPerSecond;
}

/**
 * Whether what a daemon told at a moment (milliseconds since 1970) may be from before the process: `runc create` makes
 * it first, and an engine tells of it when it runs, usually a fifth of a second later.
 */
export function isNewsTo(toldAt: number | undefined, snapshot: Snapshot, process: Process | undefined): boolean {
    const started = process && startedAt(snapshot, process);
    return started !== undefined && started > (toldAt ?? Infinity) - engineDelayMilliseconds;
}

/** From the start of a shim, a runtime or a docker-proxy to the moment when all have heard of it, on a busy machine. */
const startSeconds = 10;

/** Too young for anything to be concluded from what is missing beside it. */
export function isStarting(snapshot: Snapshot, process: Process): boolean {
    return (ageSeconds(snapshot, process) ?? 0) < startSeconds;
}

/** From the making of a container, or its process, to the moment when its engine tells of it, on a busy machine. */
export const engineDelayMilliseconds = 2_000;

/**
 * Docker's word for when a container started beside the kernel's for a process: runc makes the process first, and Docker
 * notes the time when it runs. Undefined where one of them says nothing.
 */
export function compareStarts(
    snapshot: Snapshot,
    container: Container | undefined,
    process: Process | undefined,
): StartTimes | undefined {
    const told = Date.parse(container?.inspected?.startedAt ?? '');
    const seen = process && startedAt(snapshot, process);
    if (Number.isNaN(told) || seen === undefined) return undefined;
    const apart = Math.abs(told - seen);
    return { told, apart, areAlike: apart < alikeMilliseconds };
}

export interface StartTimes {
    /** What Docker says, in milliseconds since 1970. */
    readonly told: number;
    readonly apart: number;
    readonly areAlike: boolean;
}

const alikeMilliseconds = 5_000;
