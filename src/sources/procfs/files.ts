import * as nodeFileSystem from 'node:fs';

/** The part of node:fs that reading /proc takes. */
export type FileSystem = Pick<
    typeof nodeFileSystem,
    'openSync' | 'readSync' | 'closeSync' | 'readdirSync' | 'readlinkSync'
>;

/** `ENOENT`, `EACCES` …, errno(3). */
export type ErrorCode = string;

/** In place of an error code: reading it was seen to never return, and is not tried again. */
export const blocks: ErrorCode = 'blocks';

/** In place of an error code: nobody tries to read it, because too much else blocks. */
export const notTried: ErrorCode = 'not tried';

/**
 * Bounded reads into one buffer: what a process says about itself may have any size (its command line has been seen
 * with 70 TB), and may end in the middle because the process did.
 */
export interface Files {
    /** Holds what the last read put there, until the next. */
    readonly bytes: Buffer;
    /** Files and directories opened so far. */
    readonly opened: number;
    /** One read(2): the kernel answers the files of one process whole. Length, or why not. */
    readonly read: (path: string, limit: number) => number | ErrorCode;
    /** As many read(2) as it takes: the kernel hands out long tables page by page. */
    readonly readTable: (path: string, limit: number) => Buffer | ErrorCode;
    readonly readDirectory: (path: string) => readonly string[] | ErrorCode;
    readonly readLink: (path: string) => string | { readonly failed: ErrorCode };
}

/** Nothing can be read any more, and what looks absent may be there: a look must end here instead of losing processes. */
export class ResourcesExhausted extends Error {
    constructor(readonly code: ErrorCode) {
        super(code);
    }
}

export const largestRead = 64 * 1024;

export function openFiles(fileSystem: FileSystem = nodeFileSystem): Files {
    const bytes = Buffer.allocUnsafeSlow(largestRead);
    let opened = 0;

    return {
        bytes,
        get opened() {
            return opened;
        },
        // Opens and closes by itself, as readTable does: a function handed on to share that would be one more object for
        // each of thousands of files.
        read: (path, limit) => {
            let descriptor: number | undefined;
            try {
                descriptor = fileSystem.openSync(path, 0);
                opened++;
                return fileSystem.readSync(descriptor, bytes, 0, limit, null);
            } catch (error) {
                return codeOf(error);
            } finally {
                if (descriptor !== undefined) fileSystem.closeSync(descriptor);
            }
        },
        readTable: (path, limit) => {
            let descriptor: number | undefined;
            try {
                descriptor = fileSystem.openSync(path, 0);
                opened++;
                const pieces: Buffer[] = [];
                for (let total = 0; total < limit;) {
                    const length = fileSystem.readSync(descriptor, bytes, 0, bytes.length, null);
                    if (length === 0) {
                        break;
                    }
                    pieces.push(Buffer.from(bytes.subarray(0, length)));
                    total += length;
                }
                return Buffer.concat(pieces);
            } catch (error) {
                return codeOf(error);
            } finally {
                if (descriptor !== undefined) fileSystem.closeSync(descriptor);
            }
        },
        readDirectory: (path) => {
            try {
                opened++;
                return fileSystem.readdirSync(path);
            } catch (error) {
                return codeOf(error);
            }
        },
        readLink: (path) => {
            try {
                return fileSystem.readlinkSync(path);
            } catch (error) {
                return { failed: codeOf(error) };
            }
        },
    };
}

function codeOf(error: unknown): ErrorCode {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') {
        throw new ResourcesExhausted(code);
    }
    return code;
}
