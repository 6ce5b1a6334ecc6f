import type { Process } from '../../model/process';
import type { ErrorCode, Files } from './files';
import { parseListeningUnixSockets } from './net-unix';
import { parseStatus } from './status';

export type Details = Pick<
    Process,
    'uid' | 'namespacePids' | 'capabilityBounds' | 'seccomp' | 'exe' | 'namespaces' | 'listens'
>;

export interface DetailsRead {
    readonly details: Details;
    /** Why some of it could not be read. */
    readonly refusals: readonly ErrorCode[];
}

/** Paths by inode, for each network namespace that was met in this look. */
export type SocketTables = Map<number, ReadonlyMap<number, string>>;

/** Which of them; status and exe are read in any case. */
export interface DetailsWanted {
    readonly namespaces: boolean;
    readonly listens: boolean;
}

/** The costlier files of one process; `directory` is its directory in /proc. */
export function readDetails(files: Files, directory: string, wanted: DetailsWanted, tables: SocketTables): DetailsRead {
    const refusals: ErrorCode[] = [];
    const length = files.read(`${directory}/status`, 8192);
    if (typeof length !== 'number') {
        refusals.push(length);
    }
    const status = typeof length === 'number' ? parseStatus(files.bytes, length) : undefined;
    const exe = files.readLink(`${directory}/exe`);
    if (typeof exe !== 'string') {
        refusals.push(exe.failed);
    }
    const { namespaces, refusal } = wanted.namespaces ? readNamespaces(files, directory) : {};
    if (refusal) {
        refusals.push(refusal);
    }
    const listens = wanted.listens ? readListens(files, directory, namespaces?.net, tables) : undefined;
    if (typeof listens === 'string') {
        refusals.push(listens);
    }
    return {
        details: {
            ...status,
            ...(typeof exe === 'string' && { exe }),
            ...(namespaces && { namespaces }),
            ...(typeof listens === 'object' && { listens }),
        },
        refusals: refusals.filter((code) => !saysNotThere(code)),
    };
}

/** Zombies and kernel threads have no exe and no namespaces, saved proc directories no such files: that is no refusal. */
function saysNotThere(code: ErrorCode): boolean {
    return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR' || code === 'EINVAL';
}

export function readNamespaces(
    files: Files,
    directory: string,
): { readonly namespaces?: Process['namespaces']; readonly refusal?: ErrorCode } {
    const inodes: { pid?: number; mnt?: number; net?: number; ipc?: number } = {};
    let refusal: ErrorCode | undefined;
    for (const name of ['pid', 'mnt', 'net', 'ipc'] as const) {
        const target = files.readLink(`${directory}/ns/${name}`);
        if (typeof target !== 'string') {
            refusal = target.failed;
            continue;
        }
        // `pid:[4026531836]`, namespaces(7)
        const inode = /^\w+:\[(\d+)\]$/.exec(target)?.[1];
        if (inode !== undefined) {
            inodes[name] = Number(inode);
        }
    }
    return { ...(Object.keys(inodes).length > 0 && { namespaces: inodes }), ...(refusal && { refusal }) };
}

const largestSocketTable = 4 * 1024 * 1024;

/** A socket that a daemon listens on is among the first that it opens; each connection of a busy one is a file more. */
const mostDescriptors = 4096;

function readListens(
    files: Files,
    directory: string,
    network: number | undefined,
    tables: SocketTables,
): readonly string[] | ErrorCode {
    const descriptors = files.readDirectory(`${directory}/fd`);
    if (typeof descriptors === 'string') {
        return descriptors;
    }
    let paths = network === undefined ? undefined : tables.get(network);
    if (!paths) {
        const table = files.readTable(`${directory}/net/unix`, largestSocketTable);
        if (typeof table === 'string') {
            return table;
        }
        paths = parseListeningUnixSockets(table, table.length);
        if (network !== undefined) {
            tables.set(network, paths);
        }
    }
    const listens = new Set<string>();
    const lowestFirst = descriptors.map(Number).sort((one, other) => one - other);
    for (const descriptor of lowestFirst.slice(0, mostDescriptors)) {
        const target = files.readLink(`${directory}/fd/${descriptor}`);
        const inode = typeof target === 'string' ? /^socket:\[(\d+)\]$/.exec(target)?.[1] : undefined;
        const path = inode === undefined ? undefined : paths.get(Number(inode));
        if (path !== undefined) {
            listens.add(path);
        }
    }
    return [...listens];
}
