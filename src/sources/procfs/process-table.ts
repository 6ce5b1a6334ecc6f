import type { Process, Wait } from '../../model/process';
import { CgroupTexts, readCommandAndCgroup, type CommandAndCgroup } from './command-and-cgroup';
import { readDetails, type DetailsRead, type SocketTables } from './details';
import { blocks, type ErrorCode, type Files } from './files';
import type { MayBeNew } from './forks';
import { ageSeconds, factsOf, isSameProcess, isSameStat, type Units } from './process-facts';
import { isStartingContainer, looksLikeShim, relevanceOf } from './relevance';
import { parseStat, type Stat } from './stat';
import { readWait } from './wait';

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
 *
 * The stat of a process that has no part in anything is not read in each look either: it is when its pid may have gone
 * to another process, when its parent ended, and in its turn.
 */
export class ProcessTable {
    private readonly entries = new Map<number, Entry>();
    private readonly missing = new Map<number, ErrorCode | 'malformed'>();
    private readonly cgroupTexts = new CgroupTexts();
    private told: readonly Process[] = [];
    private isTold = true;
    private turn = 0;

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

    has(pid: number): boolean {
        return this.entries.has(pid);
    }

    /** Reads all of these processes; all others are gone. */
    sweep(pids: readonly number[], units: Units): void {
        this.cgroupTexts.begin();
        this.forgetAllBut(pids);
        this.read(pids, true, units);
    }

    /** Reads those of these processes that may have changed; all others are gone. */
    readChanged(pids: readonly number[], onScreen: ReadonlySet<number>, mayBeNew: MayBeNew, units: Units): void {
        const gone = this.forgetAllBut(pids);
        const isDue = (pid: number): boolean => {
            const entry = this.entries.get(pid);
            return (
                !entry ||
                this.isWatched(pid, entry, onScreen) ||
                mayBeNew(pid) ||
                gone.has(entry.stat.ppid) || // it has another parent now
                pid % turns === this.turn % turns
            );
        };
        this.read(pids.filter(isDue), false, units);
    }

    /** No process came or went: reads those that change nevertheless, and matter. */
    readWatched(onScreen: ReadonlySet<number>, units: Units): void {
        const due: number[] = [];
        for (const [pid, entry] of this.entries) {
            if (entry.isRestless || onScreen.has(pid)) due.push(pid);
        }
        this.read(due, false, units);
    }

    /** What has a part in what is shown, or is about to change. */
    private isWatched(pid: number, entry: Entry, onScreen: ReadonlySet<number>): boolean {
        return entry.isRestless || entry.details !== undefined || onScreen.has(pid);
    }

    private forgetAllBut(pids: readonly number[]): ReadonlySet<number> {
        this.missing.clear();
        this.turn++;
        for (const pid of pids) {
            const entry = this.entries.get(pid);
            if (entry) entry.listedIn = this.turn;
        }
        const gone = new Set<number>();
        for (const [pid, { listedIn }] of this.entries) {
            if (listedIn === this.turn) continue;
            gone.add(pid);
            this.forget(pid);
        }
        return gone;
    }

    private read(pids: readonly number[], isSweep: boolean, units: Units): void {
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
        const alive = due.filter((entry) => this.readCommandAndCgroup(entry, units));
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
            if (!command?.refusals.length && !details?.refusals.length) continue;
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
            const entry: Entry = {
                stat,
                process,
                told: process,
                looksLikeShim: false,
                listedIn: this.turn,
                isRestless,
                isDue: true,
            };
            this.entries.set(stat.pid, entry);
            this.isTold = false;
            return entry;
        }
        const before = previous.stat;
        const isOtherNow = before.comm !== stat.comm || (before.state === 'Z') !== (stat.state === 'Z');
        previous.isDue = isOtherNow || isRestless || previous.isRestless;
        previous.isRestless = isRestless;
        if (!isSameStat(before, stat)) {
            previous.stat = stat;
            previous.wait = stat.state === 'D' ? previous.wait : undefined;
            this.tell(previous, compose(previous, units));
        }
        return previous;
    }

    /** False when the process ended meanwhile. */
    private readCommandAndCgroup(entry: Entry, units: Units): boolean {
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
        entry.process = { ...factsOf(entry.stat, units), ...entry.command.facts };
        entry.looksLikeShim = looksLikeShim(entry.process);
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
        let left = mostWaits;
        for (const pid of pids) {
            const entry = this.entries.get(pid);
            if (entry?.stat.state !== 'D' || !entry.details || left === 0) continue;
            left--;
            if (!this.mayRead(entry.stat, 'wait')) continue;
            entry.wait = readWait(this.files, `${this.root}/${pid}`);
            this.tell(entry, compose(entry, units));
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
        // Read one after the other, parents may form a circle.
        let steps = this.entries.size;
        for (let pid = ppid; pid > 1 && steps > 0; steps--) {
            const ancestor = this.entries.get(pid);
            if (!ancestor) {
                return false;
            }
            if (ancestor.looksLikeShim) {
                return true;
            }
            pid = ancestor.stat.ppid;
        }
        return false;
    }

    /** Keeps the object that was told before when the new one says the same. */
    private tell(entry: Entry, process: Process): void {
        if (isSameProcess(process, entry.told)) {
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
    looksLikeShim: boolean;
    /** The turn in which the kernel listed it last. */
    listedIn: number;
    isRestless: boolean;
    /** Its command line, cgroup and details are to be read. */
    isDue: boolean;
}

/** In each steady look, one of so many parts of what has no part in anything is read, too. */
const turns = 10;

/** From fork to the last exec of what a shell, a runtime or a service manager starts. */
const youngSeconds = 2;

/** dockerd first loads every container, and listens then. */
const daemonStartSeconds = 60;

/** A paused container may hold thousands that wait like one. */
const mostWaits = 100;

function compose({ stat, command, details, wait }: Entry, units: Units): Process {
    return { ...factsOf(stat, units), ...command?.facts, ...details?.details, ...(wait && { wait }) };
}
