import prettyMilliseconds from 'pretty-ms';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';

/** When a process started, in milliseconds since 1970; undefined where the look did not tell the host's uptime. */
export function startedAt({ host, takenAt }: Snapshot, process: Process): number | undefined {
    if (host.uptimeSeconds === undefined) return undefined;
    const age = host.uptimeSeconds - process.startTicks / host.ticksPerSecond;
    return Date.parse(takenAt) - Math.max(0, age) * 1000;
}

/** `3 minutes 2 seconds`; never negative, whatever clocks do. */
export function age(milliseconds: number): string {
    const seconds = Math.max(0, Math.round(milliseconds / 1000)) * 1000;
    return prettyMilliseconds(seconds, { verbose: true, unitCount: 2 });
}

/** `2026-01-31 23:59:59 UTC`. */
export function moment(milliseconds: number): string {
    return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
