import { join } from 'node:path';
import type { Host } from '../../model/process';
import { parseAuxiliaryVector } from './auxv';
import { readNamespaces } from './details';
import type { Files } from './files';
import { isMountedOver, parseHidepid } from './mountinfo';

/** What stays the same while a machine runs, and a size that the processes' facts are told in. */
export interface HostFacts {
    readonly host: Omit<Host, 'uptimeSeconds'>;
    readonly pageBytes: number;
    /** Set where this proc file system is mounted so that it hides the processes of other users. */
    readonly hidepid?: string;
    /** LXCFS answers in the kernel's place; its numbers are not those of this proc file system. */
    readonly isLoadAverageMountedOver: boolean;
}

/** A saved proc directory may hold none of these files: then it is taken for a common 64-bit machine's. */
export function readHostFacts(files: Files, root: string): HostFacts {
    const hostname = readLine(files, join(root, 'sys/kernel/hostname'));
    const kernel = readLine(files, join(root, 'sys/kernel/osrelease'));
    const bootId = readLine(files, join(root, 'sys/kernel/random/boot_id'));
    const length = files.read(join(root, 'self/auxv'), 4096);
    const wordBytes = ['arm', 'ia32', 'mipsel'].includes(process.arch) ? 4 : 8;
    const vector = typeof length === 'number' ? parseAuxiliaryVector(files.bytes, length, wordBytes) : {};
    const { namespaces } = readNamespaces(files, join(root, 'self'));
    const uid = process.getuid?.();
    return {
        host: {
            ...(hostname !== undefined && { hostname }),
            ...(kernel !== undefined && { kernel }),
            ...(bootId !== undefined && { bootId }),
            ticksPerSecond: vector.ticksPerSecond ?? 100,
            ...(namespaces && { namespaces }),
            ...(uid !== undefined && { uid }),
        },
        pageBytes: vector.pageBytes ?? 4096,
        ...readMountFacts(files, root),
    };
}

function readMountFacts(files: Files, root: string): Pick<HostFacts, 'hidepid' | 'isLoadAverageMountedOver'> {
    const table = files.readTable(join(root, 'self/mountinfo'), largestMountTable);
    if (typeof table === 'string') {
        return { isLoadAverageMountedOver: false };
    }
    const hidepid = parseHidepid(table, table.length, root);
    return {
        ...(hidepid !== undefined && { hidepid }),
        isLoadAverageMountedOver: isMountedOver(table, table.length, join(root, 'loadavg')),
    };
}

/** Every running container mounts a file system or two. */
const largestMountTable = 8 * 1024 * 1024;

/** The first number of /proc/uptime, proc_uptime(5), in seconds. */
export function readUptimeSeconds(files: Files, root: string): number | undefined {
    const seconds = Number.parseFloat(readLine(files, join(root, 'uptime')) ?? '');
    return Number.isFinite(seconds) ? seconds : undefined;
}

function readLine(files: Files, path: string): string | undefined {
    const length = files.read(path, 4096);
    return typeof length === 'number' ? files.bytes.toString('utf8', 0, length).split('\n', 1)[0] : undefined;
}
