import type { CommandLine, Process } from '../../model/process';
import type { Caution } from './caution';
import { parseCmdline } from './cmdline';
import type { ErrorCode, Files } from './files';
import { parseStat } from './stat';

/** A pid that may belong to somebody else by now, and the start time that tells. */
export type ProcessIdentity = Pick<Process, 'pid' | 'startTicks'>;

/** Of one process; `ESRCH` also where its pid is another one's by now. */
export type CommandLineRead = CommandLine | { readonly refused: ErrorCode };

/** In bytes: what somebody reads, while lists have a line of it. */
export const longestCommandLine = 64 * 1024;

/** `directory` is its directory in /proc. */
export function readCommandLine(
    files: Files,
    directory: string,
    { pid, startTicks }: ProcessIdentity,
    caution: Caution,
): CommandLineRead {
    const bytes =
        caution.refusal(pid, startTicks, 'cmdline') ?? files.readTable(`${directory}/cmdline`, longestCommandLine + 1);
    // Read afterwards: who has the pid now has had it since before, unless it was started meanwhile.
    const length = caution.refusal(pid, startTicks, 'stat') ?? files.read(`${directory}/stat`, 4096);
    if (typeof length === 'string') return { refused: length === 'ENOENT' ? 'ESRCH' : length };
    if (parseStat(files.bytes, length)?.startTicks !== startTicks) return { refused: 'ESRCH' };
    if (typeof bytes === 'string') return { refused: bytes };
    return bytes.length > longestCommandLine
        ? { argv: parseCmdline(bytes, longestCommandLine), argvTruncated: true }
        : { argv: parseCmdline(bytes, bytes.length) };
}
