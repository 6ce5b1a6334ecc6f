/**
 * The listening sockets in /proc/PID/net/unix, proc_pid_net(5): inode to path, for the network namespace of that
 * process. Abstract names begin with `@`. Sockets without a name are left out.
 *
 * A path may hold a newline and so forge a line: an inode that is told twice is believed neither time.
 */
export function parseListeningUnixSockets(bytes: Buffer, length: number): ReadonlyMap<number, string> {
    const paths = new Map<number, string>();
    const ambiguous = new Set<number>();
    for (const line of bytes.toString('utf8', 0, length).split('\n')) {
        const [, flags, inodeText, path] = socketLine.exec(line) ?? [];
        if (flags === undefined || path === undefined || (Number.parseInt(flags, 16) & acceptsConnections) === 0) {
            continue;
        }
        const inode = Number(inodeText);
        if (paths.has(inode)) {
            ambiguous.add(inode);
        }
        paths.set(inode, path);
    }
    for (const inode of ambiguous) {
        paths.delete(inode);
    }
    return paths;
}

/** `address: references protocol flags type state inode path`. */
const socketLine = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2} +(\d+) (.+)$/;

/** __SO_ACCEPTCON of the kernel's include/uapi/linux/net.h: listen(2) was called. */
const acceptsConnections = 0x10000;
