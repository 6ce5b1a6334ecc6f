import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { residentBytes, seeProcesses } from './processes';

const betweenLooksMs = 200;

/** A reader of /proc that looks for as long as it is open: that of a view ends whenever nobody watches. */
export interface LastingReader {
    /** VmRSS, proc_pid_status(5). */
    residentMegabytes(): number;
    close(): void;
}

/** To be opened before any other reader. */
export async function openLastingReader(): Promise<LastingReader> {
    const procfs = openProcfs({ root: '/proc', readerPath: resolve('dist/reader.js'), deadlineMilliseconds: 10_000 });
    await procfs.look();
    const looking = setInterval(() => void procfs.look(), betweenLooksMs);
    return {
        residentMegabytes() {
            const readers = seeProcesses().filter(
                ({ ppid, argv }) => ppid === process.pid && argv.some((argument) => argument.endsWith('/reader.js')),
            );
            const [eldest = assert.fail()] = readers.sort((one, other) => one.startTicks - other.startTicks);
            return Math.round(residentBytes(eldest.pid) / 1024 / 102.4) / 10;
        },
        close() {
            clearInterval(looking);
            procfs.dispose();
        },
    };
}
