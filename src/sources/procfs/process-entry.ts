import { isDeepStrictEqual } from 'node:util';
import type { Process, Wait } from '../../model/process';
import type { CommandAndCgroup } from './command-and-cgroup';
import type { DetailsRead } from './details';
import { isStartingContainer, relevanceOf, type Relevance } from './relevance';
import type { Stat } from './stat';

/** What the numbers of stat mean on this machine, and when it is. */
export interface Units {
    readonly ticksPerSecond: number;
    readonly pageBytes: number;
    /** Absent where a saved proc directory does not tell: then no process is young. */
    readonly uptimeSeconds?: number;
}

/**
 * What is remembered of one process, from look to look. What was read is kept in the form in which it was read, and
 * `process` is made of it only when some of it says something else than before: of thousands, few do.
 */
export class ProcessEntry {
    /** What is handed out; another object whenever it says something else. */
    process: Process;
    relevance: Relevance = 'other';
    command?: CommandAndCgroup | undefined;
    details?: DetailsRead | undefined;
    wait?: Wait | undefined;
    /** About to change, however little the kernel counts: it only just started, or becomes a container. */
    isRestless: boolean;
    /** The turn in which the kernel listed it last. */
    listedIn = 0;
    private isTold = true;

    constructor(
        public stat: Stat,
        /** Its directory in /proc. */
        readonly directory: string,
        units: Units,
    ) {
        this.process = compose(this, units);
        this.isRestless = isRestless(stat, units);
    }

    /** Whether it may have become something else since: then its command line and cgroup are to be read again. */
    update(stat: Stat, units: Units): boolean {
        const before = this.stat;
        const wasRestless = this.isRestless;
        this.isRestless = isRestless(stat, units);
        const hasEnded = (before.state === 'Z') !== (stat.state === 'Z');
        if (hasEnded || before.comm !== stat.comm || before.ppid !== stat.ppid) {
            this.command = undefined;
        }
        if (stat !== before) {
            this.stat = stat;
            this.wait = stat.state === 'D' ? this.wait : undefined;
            this.isTold = false;
        }
        return !this.command || wasRestless || this.isRestless;
    }

    updateCommand(command: CommandAndCgroup): void {
        if (command !== this.command) {
            this.command = command;
            this.relevance = relevanceOf(this.stat, command.command?.parsed.argv, command.cgroups?.parsed);
            this.isTold = false;
        }
    }

    updateDetails(details: DetailsRead | undefined): void {
        if (details !== this.details && !isDeepStrictEqual(this.details, details)) {
            this.details = details;
            this.isTold = false;
        }
    }

    updateWait(wait: Wait | undefined): void {
        if (!isDeepStrictEqual(this.wait, wait)) {
            this.wait = wait;
            this.isTold = false;
        }
    }

    /** True when `process` is another object now. */
    tell(units: Units): boolean {
        if (this.isTold) {
            return false;
        }
        this.process = compose(this, units);
        this.isTold = true;
        return true;
    }
}

/** In seconds; infinite where nobody tells what time it is. */
export function ageSeconds(stat: Stat, units: Units): number {
    return (units.uptimeSeconds ?? Number.POSITIVE_INFINITY) - stat.startTicks / units.ticksPerSecond;
}

/** From fork to the last exec of what a shell, a runtime or a service manager starts. */
const youngSeconds = 2;

function isRestless(stat: Stat, units: Units): boolean {
    return ageSeconds(stat, units) < youngSeconds || isStartingContainer(stat.comm);
}

/** By assignment: spreading what may be absent took 15 times as long, and was a tenth of a first look. */
function compose({ stat, command, details, wait }: ProcessEntry, units: Units): Process {
    const { residentPages, pid, comm, state, ppid, session, kernelThread, threads, startTicks } = stat;
    const residentBytes = residentPages * units.pageBytes;
    const process = { pid, comm, state, ppid, session, kernelThread, threads, startTicks, residentBytes };
    const cgroups = command?.cgroups?.parsed && { cgroups: command.cgroups.parsed };
    return Object.assign(process, command?.command?.parsed, cgroups, details?.details, wait && { wait });
}
