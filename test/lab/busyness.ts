import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** No bound of time becomes longer than by this factor, however busy the machine is. */
const mostTimes = 3;

/**
 * Tells by which factor a bound of an idle machine may be exceeded: how many times as long the work of our main thread
 * has taken since it was begun, which is the time in which it ran, and in which it waited for a core, by the first alone
 * (/proc/PID/schedstat, sched-stats.rst).
 */
export function beginToMeasureBusyness(): () => number {
    const [ranBefore, waitedBefore] = schedule();
    return () => {
        const [ran, waited] = schedule();
        return Math.min(mostTimes, 1 + (waited - waitedBefore) / Math.max(1, ran - ranBefore));
    };
}

/** Waits for work that is promised to end so soon, and fails when it was later. Tells the milliseconds that it took. */
export async function promptly(boundMs: number, work: Promise<unknown>): Promise<number> {
    const busyness = beginToMeasureBusyness();
    const begun = performance.now();
    await work;
    const took = performance.now() - begun;
    const times = busyness();
    const words = `it took ${took.toFixed(0)} ms instead of ${boundMs}, on a machine ${times.toFixed(1)} times as slow as alone`;
    assert.ok(took <= boundMs * times, words);
    return took;
}

/** Both in nanoseconds; a kernel that does not tell says 0, as an idle machine does. */
function schedule(): readonly [ran: number, waited: number] {
    const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'latin1').split(' ').map(Number);
    return [ran, waited];
}
