/**
 * The arguments in /proc/PID/cmdline, proc_pid_cmdline(5): each ends with NUL, so that two NULs in a row are an empty
 * argument. A process may overwrite the place where they lie: then they are whatever it says, often one text without a
 * final NUL. Bytes that are no UTF-8 become U+FFFD. Zombies and kernel threads have none.
 *
 * As one string: decoding each argument by itself took twice as long.
 */
export function parseCmdline(bytes: Buffer, length: number): readonly string[] {
    if (length === 0) {
        return [];
    }
    const end = bytes[length - 1] === 0 ? length - 1 : length;
    return bytes.toString('utf8', 0, end).split('\0');
}
