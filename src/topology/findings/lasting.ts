import type { Snapshot } from '../../model/snapshot';
import type { Topology } from '../topology';
import type { Rule, Sighting } from './rule';

/**
 * A state that comes and goes in milliseconds (a zombie before it is reaped, a container between its process's end and
 * Docker's word of it) is no finding. It must have been there in two looks, and these far enough apart: two looks that
 * follow on the heels of an event see the same moment.
 */
export const shortestLastingMilliseconds = 1_000;

/** What identifies a sighting from look to look. */
export function keyOf({ code }: Pick<Rule, 'code'>, { about, mark = '' }: Sighting): string {
    return `${code} ${about} ${mark}`;
}

/** The look since which it has been seen without a break, as ISO 8601 by the clock of this look. */
export function seenSince(snapshot: Snapshot, key: string, previous: Topology | undefined): string {
    const since = previous?.sightings.get(key)?.since;
    if (!previous || since === undefined) return snapshot.takenAt;
    const step = clockStep(previous.snapshot, snapshot);
    const now = step === 0 ? since : new Date(Date.parse(since) + step).toISOString();
    // A clock that was set back must not keep a finding away until it has caught up, where nothing tells of the step.
    return now <= snapshot.takenAt ? now : snapshot.takenAt;
}

const longestAfterLookMilliseconds = 60_000;

/**
 * By how many milliseconds the wall clock was set on between two looks, by the host's uptime, which nobody sets
 * (/proc/uptime, proc_uptime(5)). 0 where they agree as well as two looks can tell, or no uptime is known.
 */
function clockStep(before: Snapshot, after: Snapshot): number {
    const { uptimeSeconds: from, bootId } = before.host;
    const { uptimeSeconds: to } = after.host;
    if (from === undefined || to === undefined || bootId !== after.host.bootId) return 0;
    const step = Date.parse(after.takenAt) - Date.parse(before.takenAt) - (to - from) * 1000;
    return Math.abs(step) < smallestStepMilliseconds ? 0 : step;
}

/** A look reads the uptime at its beginning, and the clock at its end. */
const smallestStepMilliseconds = 2_000;

/**
 * `askedAt`: when those were asked on whose word it rests, in milliseconds since 1970. An answer is kept for some seconds:
 * seen in two looks, it was still said only once. One from the future is from before a clock was set back, unless the
 * program that looks once has asked after it had read /proc.
 */
export function hasLasted({ takenAt }: Snapshot, since: string, askedAt: readonly number[] = []): boolean {
    const [first, now] = [Date.parse(since), Date.parse(takenAt)];
    return (
        now - first >= shortestLastingMilliseconds &&
        askedAt.every((at) => at > first && at < now + longestAfterLookMilliseconds)
    );
}
