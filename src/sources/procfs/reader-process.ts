import { writeSync } from 'node:fs';
import type { Process } from '../../model/process';
import { createProcfsReader } from './reader';
import type { LookRequest, ReaderMessage } from './reader-messages';

// The program of the process that reads /proc: a read there may block for ever, and then only SIGKILL ends it.
//   node reader.js ROOT                   forked with an IPC channel, over which it answers
//   node reader.js ROOT cautious STEPS    the same, and writes each step to standard output before it; leaves out STEPS,
//                                         a JSON array of steps that never return

const processesPerMessage = 500;

const [root = '/proc', mode, blockingSteps = '[]'] = process.argv.slice(2);
const caution = {
    // Not by a message: this must have left this process before it blocks.
    beforeStep: (step: string) => void writeSync(1, `${step}\n`),
    blockingSteps: new Set(JSON.parse(blockingSteps) as readonly string[]),
};
const reader = createProcfsReader(root, mode === 'cautious' ? { caution } : {});
const sent = new Map<number, Process>();

process.on('message', (request: LookRequest) => answer(request));
process.on('disconnect', () => process.exit());

function answer(request: LookRequest): void {
    const result = reader.look(request);
    if (!result.ok) {
        send({ kind: 'failed', result });
        return;
    }
    const changed = result.processes.filter((one) => sent.get(one.pid) !== one);
    for (const one of changed) {
        sent.set(one.pid, one);
    }
    const gone = forgetThoseGone(result.processes);
    for (let start = 0; start < changed.length; start += processesPerMessage) {
        send({ kind: 'changed', processes: changed.slice(start, start + processesPerMessage) });
    }
    const { host, gaps, look, filesOpened, milliseconds } = result;
    send({ kind: 'done', gone, host, gaps, figures: { look, filesOpened, milliseconds } });
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

function send(message: ReaderMessage): void {
    process.send?.(message);
}
