import { readFileSync } from 'node:fs';

/**
 * Tells how many times as long as on an idle machine the work of our main thread has taken since it was begun: the time
 * in which it ran, and in which it waited for a core, by the first alone (/proc/PID/schedstat, sched-stats.rst).
 */
export function beginToMeasureBusyness(): () => number {
    const [ranBefore, waitedBefore] = schedule();
    return () => {
        const [ran, waited] = schedule();
        return 1 + (waited - waitedBefore) / Math.max(1, ran - ranBefore);
    };
}

/** Both in nanoseconds; a kernel that does not tell says 0, as an idle machine does. */
function schedule(): readonly [ran: number, waited: number] {
    const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'latin1').split(' ').map(Number);
    return [ran, waited];
}
