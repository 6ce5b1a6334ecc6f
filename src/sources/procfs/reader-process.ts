import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Process } from '../../model/process';
import { noStep } from './caution';
import { createProcfsReader } from './reader';
import type { LookRequest, ReaderMessage, ReaderRequest } from './reader-messages';

// The program of the process that reads /proc: a read there may block for ever, and then only SIGKILL ends it.
//   node reader.js ROOT     forked with an IPC channel, over which it answers; to standard output it writes where it
//                           stands: `QUESTION STEP`. It is killed when its standard input ends.

/** One takes its receiver about a millisecond. */
const processesPerMessage = 250;

// While this process is blocked, it does not see that its client is gone. So a shell watches: it costs a millisecond and
// a hundred kilobytes; a thread of our own would cost six megabytes.
spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(process.pid)], { stdio: ['inherit', 'ignore', 'ignore'] })
    .on('error', () => undefined) // where there is no such shell, there is no such /proc either
    .unref();

let questions = 0;
// Not by a message: this must have left this process before it blocks.
const tellStep = (step: string) => void writeSync(1, `${questions} ${step}\n`);
const reader = createProcfsReader(process.argv[2] ?? '/proc', { tellStep });
const sent = new Map<number, Process>();
let unsent: ReaderMessage[] = [];

process.on('message', (request: ReaderRequest) => {
    if (request.kind !== 'next') questions++;
    if (request.kind === 'look') unsent = answer(request);
    if (request.kind === 'commandLine') unsent = [{ kind: 'commandLine', read: reader.commandLine(request, request) }];
    const message = unsent.shift();
    if (message) process.send?.(message);
});
process.on('disconnect', () => process.exit());
tellStep(noStep); // from now on, silence means something

function answer(request: LookRequest): ReaderMessage[] {
    const result = reader.look(request, request);
    if (!result.ok) {
        return [{ kind: 'failed', result }];
    }
    const messages: ReaderMessage[] = [];
    const changed = result.processes.filter((one) => sent.get(one.pid) !== one);
    for (let start = 0; start < changed.length; start += processesPerMessage) {
        const processes = changed.slice(start, start + processesPerMessage);
        processes.forEach((one) => sent.set(one.pid, one));
        messages.push({ kind: 'changed', processes });
    }
    const gone = forgetThoseGone(result.processes);
    const { host, gaps, look, filesOpened, milliseconds } = result;
    messages.push({ kind: 'done', gone, host, gaps, figures: { look, filesOpened, milliseconds } });
    return messages;
}

function forgetThoseGone(processes: readonly Process[]): readonly number[] {
    if (sent.size === processes.length) {
        return [];
    }
    const present = new Set(processes.map(({ pid }) => pid));
    const gone = [...sent.keys()].filter((pid) => !present.has(pid));
    gone.forEach((pid) => sent.delete(pid));
    return gone;
}
