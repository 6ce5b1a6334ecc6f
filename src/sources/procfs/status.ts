/** What we take from /proc/PID/status, proc_pid_status(5). */
export interface Status {
    /** Effective user id, as our own user namespace numbers it. */
    readonly uid?: number;
    /** From our pid namespace inwards; absent before Linux 4.1. */
    readonly namespacePids?: readonly number[];
}

/** The kernel escapes newlines in `Name:`, so that no process can forge a line. */
export function parseStatus(bytes: Buffer, length: number): Status | undefined {
    const text = bytes.toString('latin1', 0, length);
    const uid = /^Uid:\t\d+\t(\d+)/m.exec(text)?.[1];
    const namespacePids = /^NSpid:((?:\t\d+)+)$/m.exec(text)?.[1];
    if (uid === undefined && namespacePids === undefined) {
        return undefined;
    }
    return {
        ...(uid !== undefined && { uid: Number(uid) }),
        ...(namespacePids !== undefined && { namespacePids: namespacePids.slice(1).split('\t').map(Number) }),
    };
}
