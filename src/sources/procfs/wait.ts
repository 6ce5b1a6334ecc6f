import type { Wait } from '../../model/process';
import type { Files } from './files';
import { parseSleeps } from './status';

/** Where a process in state D waits, from two files of its directory in /proc. */
export function readWait(files: Files, directory: string): Wait {
    const wchan = files.read(`${directory}/wchan`, 256);
    // Without the right to trace the process the kernel says 0, proc_pid_wchan(5).
    const name = typeof wchan === 'number' ? files.bytes.toString('latin1', 0, wchan).trim() : '0';
    const status = files.read(`${directory}/status`, 8192);
    const sleeps = typeof status === 'number' ? parseSleeps(files.bytes, status) : undefined;
    return {
        ...(/^\w+$/.test(name) && name !== '0' && { kernelFunction: name }),
        ...(sleeps !== undefined && { sleeps }),
    };
}
