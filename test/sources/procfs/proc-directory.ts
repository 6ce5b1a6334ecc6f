import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A saved proc directory, made by a test. */
export interface ProcDirectory {
    readonly root: string;
    /** Writes files by their path below the root, such as `12/stat`. */
    readonly write: (files: Readonly<Record<string, string | Buffer>>) => void;
    readonly remove: (path: string) => void;
    readonly dispose: () => void;
}

export function makeProcDirectory(files: Readonly<Record<string, string | Buffer>> = {}): ProcDirectory {
    const root = mkdtempSync(join(tmpdir(), 'procfs-test-'));
    const write: ProcDirectory['write'] = (more) => {
        for (const [path, content] of Object.entries(more)) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), content);
        }
    };
    write(files);
    return {
        root,
        write,
        remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
        dispose: () => rmSync(root, { recursive: true, force: true }),
    };
}

export interface StatFields {
    readonly pid: number;
    readonly comm?: string | Buffer;
    readonly state?: string;
    readonly ppid?: number;
    readonly session?: number;
    readonly flags?: number;
    readonly threads?: number;
    readonly startTicks?: number;
    readonly residentPages?: number;
}

/** A line as the kernel's fs/proc/array.c writes it: 52 fields, the unnamed ones as of an idle process. */
export function statLine(fields: StatFields): Buffer {
    const { pid, comm = 'sleep', state = 'S', ppid = 1, session = pid, flags = 4194304 } = fields;
    const { threads = 1, startTicks = 1000 + pid, residentPages = 200 } = fields;
    const rest =
        `${state} ${ppid} ${pid} ${session} 34816 -1 ${flags} 95 0 0 0 0 0 0 0 20 0 ${threads} 0 ${startTicks} ` +
        `5623808 ${residentPages} 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
    return Buffer.concat([Buffer.from(`${pid} (`), Buffer.from(comm), Buffer.from(`) ${rest}`)]);
}
