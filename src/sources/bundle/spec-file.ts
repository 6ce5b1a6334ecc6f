import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Gap } from '../../model/gap';
import { NoAnswer, singleFlight } from '../hanging-files';

/** Where to look for the folder (the OCI bundle) that holds a container's config.json. */
export interface BundlePlaces {
    /** Both are checked: neither has a slash. */
    readonly namespace: string;
    readonly id: string;
    readonly shimPid?: number;
    readonly folders: readonly string[];
}

/** A spec has some ten kilobytes; a megabyte where somebody lists many mounts. */
const largestSpec = 4 * 1024 * 1024;

/** Reads config.json from the first place where it is; never rejects. */
export async function readSpecFile(places: BundlePlaces): Promise<{ readonly value: unknown } | Gap> {
    const own = await bundleOf(places);
    let failure: unknown = Object.assign(new Error('its bundle is not found'), { code: 'ENOENT' });
    for (const folder of [...(own === undefined ? [] : [own]), ...places.folders]) {
        try {
            return { value: JSON.parse(await readOnlyInTime(join(folder, 'config.json'))) as unknown };
        } catch (error) {
            if (codeOf(failure) === 'ENOENT') failure = error;
        }
    }
    return gapOf(failure);
}

/** The shim's working directory, if it is the one that containerd gives it: `…/<namespace>/<id of its container or pod>`. */
async function bundleOf({ shimPid, namespace, id }: BundlePlaces): Promise<string | undefined> {
    if (shimPid === undefined) return undefined;
    const folder = await targetOf(`/proc/${String(shimPid)}/cwd`).catch(() => '');
    return basename(dirname(folder)) === namespace ? join(dirname(folder), id) : undefined;
}

/** Never through a symbolic link, and never what is no ordinary file: the file that is open must have this very path. */
async function readOnly(path: string): Promise<string> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
        const opened = await readlink(`/proc/self/fd/${String(file.fd)}`);
        if (opened !== path) throw new Error(`it leads to ${opened}`);
        if (!(await file.stat()).isFile()) throw new Error('it is no file');
        return await readBounded(file);
    } finally {
        await file.close();
    }
}

const readOnlyInTime = singleFlight(readOnly);
const targetOf = singleFlight((path) => readlink(path));

async function readBounded(file: FileHandle): Promise<string> {
    const bytes = Buffer.allocUnsafe(largestSpec + 1);
    let length = 0;
    for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length);
        length += bytesRead;
        if (length > largestSpec) throw new Error('it is larger than 4 MiB');
        if (bytesRead === 0) return bytes.toString('utf8', 0, length);
    }
}

function gapOf(error: unknown): Gap {
    const source = 'the bundle';
    const code = codeOf(error);
    if (code === 'EACCES' || code === 'EPERM') {
        return {
            source,
            reason: 'forbidden',
            detail: 'this user may not read its config.json',
            help: 'Run as root to read it.',
        };
    }
    if (code === 'ENOENT') {
        return {
            source,
            reason: 'gone',
            detail: 'there is no config.json where its bundle would be',
            help: 'It may have ended, or its files are where only its own containerd sees them.',
        };
    }
    if (error instanceof NoAnswer) {
        return {
            source,
            reason: 'timeout',
            detail: error.message,
            help: 'It may be on a network that is away: ask again once that is back.',
        };
    }
    const message = error instanceof Error ? error.message : String(error);
    return {
        source,
        reason: 'malformed',
        detail: `its config.json is not read: ${message}`,
        help: 'Something else than containerd may have written there.',
    };
}

function codeOf(error: unknown): unknown {
    return (error as { code?: unknown }).code;
}
