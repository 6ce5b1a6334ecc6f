import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

export type FileOutcome<Value> =
    | { readonly ok: true; readonly value: Value }
    /** What a person can understand of the failure, as the end of a sentence. */
    | { readonly ok: false; readonly why: string };

/** The text of a file of at most so many bytes: a device or a pipe may go on for ever, or never begin. */
export async function readWhole(path: string, mostBytes: number): Promise<FileOutcome<string>> {
    try {
        // To open a pipe waits for its writer, unless it is opened so: fifo(7).
        const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
        try {
            return await readOpened(file, mostBytes);
        } finally {
            await file.close();
        }
    } catch (error) {
        return { ok: false, why: whyOf(error) };
    }
}

async function readOpened(file: FileHandle, mostBytes: number): Promise<FileOutcome<string>> {
    const before = await file.stat();
    if (!before.isFile()) return { ok: false, why: whyNoFile(before) };
    if (before.size > mostBytes) return { ok: false, why: `it is larger than ${String(mostBytes / 1024 / 1024)} MiB` };
    // One byte more than there should be, to see whether it grows.
    const buffer = Buffer.allocUnsafe(before.size + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < buffer.length; bytes += read) {
        ({ bytesRead: read } = await file.read(buffer, bytes, buffer.length - bytes, bytes));
    }
    const after = await file.stat();
    const isWhole = bytes === before.size && after.size === before.size && after.mtimeMs === before.mtimeMs;
    if (!isWhole) return { ok: false, why: 'it changed while it was read: try again when nobody writes to it' };
    return { ok: true, value: buffer.toString('utf8', 0, bytes) };
}

/**
 * Writes under another name first, so that a reader never meets half a file. Only its owner may read it, because
 * command lines may hold secrets. A link stays; what is there and is no file is never replaced: renaming onto
 * /dev/null would take that from the whole machine.
 */
export async function writeWhole(path: string, text: string): Promise<FileOutcome<undefined>> {
    const file = await realpath(path).catch(() => path);
    const there = await stat(file).catch(() => undefined);
    if (there && !there.isFile()) return { ok: false, why: whyNoFile(there) };
    const unfinished = `${file}.${String(process.pid)}.part`;
    try {
        await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
        await rename(unfinished, file);
        return { ok: true, value: undefined };
    } catch (error) {
        await rm(unfinished, { force: true });
        return { ok: false, why: whyOf(error) };
    }
}

function whyNoFile(there: Stats): string {
    return there.isDirectory() ? 'it is a directory' : 'it is no file';
}

function whyOf(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    return reasons[code ?? ''] ?? message;
}

const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or directory',
    ENOTDIR: 'a part of its path is no directory',
    EACCES: 'it is not permitted',
    EPERM: 'it is not permitted',
    EROFS: 'nothing can be written there',
    EISDIR: 'it is a directory',
    ENOSPC: 'the disk is full',
    ENXIO: 'it is no file',
    EFBIG: 'it would be larger than is allowed here',
};
