import type { Gap } from '../../model/gap';
import { blocks, notTried, type ErrorCode } from './files';
import type { Refusals } from './process-table';

/** Why there is nothing to see at all. */
export function cannotRead(root: string, code: ErrorCode): Gap {
    const onlyLinux = process.platform !== 'linux' && root === '/proc';
    if (onlyLinux) {
        return {
            ...gap(root, 'unsupported', `this system (${process.platform}) has no /proc`, helpElsewhere),
            remedy: 'platform',
        };
    }
    switch (code) {
        case 'ENOENT':
            return gap(root, 'unreachable', `no such directory: ${root}`, helpRoot);
        case 'ENOTDIR':
            return gap(root, 'unreachable', `not a directory: ${root}`, helpRoot);
        case 'EACCES':
        case 'EPERM':
            return gap(
                root,
                'forbidden',
                `may not read the directory ${root} (${code})`,
                'Run as a user who may read it',
            );
        default:
            return gap(root, 'unreachable', `cannot read the directory ${root} (${code})`, helpRoot);
    }
}

export function holdsNoProcess(root: string): Gap {
    return gap(root, 'malformed', `${root} holds no process`, helpRoot);
}

export function resourcesExhausted(root: string, code: ErrorCode): Gap {
    const what = code === 'ENOMEM' ? 'out of memory' : 'too many open files';
    return gap(
        root,
        'unreachable',
        `could not finish reading ${root}: ${what} (${code})`,
        'Close programs, or raise the limit (ulimit -n), and look again',
    );
}

export function failedUnexpectedly(root: string, error: unknown): Gap {
    const message = error instanceof Error ? error.message : String(error);
    return gap(
        root,
        'malformed',
        `could not make sense of ${root}: ${message}`,
        'Report this as a bug, with a recording',
    );
}

export function gapsOf(root: string, refusals: Refusals, hidepid: string | undefined): readonly Gap[] {
    const gaps: Gap[] = [];
    const { unreadable, partly, malformed, listed } = refusals;
    const codes = [...refusals.codes].filter((code) => code !== blocks && code !== notTried).sort();
    const forbidden = refusals.codes.has('EACCES') || refusals.codes.has('EPERM');
    const reason = forbidden ? 'forbidden' : 'unreachable';
    const help = forbidden ? helpPermission() : 'Look again; if it stays, ask the kernel log (dmesg)';
    // With hidepid=1 the others' folders are seen, and what is in them is refused (EPERM): that is told below.
    const isToldBelow = hidepid !== undefined && codes.join() === 'EPERM';
    const parts = [
        ...(unreadable && !isToldBelow ? [`${shareOf(unreadable, listed)} processes could not be read`] : []),
        ...(partly ? [`${shareOf(partly, listed)} processes were only partly readable`] : []),
    ];
    if (parts.length > 0 && codes.length > 0) {
        gaps.push(gap(root, reason, `${parts.join(', ')} (${codes.join(', ')})`, help));
    }
    if (refusals.blocking > 0) {
        gaps.push(
            gap(root, 'timeout', `reading ${shareOf(refusals.blocking, listed)} processes never returns`, helpBlocking),
        );
    }
    if (refusals.statOnly > 0) {
        const detail = `of ${refusals.statOnly} of ${listed} processes only stat was read, because too much blocks: what else is shown of them is from before`;
        gaps.push(gap(root, 'timeout', detail, helpBlocking));
    }
    if (malformed > 0) {
        gaps.push(
            gap(
                root,
                'malformed',
                `${shareOf(malformed, listed)} processes have a stat that is not as proc_pid_stat(5) says`,
                helpRoot,
            ),
        );
    }
    if (hidepid !== undefined) {
        gaps.push(
            gap(
                root,
                'forbidden',
                `processes of other users are hidden (hidepid=${hidepid})`,
                'Run as root, or join the group that the gid= option of this mount names',
            ),
        );
    }
    return gaps;
}

/** Why the command line of one process is not told. */
export function noCommandLine(root: string, pid: number, code: ErrorCode): Gap {
    switch (code) {
        case 'ESRCH':
            return gap(root, 'gone', `process ${pid} is not seen any more: it has ended, or is hidden`, 'Refresh');
        case 'ENOENT':
            return gap(root, 'unreachable', `${root} holds no command line of process ${pid}`, helpRoot);
        case 'EACCES':
        case 'EPERM':
            return gap(
                root,
                'forbidden',
                `may not read the command line of process ${pid} (${code})`,
                helpPermission(),
            );
        case blocks:
            return gap(
                root,
                'timeout',
                `reading the command line of process ${pid} does not return; it is tried again once you refresh`,
                helpBlocking,
            );
        case notTried:
            return gap(
                root,
                'timeout',
                `the command line of process ${pid} is not read, because too much else blocks`,
                helpBlocking,
            );
        default:
            return gap(root, 'unreachable', `cannot read the command line of process ${pid} (${code})`, 'Look again');
    }
}

/** Without a number: it is another one at each look, and what says the same need not be logged and drawn again. */
function shareOf(count: number, listed: number): string {
    if (count >= listed) return 'all';
    return count > listed / 2 ? 'most' : 'some';
}

const helpRoot = 'Name the directory where a proc file system is mounted, usually /proc';
const helpElsewhere = 'Open a folder on the Linux machine, virtual machine or WSL distribution that runs Docker';

export const helpBlocking =
    'Their memory is locked or a file system hangs: ps hangs too; what /proc/PID/stack and the kernel log (dmesg) say may help';

/** A root without the capability CAP_SYS_PTRACE, as in most containers, is refused like anybody else. */
function helpPermission(): string {
    return process.getuid?.() === 0
        ? 'Run with the capability SYS_PTRACE, in the first user namespace, to see them whole'
        : 'Run as root, or as the user who started these processes, to see them whole';
}

function gap(root: string, reason: Gap['reason'], detail: string, help: string): Gap {
    return { source: root, reason, detail, help };
}
