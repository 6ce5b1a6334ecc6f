import type { Process } from '../../model/process';
import type { Caution } from './caution';
import { CommandAndCgroupReader, type CommandAndCgroup } from './command-and-cgroup';
import { readDetails, type SocketTables } from './details';
import { blocks, notTried, type ErrorCode, type Files } from './files';
import type { MayBeNew } from './forks';
import { ageSeconds, ProcessEntry, type Units } from './process-entry';
import { parseStat, type Stat } from './stat';
import { readWait } from './wait';

/** A typed array, because it is made anew in each look, with thousands in it. */
export type Pids = Int32Array;

/** What could not be read, of how many. */
export interface Refusals {
    readonly processes: number;
    /** The processes, and those of which not even stat could be read: they are missing. */
    readonly listed: number;
    /** Not even their stat could be read: they are missing. */
    readonly unreadable: number;
    readonly malformed: number;
    readonly partly: number;
    /** Reading a part of them never returns. */
    readonly blocking: number;
    /** Of these, nothing but stat was tried. */
    readonly statOnly: number;
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
 *
 * The costlier files of one that is no daemon are read when anything else of it is new, and of the others a third in each
 * sweep: they hardly ever change, and were a sixth of what a sweep of a host with a hundred containers cost.
 */
export class ProcessTable {
    /** Walked by forEach: an iterator makes an object for each of thousands. */
    private readonly entries = new Map<number, ProcessEntry>();
    private readonly missing = new Map<number, ErrorCode | 'malformed'>();
    private readonly commandAndCgroup: CommandAndCgroupReader;
    private told: readonly Process[] = [];
    private hasOthers = false;
    private turn = 0;
    private sweeps = 0;

    constructor(
        private readonly files: Files,
        private readonly root: string,
        private readonly caution: Pick<Caution, 'refusal'>,
    ) {
        this.commandAndCgroup = new CommandAndCgroupReader(files, ({ pid, startTicks }, file) =>
            caution.refusal(pid, startTicks, file),
        );
    }

    has(pid: number): boolean {
        return this.entries.has(pid);
    }

    /** The same array as before when nothing changed. */
    processes(units: Units): readonly Process[] {
        let isSame = !this.hasOthers;
        this.entries.forEach((entry) => {
            if (entry.tell(units)) isSame = false;
        });
        if (!isSame) {
            const told = new Array<Process>(this.entries.size);
            let at = 0;
            this.entries.forEach(({ process }) => (told[at++] = process));
            this.told = told;
            this.hasOthers = false;
        }
        return this.told;
    }

    /** Reads all of these processes; all others are gone. */
    sweep(pids: Pids, units: Units): void {
        this.commandAndCgroup.begin();
        this.sweeps++;
        this.forgetAllBut(pids);
        this.read(pids, true, units);
    }

    /** Reads those of these processes that may have changed; all others are gone. */
    readChanged(pids: Pids, onScreen: ReadonlySet<number>, mayBeNew: MayBeNew, units: Units): void {
        const gone = this.forgetAllBut(pids);
        const isDue = (pid: number): boolean => {
            const entry = this.entries.get(pid);
            return (
                !entry ||
                entry.isRestless ||
                entry.details !== undefined || // it has a part in what is shown
                onScreen.has(pid) ||
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
        this.entries.forEach((entry, pid) => {
            if (entry.isRestless || onScreen.has(pid)) due.push(pid);
        });
        this.read(Int32Array.from(due), false, units);
    }

    private forgetAllBut(pids: Pids): ReadonlySet<number> {
        this.missing.clear();
        this.turn++;
        pids.forEach((pid) => {
            const entry = this.entries.get(pid);
            if (entry) entry.listedIn = this.turn;
        });
        const gone = new Set<number>();
        this.entries.forEach(({ listedIn }, pid) => {
            if (listedIn === this.turn) return;
            gone.add(pid);
            this.forget(pid);
        });
        return gone;
    }

    private forget(pid: number): void {
        if (this.entries.delete(pid)) this.hasOthers = true;
    }

    private read(pids: Pids, isSweep: boolean, units: Units): void {
        const due: ProcessEntry[] = [];
        const waiting: ProcessEntry[] = [];
        // What one process says is read at once: a part of the kernel's work is to find its directory.
        for (const pid of pids) {
            const known = this.entries.get(pid);
            const directory = known?.directory ?? `${this.root}/${pid}`;
            const stat = this.readStat(pid, directory, known?.stat);
            if (!stat) {
                this.forget(pid);
                continue;
            }
            const isKnown = known?.stat.startTicks === stat.startTicks;
            const entry = isKnown ? known : this.add(stat, directory, units);
            const mayBeOther = entry.update(stat, units);
            if (stat.state === 'D') waiting.push(entry);
            if (!isSweep && !mayBeOther) continue;
            const command = this.readCommandAndCgroup(entry);
            if (!command) {
                this.forget(pid); // it ended meanwhile
                continue;
            }
            const isSame = command === entry.command && !mayBeOther;
            entry.updateCommand(command);
            if (!isSame || this.mustReadDetails(entry)) due.push(entry);
        }
        // Only now is every ancestor known.
        const socketTables: SocketTables = new Map();
        for (const entry of due) this.readDetails(entry, socketTables, units);
        this.readWaits(waiting);
    }

    private mustReadDetails({ stat, relevance, details }: ProcessEntry): boolean {
        const isInTurn = stat.pid % detailsTurns === this.sweeps % detailsTurns;
        return !details || relevance === 'daemon' || isInTurn || details.refusals.some(wasLeftOut);
    }

    private add(stat: Stat, directory: string, units: Units): ProcessEntry {
        const entry = new ProcessEntry(stat, directory, units);
        entry.listedIn = this.turn;
        this.entries.set(stat.pid, entry);
        this.hasOthers = true;
        return entry;
    }

    private readStat(pid: number, directory: string, previous: Stat | undefined): Stat | undefined {
        const length =
            this.caution.refusal(pid, previous?.startTicks, 'stat') ?? this.files.read(`${directory}/stat`, 4096);
        if (typeof length !== 'number') {
            if (!['ENOENT', 'ESRCH', 'ENOTDIR'].includes(length)) {
                this.missing.set(pid, length);
            }
            return undefined;
        }
        const stat = parseStat(this.files.bytes, length, previous);
        if (stat?.pid === pid) {
            return stat;
        }
        this.missing.set(pid, 'malformed');
        return undefined;
    }

    /** Undefined when the process ended meanwhile. */
    private readCommandAndCgroup({ stat, directory, command }: ProcessEntry): CommandAndCgroup | undefined {
        return stat.kernelThread ? ofKernelThread : this.commandAndCgroup.read(stat, directory, command);
    }

    private readDetails(entry: ProcessEntry, socketTables: SocketTables, units: Units): void {
        const { stat, relevance } = entry;
        if (relevance === 'other' && (stat.kernelThread || !this.isBelowShim(stat.ppid))) {
            entry.updateDetails(undefined);
            return;
        }
        const isDaemon = relevance === 'daemon';
        // Nothing is concluded from those of a process further inside a container.
        const isFurtherInside = relevance === 'member' && this.entries.get(stat.ppid)?.relevance === 'member';
        const wanted = { namespaces: !isFurtherInside, listens: isDaemon };
        const refusal = this.caution.refusal(stat.pid, stat.startTicks, 'details');
        const read = refusal
            ? { details: {}, refusals: [refusal] }
            : readDetails(this.files, entry.directory, wanted, socketTables);
        entry.updateDetails(read);
        const isStillStarting = isDaemon && !read.details.listens?.length;
        entry.isRestless ||= isStillStarting && ageSeconds(stat, units) < daemonStartSeconds;
    }

    /** Each time, for only a wait that is still the same says anything. */
    private readWaits(waiting: readonly ProcessEntry[]): void {
        const haveAPart = waiting.filter(({ details }) => details !== undefined);
        haveAPart.forEach((entry, index) => {
            const isRead = index < mostWaits && !this.caution.refusal(entry.stat.pid, entry.stat.startTicks, 'wait');
            // What was read in an earlier look would be taken for the same wait.
            entry.updateWait(isRead ? readWait(this.files, entry.directory) : undefined);
        });
    }

    private isBelowShim(ppid: number): boolean {
        // Read one after the other, parents may form a circle.
        let steps = this.entries.size;
        for (let pid = ppid; pid > 1 && steps > 0; steps--) {
            const ancestor = this.entries.get(pid);
            if (!ancestor) {
                return false;
            }
            if (ancestor.relevance === 'shim') {
                return true;
            }
            pid = ancestor.stat.ppid;
        }
        return false;
    }

    refusals(): Refusals {
        const codes = new Set<ErrorCode>();
        let partly = 0;
        let blocking = 0;
        let statOnly = 0;
        this.entries.forEach(({ command, details }) => {
            if (!command?.refusals.length && !details?.refusals.length) return;
            const refusals = [...(command?.refusals ?? []), ...(details?.refusals ?? [])];
            partly += refusals.every(wasLeftOut) ? 0 : 1;
            blocking += refusals.includes(blocks) ? 1 : 0;
            statOnly += refusals.includes(notTried) ? 1 : 0;
            refusals.forEach((code) => codes.add(code));
        });
        const missing = [...this.missing.values()];
        const unreadable = missing.filter((why) => why !== 'malformed' && why !== blocks);
        unreadable.forEach((code) => codes.add(code));
        return {
            processes: this.entries.size,
            listed: this.entries.size + missing.filter((why) => why !== 'malformed').length,
            unreadable: unreadable.length,
            malformed: missing.filter((why) => why === 'malformed').length,
            partly,
            blocking: blocking + missing.filter((why) => why === blocks).length,
            statOnly,
            codes,
        };
    }
}

/** It was not even tried. */
function wasLeftOut(code: ErrorCode): boolean {
    return code === blocks || code === notTried;
}

const ofKernelThread: CommandAndCgroup = {
    command: { bytes: Buffer.alloc(0), parsed: { argv: [] }, usedIn: 0 },
    cgroups: undefined,
    refusals: [],
};

/** In each steady look, one of so many parts of what has no part in anything is read, too. */
const turns = 10;

/** In each sweep, one of so many parts of the costlier files is read again. */
const detailsTurns = 3;

/** dockerd first loads every container, and listens then. */
const daemonStartSeconds = 60;

/** A paused container may hold thousands that wait like one. */
const mostWaits = 100;
