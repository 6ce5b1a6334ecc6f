import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
import { Caution, type CautionWanted } from './caution';
import { readCommandLine, type CommandLineRead, type ProcessIdentity } from './command-line';
import { openFiles, ResourcesExhausted, type FileSystem } from './files';
import { cannotRead, failedUnexpectedly, gapsOf, holdsNoProcess, resourcesExhausted } from './gaps';
import {
    isSameMark,
    newPidsBetween,
    readForkCount,
    readForkMark,
    readPidFacts,
    type ForkCount,
    type ForkMark,
    type PidFacts,
} from './forks';
import { readHostFacts, readUptimeSeconds, type HostFacts } from './host';
import type { LookFailure, LookFigures, LookOptions, LookResult } from './look';
import type { Units } from './process-entry';
import { ProcessTable, type Pids } from './process-table';

export interface ProcfsReader {
    /** Blocks while it reads, and for ever when the kernel does: run it in a process that can be killed. */
    readonly look: (options?: LookOptions, caution?: CautionWanted) => LookResult;
    /** The whole of it, of one process; blocks likewise. */
    readonly commandLine: (process: ProcessIdentity, caution?: CautionWanted) => CommandLineRead;
}

export interface ProcfsReaderOptions {
    /** How old what hardly ever changes may grow before a look reads it again. */
    readonly fullEveryMilliseconds?: number;
    readonly fileSystem?: FileSystem;
    /** Told where a look stands: now and then, or before each step where that is wanted. */
    readonly tellStep?: (step: string) => void;
}

/** Reads every process below `rootPath`, a proc file system or a saved copy of a part of one. */
export function createProcfsReader(rootPath: string, options: ProcfsReaderOptions = {}): ProcfsReader {
    const root = resolve(rootPath);
    const fullEveryMilliseconds = options.fullEveryMilliseconds ?? 30_000;
    const files = openFiles(options.fileSystem);
    const caution = new Caution(options.tellStep ?? (() => undefined));
    const table = new ProcessTable(files, root, caution);
    let hostFacts: HostFacts | undefined;
    let lastFullAt = Number.NEGATIVE_INFINITY;
    let pidFacts: PidFacts | undefined;
    let lastMark: ForkMark | undefined;
    /** Before the last look that listed all processes, if it succeeded. */
    let lastCount: ForkCount | undefined;
    let gaps: readonly Gap[] = [];
    let hidesProcesses = false;

    function look(lookOptions: LookOptions = {}, cautionWanted: CautionWanted = {}): LookResult {
        const startedAt = performance.now();
        const openedBefore = files.opened;
        try {
            caution.begin(cautionWanted);
            // Read before the processes are: what is forked meanwhile moves it, and so is seen by the next look.
            const mark = readForkMark(files, root);
            const kind = chooseKind(lookOptions, startedAt, mark);
            lastMark = undefined; // until this look has succeeded
            if (!hostFacts || kind === 'full') {
                hostFacts = readHostFacts(files, root);
                pidFacts = readPidFacts(files, root);
            }
            const uptimeSeconds = readUptimeSeconds(files, root);
            const { host, pageBytes } = hostFacts;
            const units = { ...host, pageBytes, ...(uptimeSeconds !== undefined && { uptimeSeconds }) };
            const onScreen = new Set(lookOptions.onScreen);
            if (kind === 'unchanged') {
                table.readWatched(onScreen, units);
            } else {
                const failure = lookAtAll(kind === 'full' ? 'all' : onScreen, mark, units, hostFacts);
                if (failure) {
                    return failure;
                }
            }
            caution.end();
            lastMark = mark;
            lastFullAt = kind === 'full' ? startedAt : lastFullAt;
            return {
                ok: true,
                host: {
                    ...host,
                    ...(uptimeSeconds !== undefined && { uptimeSeconds }),
                    ...(hidesProcesses && { hidesProcesses }),
                },
                processes: table.processes(units),
                gaps,
                look: kind,
                filesOpened: files.opened - openedBefore,
                milliseconds: performance.now() - startedAt,
            };
        } catch (error) {
            const isExhausted = error instanceof ResourcesExhausted;
            return {
                ok: false,
                gap: isExhausted ? resourcesExhausted(root, error.code) : failedUnexpectedly(root, error),
            };
        }
    }

    function chooseKind(lookOptions: LookOptions, now: number, mark: ForkMark | undefined): LookFigures['look'] {
        if (lookOptions.full || !hostFacts || now - lastFullAt >= fullEveryMilliseconds) {
            return 'full';
        }
        return isSameMark(mark, lastMark) && !hostFacts.isLoadAverageMountedOver ? 'unchanged' : 'steady';
    }

    function lookAtAll(
        what: 'all' | ReadonlySet<number>,
        mark: ForkMark | undefined,
        units: Units,
        { hidepid, isLoadAverageMountedOver }: HostFacts,
    ): LookFailure | undefined {
        // Counted before they are listed: what comes in between is new in the next look, too.
        const before = lastCount;
        const now = isLoadAverageMountedOver ? undefined : readForkCount(files, root, mark);
        lastCount = undefined;
        caution.readsRoot();
        const names = files.readDirectory(root);
        if (typeof names === 'string') {
            return { ok: false, gap: cannotRead(root, names) };
        }
        if (what === 'all') {
            table.sweep(pidsAmong(names), units);
        } else {
            table.readChanged(pidsAmong(names), what, newPidsBetween(before, now, pidFacts), units);
        }
        lastCount = now;
        const refusals = table.refusals();
        if (refusals.listed === 0) {
            return { ok: false, gap: holdsNoProcess(root) };
        }
        const hiding = table.has(1) ? undefined : hidepid;
        gaps = gapsOf(root, refusals, hiding);
        hidesProcesses = hiding !== undefined || refusals.listed > refusals.processes;
        return undefined;
    }

    function commandLine(process: ProcessIdentity, cautionWanted: CautionWanted = {}): CommandLineRead {
        try {
            caution.begin(cautionWanted);
            return readCommandLine(files, `${root}/${process.pid}`, process, caution);
        } catch (error) {
            if (error instanceof ResourcesExhausted) return { refused: error.code };
            throw error;
        } finally {
            caution.end();
        }
    }

    return { look, commandLine };
}

function pidsAmong(names: readonly string[]): Pids {
    const pids = new Int32Array(names.length);
    let count = 0;
    for (const name of names) {
        const first = name.charCodeAt(0);
        if (first > 0x30 && first <= 0x39) pids[count++] = Number(name);
    }
    return pids.subarray(0, count);
}
