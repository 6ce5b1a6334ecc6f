import type { Container } from '../model/container';
import type { ContainerdTask } from '../model/containerd';
import type { Process } from '../model/process';
import { guestKindOf, isMachineMonitor, isRuncInit, likelyRoleOf, programOf, waitsToBeStarted } from './claims';
import { baseName } from './command-line';
import type { Membership } from './membership';
import { byAge, hasEnded, parentOf, type ProcessTable } from './process-table';
import { isContainerds, type RunningContainer } from './running-containers';
import type { Evidence, Role } from './topology';

/** A container's first process, and what the engine's own word adds to it. */
export interface FirstProcess {
    readonly process?: Process;
    /** Ends with what the engine said of a pid that is not this container's. */
    readonly evidence: readonly Evidence[];
    readonly told: ToldPid;
}

/** Whose the engine's State.Pid is: `gone` where no process that is seen has it, `nothing` where it told none. */
export type ToldPid = 'nothing' | 'its own' | "another's" | 'gone';

/**
 * The first process is a child of the shim that leads its session, and the oldest of these: exec sessions come later.
 * The engine's State.Pid (`toldPid`; 0 for none that means anything here), and then containerd's task, settle it where
 * they name a process of this container; alone, a pid is only a number, which may be out of date.
 */
export function firstProcessOf(
    table: ProcessTable,
    membership: Membership,
    running: RunningContainer,
    members: readonly Process[],
    toldPid: number,
    task: ContainerdTask | undefined,
): FirstProcess {
    const told = toldPid > 0 ? table.byPid.get(toldPid) : undefined;
    const byTask = task && table.byPid.get(task.pid);
    const chosen =
        byTask && membership.of(byTask)?.container === running
            ? byTask
            : oldestLeader(running.shim ? startedByShim(running) : withoutParentAmong(table, members));
    if (told && membership.of(told)?.container === running) {
        const evidence: Evidence = { source: 'docker', detail: `State.Pid is ${String(toldPid)}` };
        return { process: told, evidence: [evidence, ...whyFirst(running, told, task)], told: 'its own' };
    }
    const evidence = chosen ? whyFirst(running, chosen, task) : [];
    // Kata's shim in Rust tells its own pid in the place of the machine's.
    if (told && told === running.shim?.process && holdsMachine(running)) {
        const detail = `State.Pid is ${String(toldPid)}, the shim, which holds the machine`;
        return { process: chosen, evidence: [{ source: 'docker', detail }, ...evidence], told: 'its own' };
    }
    if (toldPid === 0) return { process: chosen, evidence, told: 'nothing' };
    return { process: chosen, ...withoutMember(toldPid, told, evidence) };
}

/** What a pid means that the engine tells of a container, and no process of that container has. */
export function withoutMember(
    toldPid: number,
    told: Process | undefined,
    evidence: readonly Evidence[] = [],
): Pick<FirstProcess, 'evidence' | 'told'> {
    if (toldPid === 0) return { evidence, told: 'nothing' };
    const where = told ? 'is not in this container' : 'is not there';
    const contradiction: Evidence = { source: 'docker', detail: `State.Pid says ${String(toldPid)}, which ${where}` };
    return { evidence: [...evidence, contradiction], told: told ? "another's" : 'gone' };
}

/** Whether a piece of a container's `mainEvidence` is the engine's pid that is not this container's. */
export function isContradiction({ source, detail }: Evidence): boolean {
    return source === 'docker' && /^State\.Pid says /.test(detail);
}

/** What a process of a container is for. */
export function roleInContainer(
    running: RunningContainer,
    first: Process | undefined,
    listed: Container | undefined,
    process: Process,
): Role {
    if (isRuncInit(process)) return 'runc';
    const claimed = likelyRoleOf(process);
    if (process === first && waitsToBeStarted(process)) return 'runc';
    if (process === first) return claimed === 'init' || claimed === 'pause' ? claimed : 'main';
    if (!running.shimChildren.includes(process)) return 'child';
    if (claimed === 'runc') return 'runc';
    // Beside a virtual machine stand its helpers (virtiofsd); sessions are inside of it.
    if (holdsMachine(running)) return 'child';
    // With --pid=host, what a container's process leaves behind lands on the shim too, but leads no session.
    if (process.session !== process.pid) return 'child';
    return isHealthcheck(process, listed?.inspected?.healthcheck ?? []) ? 'healthcheck' : 'exec';
}

/** Of what stands for a virtual machine, the one process in which it runs. */
function startedByShim(running: RunningContainer): readonly Process[] {
    return holdsMachine(running) ? running.shimChildren.filter(isMachineMonitor) : running.shimChildren;
}

function holdsMachine({ shim }: RunningContainer): boolean {
    return shim !== undefined && guestKindOf(programOf(shim.process)) === 'virtual machine';
}

/** Also one that has ended: where its shim is stopped, and with --pid=host, sessions outlive the first process. */
function oldestLeader(candidates: readonly Process[]): Process | undefined {
    const sorted = candidates.toSorted(byAge);
    const living = sorted.find((process) => !hasEnded(process));
    return sorted.find((process) => process.session === process.pid) ?? living ?? sorted[0];
}

/** Under no shim, the first process is one whose parent is outside of the container. */
function withoutParentAmong(table: ProcessTable, members: readonly Process[]): readonly Process[] {
    const pids = new Set(members.map(({ pid }) => pid));
    return members.filter((process) => !pids.has(parentOf(table, process)?.pid ?? 0));
}

function whyFirst(running: RunningContainer, process: Process, task?: ContainerdTask): readonly Evidence[] {
    const evidence: Evidence[] = [];
    if (task?.pid === process.pid) {
        evidence.push({
            source: 'containerd',
            detail: `task pid ${String(task.pid)} in namespace ${task.namespace}`,
        });
    }
    const holder = running.shim;
    const isOrphan = isMachineMonitor(process) && process.ppid !== holder?.process.pid;
    if (holder && running.shimChildren.includes(process) && !isOrphan) {
        const siblings = running.shimChildren.filter(({ ppid }) => ppid === process.ppid).length;
        const oldest = siblings > 1 ? `, the oldest of ${String(siblings)} that it started here` : '';
        const shim = `${isContainerds(holder.shim) ? 'shim' : holder.shim.version} ${String(holder.process.pid)}`;
        evidence.push({ source: 'ppid', detail: `child of the ${shim}${oldest}` });
    }
    const path = running.cgroups[0]?.path;
    if (path !== undefined) evidence.push({ source: 'cgroup', detail: path });
    const inner = process.namespacePids?.at(-1);
    if (inner === 1) evidence.push({ source: 'namespace', detail: 'pid 1 of its pid namespace' });
    return evidence;
}

/**
 * A health check runs as an ordinary exec (Docker API, HealthConfig.Test): `["CMD", arg…]` as it is, and
 * `["CMD-SHELL", text]` by the shell, which may replace itself by the text's last command.
 */
function isHealthcheck(process: Process, test: readonly string[]): boolean {
    const [kind, ...rest] = test;
    const argv = process.argv ?? [];
    if (kind === 'CMD') return runs(argv, rest);
    if (kind !== 'CMD-SHELL') return false;
    return argv.at(-1) === rest[0] || runs(argv, lastCommandOf(rest[0] ?? ''));
}

/**
 * Whether an argv is that of a command. Of a script, the kernel puts the interpreter and its option in front, and the
 * path at which the script was found in the place of its name, execve(2).
 */
function runs(argv: readonly string[], command: readonly string[]): boolean {
    const before = argv.length - command.length;
    if (command.length === 0 || before < 0 || before > 2) return false;
    return command.every((word, index) => {
        const actual = argv[before + index] ?? '';
        return index === 0 ? baseName(actual) === baseName(word) : actual === word;
    });
}

/** The words of the last command of a shell's text, as far as they can be told without being that shell. */
function lastCommandOf(text: string): readonly string[] {
    const last = text.split(/&&|\|\||[;|\n]/).findLast((command) => command.trim() !== '') ?? '';
    const words =
        last
            .trim()
            .replace(/^exec\s+/, '')
            .match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
    return words.map((word) => word.replace(/["']/g, ''));
}
