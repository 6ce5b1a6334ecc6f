import { decodeBytes } from './byte-text';

/**
 * The arguments in /proc/PID/cmdline, proc_pid_cmdline(5): each ends with NUL, so that two NULs in a row are an empty
 * argument. A process may overwrite the place where they lie: then they are whatever it says, often one text without a
 * final NUL. They may be any bytes. Zombies and kernel threads have none.
 *
 * As one string: decoding each argument by itself took twice as long.
 */
export function parseCmdline(bytes: Buffer, length: number): readonly string[] {
    if (length === 0) {
        return [];
    }
    const end = bytes[length - 1] === 0 ? length - 1 : length;
    return decodeBytes(bytes, 0, end).split('\0');
}
