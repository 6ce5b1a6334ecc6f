import type { Snapshot } from '../model/snapshot';

/** PROC_PID_INIT_INO of include/linux/proc_ns.h: the number of the first pid namespace on every Linux. */
const firstPidNamespace = 4_026_531_836;

/**
 * Whether this /proc is known to show an inner pid namespace only, as it does in a dev container. A mounted /proc of the
 * host is none, wherever its reader runs: the kernel's own threads are in the first pid namespace, and so are seen there.
 */
export function seesAnInnerPidNamespace({ host, processes }: Snapshot): boolean {
    const own = host.namespaces?.pid;
    if (own === undefined || own === firstPidNamespace || host.hidesProcesses) return false;
    return processes.length > 0 && !processes.some(({ kernelThread }) => kernelThread);
}
