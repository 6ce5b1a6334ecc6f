/**
 * One process, as /proc told it at one moment.
 *
 * Its identity is (boot id, pid, start time): a pid alone is reused. A field that is absent could not be read, or was
 * not asked for; it is never made up, and absent is not the same as empty (a zombie has an empty argv).
 */
export interface Process {
    readonly pid: number;
    /** The kernel's parent; 0 when it has none in this pid namespace. */
    readonly ppid: number;
    /** Start time in clock ticks since boot: field 22 of stat, proc_pid_stat(5). */
    readonly startTicks: number;
    /**
     * At most 15 bytes that the process may choose itself; never proof of anything. Here as in argv, a byte that is no
     * UTF-8 is a lone surrogate, U+DC80 to U+DCFF.
     */
    readonly comm: string;
    /** One letter: R running, S sleeping, D uninterruptible, Z zombie, T stopped, I idle …, proc_pid_stat(5). */
    readonly state: string;
    /** Id of the session; a process that called setsid(2) leads one, and its session is its own pid. */
    readonly session: number;
    readonly threads: number;
    /** A thread of the kernel itself (PF_KTHREAD in stat's flags): it has no argv and no container. */
    readonly kernelThread: boolean;
    /** Resident memory in bytes. */
    readonly residentBytes: number;
    /** What the process says it was started as; empty for zombies and kernel threads. */
    readonly argv?: readonly string[];
    /** Set when argv was longer than what we read. */
    readonly argvTruncated?: true;
    /** One line each of /proc/PID/cgroup, cgroups(7). */
    readonly cgroups?: readonly CgroupLine[];

    // What follows is read only where it can matter: for daemons, shims and what runs in containers.

    /** Effective user id. */
    readonly uid?: number;
    /** The pids of this process from our pid namespace inwards (NSpid of status): the last is what it calls itself. */
    readonly namespacePids?: readonly number[];
    /** Target of /proc/PID/exe; ends in " (deleted)" when the file is gone. */
    readonly exe?: string;
    /**
     * Inode numbers of /proc/PID/ns/*, namespaces(7): equal numbers are the same namespace. Not read of what runs in a
     * container below another process of it.
     */
    readonly namespaces?: Namespaces;
    /** The capabilities that it and its children can ever have (CapBnd of status): 64 bits in hexadecimal digits. */
    readonly capabilityBounds?: string;
    /** Seccomp of status, proc_pid_status(5): 0 no filter, 1 strict, 2 a filter. */
    readonly seccomp?: number;
    /** Only while it waits uninterruptibly (state D). */
    readonly wait?: Wait;
    /** Paths of the unix sockets that this process listens on, as bound in its own mount namespace. */
    readonly listens?: readonly string[];
}

/** All of a process's arguments, or, marked as such, the first that fit what is read of them. */
export interface CommandLine {
    readonly argv: readonly string[];
    readonly argvTruncated?: true;
}

export interface Namespaces {
    readonly pid?: number;
    readonly mnt?: number;
    readonly net?: number;
    readonly ipc?: number;
}

/** Where a process waits in the kernel. Equal in two looks, it is one and the same wait. */
export interface Wait {
    /** The kernel's function, from /proc/PID/wchan, proc_pid_wchan(5); absent where we may not know it. */
    readonly kernelFunction?: string;
    /** How often it has gone to sleep since it started: voluntary_ctxt_switches of status. */
    readonly sleeps?: number;
}

/** One line of /proc/PID/cgroup. */
export interface CgroupLine {
    /** 0 is the unified hierarchy (cgroup v2). */
    readonly hierarchy: number;
    /** Empty for the unified hierarchy; `name=systemd` for a named one. */
    readonly controllers: string;
    readonly path: string;
}

/** The machine whose /proc was read. */
export interface Host {
    readonly hostname?: string;
    readonly kernel?: string;
    /** Changes at every boot, so that a pid and a start time never match across two boots. */
    readonly bootId?: string;
    /** Seconds since boot at the moment of the look. */
    readonly uptimeSeconds?: number;
    /** Unit of start times; 100 on nearly every Linux (AT_CLKTCK of the auxiliary vector, getauxval(3)). */
    readonly ticksPerSecond: number;
    /** Namespaces of the one who looked: another process's paths and pids are ours only if it shares them. */
    readonly namespaces?: Namespaces;
    /** Some processes exist that could not be seen at all: then absence proves nothing. */
    readonly hidesProcesses?: boolean;
    /** The user who looked; decides what could be read. */
    readonly uid?: number;
}
