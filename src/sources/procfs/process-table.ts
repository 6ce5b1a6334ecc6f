import { isDeepStrictEqual } from 'node:util';
import type { Process, Wait } from '../../model/process';
import { CgroupTexts, readCommandAndCgroup, type CommandAndCgroup } from './command-and-cgroup';
import { readDetails, type DetailsRead, type SocketTables } from './details';
import { blocks, type ErrorCode, type Files } from './files';
import { isStartingContainer, looksLikeShim, relevanceOf } from './relevance';
import { parseStat, type Stat } from './stat';
import { readWait } from './wait';

/** What the numbers of stat mean on this machine, and when it is. */
export interface Units {
    readonly ticksPerSecond: number;
    readonly pageBytes: number;
    /** Absent where a saved proc directory does not tell: then no process is young. */
    readonly uptimeSeconds?: number;
}

/** How to live with reads that never return; a step is what is read of one process, in words that stay the same. */
export interface Caution {
    /** Told before each step, so that somebody else knows where this program stands. */
    readonly beforeStep?: (step: string) => void;
    /** Steps that were seen to never return. */
    readonly blockingSteps?: ReadonlySet<string>;
}

/** What could not be read, of how many. */
export interface Refusals {
    readonly processes: number;
    /** Not even their stat could be read: they are missing. */
    readonly unreadable: number;
    readonly malformed: number;
    readonly partly: number;
    /** Reading a part of them never returns. */
    readonly blocking: number;
    readonly codes: ReadonlySet<ErrorCode>;
}

/**
 * Every process that was seen, by its pid; with its start time that is its identity.
 *
 * The command line and the cgroup of a settled process are read once, and again in every sweep. They may change at an
 * exec (comm mostly changes too), in a process that only just started, and while a container is being made: there they
 * are read again each time. So a settled process that moves to another cgroup shows there from the next sweep on.
 */
export class ProcessTable {
    private readonly entries = new Map<number, Entry>();
    private readonly missing = new Map<number, ErrorCode | 'malformed'>();
    private readonly cgroupTexts = new CgroupTexts();
    private told: readonly Process[] = [];
    private isTold = true;

    constructor(
        private readonly files: Files,
        private readonly root: string,
        private readonly caution: Caution = {},
    ) {}

    /** The same array as before when nothing changed. */
    get processes(): readonly Process[] {
        if (!this.isTold) {
            this.told = Array.from(this.entries.values(), ({ process }) => process);
            this.isTold = true;
        }
        return this.told;
    }

    /** Those that must be read again although no process came or went. */
    get restless(): readonly number[] {
        return [...this.entries].filter(([, { isRestless }]) => isRestless).map(([pid]) => pid);
    }

    has(pid: number): boolean {
        return this.entries.has(pid);
    }

    /** Reads these processes; all others are gone. */
    readAll(pids: readonly number[], isSweep: boolean, units: Units): void {
        this.missing.clear();
        if (isSweep) {
            this.cgroupTexts.begin();
        }
        const listed = new Set(pids);
        for (const pid of this.entries.keys()) {
            if (!listed.has(pid)) {
                this.forget(pid);
            }
        }
        this.read(pids, isSweep, units);
    }

    read(pids: readonly number[], isSweep: boolean, units: Units): void {
        const due: Entry[] = [];
        for (const pid of pids) {
            const stat = this.readStat(pid);
            if (!stat) {
                this.forget(pid);
                continue;
            }
            const entry = this.remember(stat, units);
            if (isSweep || entry.isDue) {
                due.push(entry);
            }
        }
        const alive = due.filter((entry) => this.readCommandAndCgroup(entry));
        // Only now is every ancestor known.
        const socketTables: SocketTables = new Map();
        for (const entry of alive) {
            this.readDetails(entry, socketTables, units);
            this.tell(entry, compose(entry, units));
        }
        this.readWaits(pids, units);
    }

    refusals(): Refusals {
        const codes = new Set<ErrorCode>();
        let partly = 0;
        let blocking = 0;
        for (const { command, details } of this.entries.values()) {
            const refusals = [...(command?.refusals ?? []), ...(details?.refusals ?? [])];
            partly += refusals.some((code) => code !== blocks) ? 1 : 0;
            blocking += refusals.includes(blocks) ? 1 : 0;
            refusals.forEach((code) => codes.add(code));
        }
        const unreadable = [...this.missing.values()].filter((why) => why !== 'malformed');
        unreadable.forEach((code) => codes.add(code));
        return {
            processes: this.entries.size,
            unreadable: unreadable.length,
            malformed: this.missing.size - unreadable.length,
            partly,
            blocking,
            codes,
        };
    }

    private readStat(pid: number): Stat | undefined {
        const length = this.files.read(`${this.root}/${pid}/stat`, 4096);
        if (typeof length !== 'number') {
            if (!['ENOENT', 'ESRCH', 'ENOTDIR'].includes(length)) {
                this.missing.set(pid, length);
            }
            return undefined;
        }
        const stat = parseStat(this.files.bytes, length);
        if (stat?.pid === pid) {
            return stat;
        }
        this.missing.set(pid, 'malformed');
        return undefined;
    }

    private remember(stat: Stat, units: Units): Entry {
        const age = ageSeconds(stat, units);
        const isRestless = age < youngSeconds || isStartingContainer(stat.comm);
        const previous = this.entries.get(stat.pid);
        if (previous?.stat.startTicks !== stat.startTicks) {
            const process = factsOf(stat, units);
            const entry: Entry = { stat, process, told: process, isRestless, isDue: true };
            this.entries.set(stat.pid, entry);
            this.isTold = false;
            return entry;
        }
        const before = previous.stat;
        const isOtherNow = before.comm !== stat.comm || (before.state === 'Z') !== (stat.state === 'Z');
        previous.isDue = isOtherNow || isRestless || previous.isRestless;
        previous.isRestless = isRestless;
        if (!saysTheSame(before, stat)) {
            previous.stat = stat;
            previous.wait = stat.state === 'D' ? previous.wait : undefined;
            this.tell(previous, compose(previous, units));
        }
        return previous;
    }

    /** False when the process ended meanwhile. */
    private readCommandAndCgroup(entry: Entry): boolean {
        const { pid, kernelThread } = entry.stat;
        entry.command = kernelThread
            ? { facts: { argv: [] }, refusals: [] }
            : readCommandAndCgroup(this.files, `${this.root}/${pid}`, this.cgroupTexts, (step) =>
                  this.mayRead(entry.stat, step),
              );
        if (!entry.command) {
            this.forget(pid);
            return false;
        }
        entry.process = { ...entry.process, ...entry.command.facts };
        return true;
    }

    private readDetails(entry: Entry, socketTables: SocketTables, units: Units): void {
        const relevance = relevanceOf(entry.process, this.isBelowShim(entry.stat.ppid));
        if (relevance === 'other') {
            entry.details = undefined;
            return;
        }
        entry.details = this.mayRead(entry.stat, 'details')
            ? readDetails(this.files, `${this.root}/${entry.stat.pid}`, relevance, socketTables)
            : { details: {}, refusals: [blocks] };
        const isStillStarting = relevance === 'daemon' && !entry.details.details.listens?.length;
        entry.isRestless ||= isStillStarting && ageSeconds(entry.stat, units) < daemonStartSeconds;
    }

    /** Each time, for only a wait that is still the same says anything. */
    private readWaits(pids: readonly number[], units: Units): void {
        const waiting = pids.flatMap((pid) => {
            const entry = this.entries.get(pid);
            return entry?.stat.state === 'D' && entry.details ? entry : [];
        });
        for (const entry of waiting.slice(0, mostWaits)) {
            if (this.mayRead(entry.stat, 'wait')) {
                entry.wait = readWait(this.files, `${this.root}/${entry.stat.pid}`);
                this.tell(entry, compose(entry, units));
            }
        }
    }

    private mayRead({ pid, startTicks }: Stat, what: string): boolean {
        const { beforeStep, blockingSteps } = this.caution;
        if (!beforeStep && !blockingSteps) {
            return true;
        }
        const step = `${pid} ${startTicks} ${what}`;
        if (blockingSteps?.has(step)) {
            return false;
        }
        beforeStep?.(step);
        return true;
    }

    private isBelowShim(ppid: number): boolean {
        const seen = new Set<number>(); // read one after the other, parents may form a circle
        for (let pid = ppid; pid > 1 && !seen.has(pid);) {
            seen.add(pid);
            const ancestor = this.entries.get(pid)?.process;
            if (!ancestor) {
                return false;
            }
            if (looksLikeShim(ancestor)) {
                return true;
            }
            pid = ancestor.ppid;
        }
        return false;
    }

    /** Keeps the object that was told before when the new one says the same. */
    private tell(entry: Entry, process: Process): void {
        if (isDeepStrictEqual(process, entry.told)) {
            entry.process = entry.told;
            return;
        }
        entry.process = process;
        entry.told = process;
        this.isTold = false;
    }

    private forget(pid: number): void {
        this.isTold = !this.entries.delete(pid) && this.isTold;
    }
}

interface Entry {
    stat: Stat;
    command?: CommandAndCgroup | undefined;
    details?: DetailsRead | undefined;
    wait?: Wait | undefined;
    process: Process;
    /** The object that the last look handed out. */
    told: Process;
    isRestless: boolean;
    /** Its command line, cgroup and details are to be read. */
    isDue: boolean;
}

/** From fork to the last exec of what a shell, a runtime or a service manager starts. */
const youngSeconds = 2;

/** dockerd first loads every container, and listens then. */
const daemonStartSeconds = 60;

/** A paused container may hold thousands that wait like one. */
const mostWaits = 100;

function ageSeconds(stat: Stat, units: Units): number {
    return (units.uptimeSeconds ?? Number.POSITIVE_INFINITY) - stat.startTicks / units.ticksPerSecond;
}

function compose({ stat, command, details, wait }: Entry, units: Units): Process {
    return { ...factsOf(stat, units), ...command?.facts, ...details?.details, ...(wait && { wait }) };
}

function factsOf(stat: Stat, units: Units): Process {
    const { residentPages, ...facts } = stat;
    return { ...facts, residentBytes: residentPages * units.pageBytes };
}

function saysTheSame(one: Stat, other: Stat): boolean {
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
