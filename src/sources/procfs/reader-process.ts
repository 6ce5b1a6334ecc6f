import type { Process } from '../../model/process';
import type { LookRequest, ReaderMessage } from './reader-messages';
import { createProcfsReader } from './reader';

// The program of the process that reads /proc: a read there may block for ever, and then only SIGKILL ends it.
//   node reader.js ROOT, forked with an IPC channel

const processesPerMessage = 500;

const [root = '/proc'] = process.argv.slice(2);
const reader = createProcfsReader(root);
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
    const gone: number[] = [];
    if (sent.size > result.processes.length) {
        const present = new Set(result.processes.map(({ pid }) => pid));
        gone.push(...[...sent.keys()].filter((pid) => !present.has(pid)));
        gone.forEach((pid) => sent.delete(pid));
    }
    for (let start = 0; start < changed.length; start += processesPerMessage) {
        send({ kind: 'changed', processes: changed.slice(start, start + processesPerMessage) });
    }
    const { host, gaps, look, filesOpened, milliseconds } = result;
    send({ kind: 'done', gone, host, gaps, figures: { look, filesOpened, milliseconds } });
}

function send(message: ReaderMessage): void {
    process.send?.(message);
}
