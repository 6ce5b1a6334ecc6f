import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
import { openFiles, ResourcesExhausted, type FileSystem } from './files';
import { cannotRead, failedUnexpectedly, gapsOf, holdsNoProcess, resourcesExhausted } from './gaps';
import { readForkMark, readHostFacts, readUptimeSeconds, type HostFacts } from './host';
import type { LookFailure, LookFigures, LookOptions, LookResult } from './look';
import { ProcessTable, type Caution, type Units } from './process-table';

export interface ProcfsReader {
    /** Blocks while it reads, and for ever when the kernel does: run it in a process that can be killed. */
    readonly look: (options?: LookOptions) => LookResult;
}

export interface ProcfsReaderOptions {
    /** How old what hardly ever changes may grow before a look reads it again. */
    readonly fullEveryMilliseconds?: number;
    readonly fileSystem?: FileSystem;
    readonly caution?: Caution;
}

/** Reads every process below `rootPath`, a proc file system or a saved copy of a part of one. */
export function createProcfsReader(rootPath: string, options: ProcfsReaderOptions = {}): ProcfsReader {
    const root = resolve(rootPath);
    const fullEveryMilliseconds = options.fullEveryMilliseconds ?? 30_000;
    const files = openFiles(options.fileSystem);
    const table = new ProcessTable(files, root, options.caution);
    let hostFacts: HostFacts | undefined;
    let lastFullAt = Number.NEGATIVE_INFINITY;
    let lastForkMark: string | undefined;
    let gaps: readonly Gap[] = [];
    let hidesProcesses = false;

    function look(lookOptions: LookOptions = {}): LookResult {
        const startedAt = performance.now();
        const openedBefore = files.opened;
        try {
            // Read before the processes are: what is forked meanwhile moves it, and so is seen by the next look.
            const forkMark = readForkMark(files, root);
            const kind = chooseKind(lookOptions, startedAt, forkMark);
            lastForkMark = undefined; // until this look has succeeded
            if (!hostFacts || kind === 'full') {
                hostFacts = readHostFacts(files, root);
            }
            const uptimeSeconds = readUptimeSeconds(files, root);
            const { host, pageBytes } = hostFacts;
            const units = { ...host, pageBytes, ...(uptimeSeconds !== undefined && { uptimeSeconds }) };
            if (kind === 'unchanged') {
                const onScreen = (lookOptions.onScreen ?? []).filter((pid) => table.has(pid));
                table.read([...new Set([...table.restless, ...onScreen])], false, units);
            } else {
                const failure = lookAtAll(kind, units, hostFacts);
                if (failure) {
                    return failure;
                }
            }
            lastForkMark = forkMark;
            lastFullAt = kind === 'full' ? startedAt : lastFullAt;
            return {
                ok: true,
                host: {
                    ...host,
                    ...(uptimeSeconds !== undefined && { uptimeSeconds }),
                    ...(hidesProcesses && { hidesProcesses }),
                },
                processes: table.processes,
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

    function chooseKind(lookOptions: LookOptions, now: number, forkMark: string | undefined): LookFigures['look'] {
        if (lookOptions.full || !hostFacts || now - lastFullAt >= fullEveryMilliseconds) {
            return 'full';
        }
        const noneCameOrWent = forkMark !== undefined && forkMark === lastForkMark;
        return noneCameOrWent && !hostFacts.isLoadAverageMountedOver ? 'unchanged' : 'steady';
    }

    function lookAtAll(kind: 'full' | 'steady', units: Units, { hidepid }: HostFacts): LookFailure | undefined {
        const names = files.readDirectory(root);
        if (typeof names === 'string') {
            return { ok: false, gap: cannotRead(root, names) };
        }
        const pids = names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
        table.readAll(pids, kind === 'full', units);
        const refusals = table.refusals();
        if (refusals.processes + refusals.unreadable === 0) {
            return { ok: false, gap: holdsNoProcess(root) };
        }
        const hiding = table.has(1) ? undefined : hidepid;
        gaps = gapsOf(root, refusals, hiding);
        hidesProcesses = hiding !== undefined || refusals.unreadable > 0;
        return undefined;
    }

    return { look };
}
