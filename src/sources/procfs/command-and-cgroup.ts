import type { CgroupLine, Process } from '../../model/process';
import { parseCgroup } from './cgroup';
import { parseCmdline } from './cmdline';
import { largestRead, type ErrorCode, type Files } from './files';
import { ParsedTexts } from './parsed-texts';

type CommandFacts = Pick<Process, 'argv' | 'argvTruncated'>;

/** What an exec or a move to another cgroup changes, and little else does. */
export interface CommandAndCgroup {
    /** The same object as long as it says the same, as are the cgroups. */
    readonly command: CommandFacts | undefined;
    readonly cgroups: readonly CgroupLine[] | undefined;
    /** Why some of it is absent. */
    readonly refusals: readonly ErrorCode[];
}

export function isSameCommandAndCgroup(one: CommandAndCgroup, other: CommandAndCgroup): boolean {
    return (
        one.command === other.command && one.cgroups === other.cgroups && one.refusals.join() === other.refusals.join()
    );
}

/** Reads them, and remembers what it parsed until the second `begin` after. */
export class CommandAndCgroupReader {
    private readonly commands = new ParsedTexts<CommandFacts>(commandFacts);
    private readonly cgroups = new ParsedTexts<{ readonly lines: readonly CgroupLine[] | undefined }>(
        (bytes, length) => ({ lines: parseCgroup(bytes, length) }),
    );

    constructor(private readonly files: Files) {}

    begin(): void {
        this.commands.begin();
        this.cgroups.begin();
    }

    /** Undefined when the process ended meanwhile; `directory` is its directory in /proc. */
    read(
        directory: string,
        refusal: (file: 'cmdline' | 'cgroup') => ErrorCode | undefined,
    ): CommandAndCgroup | undefined {
        const { files } = this;
        const commandLength = refusal('cmdline') ?? files.read(`${directory}/cmdline`, longestCommand + 1);
        if (typeof commandLength !== 'number' && hasEnded(files, directory, commandLength)) {
            return undefined;
        }
        const command = typeof commandLength === 'number' ? this.commands.parse(files.bytes, commandLength) : undefined;
        const cgroupLength = refusal('cgroup') ?? files.read(`${directory}/cgroup`, largestRead);
        if (typeof cgroupLength !== 'number' && hasEnded(files, directory, cgroupLength)) {
            return undefined;
        }
        const cgroups =
            typeof cgroupLength === 'number'
                ? this.cgroups.parse(files.bytes, lengthOfWholeLines(files.bytes, cgroupLength)).lines
                : undefined;
        return { command, cgroups, refusals: refusalsAmong(commandLength, cgroupLength) };
    }
}

/** A list shows a line of it; a shim's or a daemon's own arguments are far shorter. */
const longestCommand = 4096;

function commandFacts(bytes: Buffer, length: number): CommandFacts {
    return length > longestCommand
        ? { argv: parseCmdline(bytes, longestCommand), argvTruncated: true }
        : { argv: parseCmdline(bytes, length) };
}

/** A path that is cut off names another cgroup. */
function lengthOfWholeLines(bytes: Buffer, length: number): number {
    return length < largestRead ? length : bytes.lastIndexOf(0x0a) + 1;
}

/** ENOENT means that the process ended, or that a saved proc directory holds no such file: its stat tells which. */
function hasEnded(files: Files, directory: string, code: ErrorCode): boolean {
    return code === 'ESRCH' || (code === 'ENOENT' && typeof files.read(`${directory}/stat`, 4096) !== 'number');
}

const none: readonly ErrorCode[] = [];

function refusalsAmong(command: number | ErrorCode, cgroup: number | ErrorCode): readonly ErrorCode[] {
    return typeof command === 'number' && typeof cgroup === 'number'
        ? none // as nearly always
        : ([command, cgroup].filter((answer) => typeof answer === 'string' && answer !== 'ENOENT') as ErrorCode[]);
}
