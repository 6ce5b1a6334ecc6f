import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Look, LookResult } from '../../../src/sources/procfs/look';
import type { ProcDirectory } from './proc-directory';

/** The tests run from dist/test/sources/procfs. */
export const readerPath = join(__dirname, '../../../reader.js');

export function succeeded(result: LookResult): Look {
    assert.ok(result.ok, JSON.stringify(result));
    return result;
}

/** The processes that this one forked to read `root`, as ps tells it. */
export function readersOf(root: string): readonly number[] {
    const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
    return lines
        .map((line) => /^ *(\d+) +(\d+) +(\S+) (.*)$/.exec(line) ?? [])
        .filter(([, , ppid, state, command]) => {
            return Number(ppid) === process.pid && !state?.startsWith('Z') && command?.includes(` ${root}`);
        })
        .map(([, pid]) => Number(pid));
}

/** Its reading blocks for ever, until somebody writes to it. */
export function makeFifo(proc: ProcDirectory, path: string): void {
    proc.remove(path);
    execFileSync('mkfifo', [join(proc.root, path)]);
}
