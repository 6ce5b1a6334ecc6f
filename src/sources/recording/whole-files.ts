import { createReadStream } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

export type FileOutcome<Value> =
    | { readonly ok: true; readonly value: Value }
    /** What a person can understand of the failure, as the end of a sentence. */
    | { readonly ok: false; readonly why: string };

/** The text of a file of at most so many bytes: a device or a pipe may go on for ever. */
export async function readWhole(file: string, mostBytes: number): Promise<FileOutcome<string>> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
        for await (const chunk of createReadStream(file, { end: mostBytes }) as AsyncIterable<Buffer>) {
            chunks.push(chunk);
            bytes += chunk.length;
        }
    } catch (error) {
        return { ok: false, why: whyOf(error) };
    }
    if (bytes > mostBytes) return { ok: false, why: `it is larger than ${String(mostBytes / 1024 / 1024)} MiB` };
    return { ok: true, value: Buffer.concat(chunks).toString('utf8') };
}

/**
 * Writes under another name first, so that a reader never meets half a file. Only its owner may read it, because
 * command lines may hold secrets. A link stays; what is there and is no file is never replaced: renaming onto
 * /dev/null would take that from the whole machine.
 */
export async function writeWhole(path: string, text: string): Promise<FileOutcome<undefined>> {
    const file = await realpath(path).catch(() => path);
    const there = await stat(file).catch(() => undefined);
    if (there && !there.isFile())
        return { ok: false, why: there.isDirectory() ? 'it is a directory' : 'it is no file' };
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
    EFBIG: 'it would be larger than is allowed here',
};
