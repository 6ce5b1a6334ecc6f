import { writeSync } from 'node:fs';
import type { Process } from '../../model/process';
import { createProcfsReader } from './reader';
import type { LookRequest, ReaderMessage, ReaderRequest } from './reader-messages';

// The program of the process that reads /proc: a read there may block for ever, and then only SIGKILL ends it.
//   node reader.js ROOT                   forked with an IPC channel, over which it answers
//   node reader.js ROOT cautious STEPS    the same, and writes each step to standard output before it; leaves out STEPS,
//                                         a JSON array of steps that never return

/** One takes its receiver about a millisecond. */
const processesPerMessage = 250;

const [root = '/proc', mode, blockingSteps = '[]'] = process.argv.slice(2);
const caution = {
    // Not by a message: this must have left this process before it blocks.
    beforeStep: (step: string) => void writeSync(1, `${step}\n`),
    blockingSteps: new Set(JSON.parse(blockingSteps) as readonly string[]),
};
const reader = createProcfsReader(root, mode === 'cautious' ? { caution } : {});
const sent = new Map<number, Process>();
let unsent: ReaderMessage[] = [];

process.on('message', (request: ReaderRequest) => {
    if (request.kind === 'look') unsent = answer(request);
    const message = unsent.shift();
    if (message) process.send?.(message);
});
process.on('disconnect', () => process.exit());

function answer(request: LookRequest): ReaderMessage[] {
    const result = reader.look(request);
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
