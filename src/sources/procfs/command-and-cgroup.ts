import type { CgroupLine, Process } from '../../model/process';
import { endOfWholeCharacters } from './byte-text';
import { parseCgroup } from './cgroup';
import { parseCmdline } from './cmdline';
import { largestRead, type ErrorCode, type Files } from './files';
import { ParsedTexts, type ParsedText } from './parsed-texts';
import type { Stat } from './stat';

type CommandFacts = Pick<Process, 'argv' | 'argvTruncated'>;

/** What an exec or a move to another cgroup changes, and little else does. */
export interface CommandAndCgroup {
    readonly command: ParsedText<CommandFacts> | undefined;
    readonly cgroups: ParsedText<readonly CgroupLine[] | undefined> | undefined;
    /** Why some of it is absent. */
    readonly refusals: readonly ErrorCode[];
}

/** Reads them, and remembers what it parsed until the second `begin` after. */
export class CommandAndCgroupReader {
    private readonly commands = new ParsedTexts<CommandFacts>(commandFacts);
    private readonly cgroups = new ParsedTexts(parseCgroup);

    constructor(
        private readonly files: Files,
        private readonly refusal: (process: Stat, file: 'cmdline' | 'cgroup') => ErrorCode | undefined,
    ) {}

    begin(): void {
        this.commands.begin();
        this.cgroups.begin();
    }

    /**
     * Undefined when the process ended meanwhile; `directory` is its directory in /proc. What was read of it before,
     * itself, when nothing changed.
     */
    read(process: Stat, directory: string, before: CommandAndCgroup | undefined): CommandAndCgroup | undefined {
        const { files } = this;
        const commandLength =
            this.refusal(process, 'cmdline') ?? files.read(`${directory}/cmdline`, longestCommand + 1);
        if (typeof commandLength !== 'number' && hasEnded(files, directory, commandLength)) {
            return undefined;
        }
        const command =
            typeof commandLength === 'number'
                ? this.commands.parse(files.bytes, commandLength, before?.command)
                : undefined;
        const cgroupLength = this.refusal(process, 'cgroup') ?? files.read(`${directory}/cgroup`, largestRead);
        if (typeof cgroupLength !== 'number' && hasEnded(files, directory, cgroupLength)) {
            return undefined;
        }
        const cgroups =
            typeof cgroupLength === 'number'
                ? this.cgroups.parse(files.bytes, lengthOfWholeLines(files.bytes, cgroupLength), before?.cgroups)
                : undefined;
        const refusals = refusalsAmong(commandLength, cgroupLength);
        const isSame =
            before?.command === command && before?.cgroups === cgroups && isSameList(before?.refusals, refusals);
        return before && isSame ? before : { command, cgroups, refusals };
    }
}

/** A list shows a line of it; a shim's or a daemon's own arguments are far shorter. */
const longestCommand = 4096;

function commandFacts(bytes: Buffer, length: number): CommandFacts {
    return length > longestCommand
        ? { argv: parseCmdline(bytes, endOfWholeCharacters(bytes, longestCommand)), argvTruncated: true }
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

function isSameList(one: readonly ErrorCode[] | undefined, other: readonly ErrorCode[]): boolean {
    return one === other || one?.join() === other.join();
}

function refusalsAmong(command: number | ErrorCode, cgroup: number | ErrorCode): readonly ErrorCode[] {
    return typeof command === 'number' && typeof cgroup === 'number'
        ? none // as nearly always
        : ([command, cgroup].filter((answer) => typeof answer === 'string' && answer !== 'ENOENT') as ErrorCode[]);
}
