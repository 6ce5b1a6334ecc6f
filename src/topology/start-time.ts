import type { Engine } from '../model/engine';
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
 * Whether an engine's list may not know of the process yet: `runc create` makes it first, and an engine tells of it
 * when it runs, usually a fifth of a second later.
 */
export function isNewsTo(
    engine: Pick<Engine, 'listedAt'> | undefined,
    snapshot: Snapshot,
    process: Process | undefined,
): boolean {
    const started = process && startedAt(snapshot, process);
    return started !== undefined && started > (engine?.listedAt ?? Infinity) - engineDelayMilliseconds;
}

const engineDelayMilliseconds = 2_000;
