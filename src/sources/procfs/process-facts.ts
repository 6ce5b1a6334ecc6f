import { isDeepStrictEqual } from 'node:util';
import type { Process } from '../../model/process';
import type { Stat } from './stat';

/** What the numbers of stat mean on this machine, and when it is. */
export interface Units {
    readonly ticksPerSecond: number;
    readonly pageBytes: number;
    /** Absent where a saved proc directory does not tell: then no process is young. */
    readonly uptimeSeconds?: number;
}

/** In seconds; infinite where nobody tells what time it is. */
export function ageSeconds(stat: Stat, units: Units): number {
    return (units.uptimeSeconds ?? Number.POSITIVE_INFINITY) - stat.startTicks / units.ticksPerSecond;
}

export function factsOf(stat: Stat, units: Units): Process {
    const { residentPages, ...facts } = stat;
    return { ...facts, residentBytes: residentPages * units.pageBytes };
}

/** Most facts are numbers or shared objects: comparing each alone is several times faster than the whole at once. */
export function isSameProcess(one: Process, other: Process): boolean {
    const keys = Object.keys(one) as (keyof Process)[];
    return (
        keys.length === Object.keys(other).length &&
        keys.every((key) => one[key] === other[key] || isDeepStrictEqual(one[key], other[key]))
    );
}

export function isSameStat(one: Stat, other: Stat): boolean {
    return (
        one.state === other.state &&
        one.residentPages === other.residentPages &&
        one.threads === other.threads &&
        one.ppid === other.ppid &&
        one.session === other.session &&
        one.comm === other.comm &&
        one.kernelThread === other.kernelThread
    );
}
