/** What we take from /proc/PID/status, proc_pid_status(5). */
export interface Status {
    /** Effective user id, as our own user namespace numbers it. */
    readonly uid?: number;
    /** From our pid namespace inwards; absent before Linux 4.1. */
    readonly namespacePids?: readonly number[];
    readonly capabilityBounds?: string;
    /** Absent in kernels without it. */
    readonly seccomp?: number;
}

/** The kernel escapes newlines in `Name:`, so that no process can forge a line. */
export function parseStatus(bytes: Buffer, length: number): Status | undefined {
    const text = bytes.toString('latin1', 0, length);
    const uid = /^Uid:\t\d+\t(\d+)/m.exec(text)?.[1];
    const namespacePids = /^NSpid:((?:\t\d+)+)$/m.exec(text)?.[1];
    if (uid === undefined && namespacePids === undefined) {
        return undefined;
    }
    const capabilityBounds = /^CapBnd:\t([0-9a-f]+)$/m.exec(text)?.[1];
    const seccomp = /^Seccomp:\t(\d+)$/m.exec(text)?.[1];
    return {
        ...(uid !== undefined && { uid: Number(uid) }),
        ...(namespacePids !== undefined && { namespacePids: namespacePids.slice(1).split('\t').map(Number) }),
        ...(capabilityBounds !== undefined && { capabilityBounds }),
        ...(seccomp !== undefined && { seccomp: Number(seccomp) }),
    };
}

/** How often the process has given up the processor by itself, which is once for each sleep. */
export function parseSleeps(bytes: Buffer, length: number): number | undefined {
    const sleeps = /^voluntary_ctxt_switches:\t(\d+)$/m.exec(bytes.toString('latin1', 0, length))?.[1];
    return sleeps === undefined ? undefined : Number(sleeps);
}
