import type { CgroupLine, Process } from '../../model/process';
import { parseCgroup } from './cgroup';
import { parseCmdline } from './cmdline';
import { blocks, largestRead, type ErrorCode, type Files } from './files';

/** What an exec or a move to another cgroup changes, and little else does. */
export interface CommandAndCgroup {
    readonly facts: Pick<Process, 'argv' | 'argvTruncated' | 'cgroups'>;
    /** Why some of it is absent. */
    readonly refusals: readonly ErrorCode[];
}

/**
 * Cgroup lines by the text that they were parsed from: the processes of one container share one object. Texts that no
 * process had since the table before last was begun are forgotten.
 */
export class CgroupTexts {
    private current = new Map<string, readonly CgroupLine[] | undefined>();
    private previous = new Map<string, readonly CgroupLine[] | undefined>();

    begin(): void {
        this.previous = this.current;
        this.current = new Map();
    }

    parse(bytes: Buffer, length: number): readonly CgroupLine[] | undefined {
        const text = bytes.toString('latin1', 0, length);
        if (this.current.has(text)) {
            return this.current.get(text);
        }
        const lines = this.previous.get(text) ?? parseCgroup(bytes, length);
        this.current.set(text, lines);
        return lines;
    }
}

/** A list shows a line of it; a shim's or a daemon's own arguments are far shorter. */
const longestCommand = 4096;

/** Undefined when the process ended meanwhile. */
export function readCommandAndCgroup(
    files: Files,
    directory: string,
    texts: CgroupTexts,
    mayRead: (step: 'cmdline' | 'cgroup') => boolean,
): CommandAndCgroup | undefined {
    const refusals: ErrorCode[] = [];
    const commandLength = mayRead('cmdline') ? files.read(`${directory}/cmdline`, longestCommand + 1) : blocks;
    if (typeof commandLength !== 'number' && hasEnded(files, directory, commandLength)) {
        return undefined;
    }
    const command = typeof commandLength === 'number' ? commandFacts(files.bytes, commandLength) : undefined;
    if (typeof commandLength !== 'number') {
        refusals.push(commandLength);
    }
    const cgroupLength = mayRead('cgroup') ? files.read(`${directory}/cgroup`, largestRead) : blocks;
    if (typeof cgroupLength !== 'number') {
        if (hasEnded(files, directory, cgroupLength)) {
            return undefined;
        }
        refusals.push(cgroupLength);
        return { facts: { ...command }, refusals: refusals.filter((code) => code !== 'ENOENT') };
    }
    // A path that is cut off names another cgroup.
    const wholeLines = cgroupLength < largestRead ? cgroupLength : files.bytes.lastIndexOf(0x0a) + 1;
    const cgroups = texts.parse(files.bytes, wholeLines);
    return {
        facts: { ...command, ...(cgroups && { cgroups }) },
        refusals: refusals.filter((code) => code !== 'ENOENT'),
    };
}

function commandFacts(bytes: Buffer, length: number): Pick<Process, 'argv' | 'argvTruncated'> {
    return length > longestCommand
        ? { argv: parseCmdline(bytes, longestCommand), argvTruncated: true }
        : { argv: parseCmdline(bytes, length) };
}

/** ENOENT means that the process ended, or that a saved proc directory holds no such file: its stat tells which. */
function hasEnded(files: Files, directory: string, code: ErrorCode): boolean {
    return code === 'ESRCH' || (code === 'ENOENT' && typeof files.read(`${directory}/stat`, 4096) !== 'number');
}
