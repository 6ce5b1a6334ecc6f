import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Process } from '../../model/process';
import { noStep, type CautionWanted } from './caution';
import type { CommandLineRead, ProcessIdentity } from './command-line';
import type { LookOptions, LookResult } from './look';
import { isReaderMessage, type ReaderMessage, type ReaderRequest } from './reader-messages';

/** One process that reads, asked one question at a time. It sends only what changed; the whole is kept here. */
export interface ForkedReader {
    /** After any answer but a result it is of no use any more. Takes no longer than `milliseconds`. */
    readonly look: (options: LookOptions & CautionWanted, milliseconds: number) => Promise<LookResult | NoAnswer>;
    /** The same holds of it. */
    readonly commandLine: (
        process: ProcessIdentity & CautionWanted,
        milliseconds: number,
    ) => Promise<CommandLineRead | NoAnswer>;
    /** Ends it, unless it is stuck where the kernel does not let go of it. */
    readonly kill: () => void;
    /** Fulfilled when the process is no more. */
    readonly ended: Promise<void>;
}

/** `late`: it still reads, or is stuck where nothing can be left out. `step`: what it told last. */
export type NoAnswer =
    { readonly failed: 'stuck'; readonly step: string | undefined } | { readonly failed: 'late' | 'died' };

/**
 * Who reads and has told nothing in so many looks at the clock is stuck. They are counted instead of the time, which goes
 * on while this machine sleeps or this thread has no time to hear.
 */
const silentTicks = 4;
const tickMilliseconds = 50;

/** In characters: a pid, a start time and the name of a file. */
const longestStep = 100;

export function forkReader(root: string, readerPath: string): ForkedReader {
    const child = fork(readerPath, [root], {
        // In MiB. It makes little garbage: the sixteen that are usual only cost memory; with one, a full look takes 5 % longer.
        execArgv: ['--max-semi-space-size=4'],
        // Inside VS Code, node is Electron; and what a debugger puts into NODE_OPTIONS is not meant for this process.
        env: { ...process.env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['pipe', 'pipe', 'ignore', 'ipc'],
        // As JSON, 20,000 processes took 10 times as long: it writes out again the cgroup lines that processes share.
        serialization: 'advanced',
    });
    // By itself it keeps nobody running: while a look is under way, its deadline does.
    child.unref();
    child.channel?.unref();
    const streams = [child.stdin, child.stdout] as readonly (Socket | null)[];
    streams.forEach((stream) => stream?.unref());

    const known = new Map<number, Process>();
    let processes: readonly Process[] | undefined;
    let hasBegun = false;
    let hasDied = false;
    let questions = 0;
    let lastStep: string | undefined;
    let silence = 0;
    let hear: ((message: ReaderMessage) => void) | undefined;
    let fail: ((why: NoAnswer) => void) | undefined;

    child.stdout?.setEncoding('latin1').on('data', (steps: string) => {
        hasBegun = true;
        silence = 0;
        const [, question, step] = /(\d+) (.*)\n$/.exec(steps.slice(-longestStep)) ?? [];
        if (Number(question) === questions) lastStep = step; // another question's may come late
    });
    child.on('message', (message: unknown) => {
        silence = 0;
        if (isReaderMessage(message)) hear?.(message);
    });
    const ended = new Promise<void>((resolve) => {
        child.on('exit', () => {
            died();
            resolve();
        });
        child.on('error', () => {
            died();
            if (child.pid === undefined) resolve(); // it never was
        });
    });

    function request(message: ReaderRequest): void {
        child.send(message, (error) => error && died());
    }

    /** `understand` makes the answer of what comes; undefined of what is not yet, or not at all, an answer to it. */
    function ask<Answer extends object>(
        question: ReaderRequest,
        milliseconds: number,
        understand: (message: ReaderMessage) => Answer | undefined,
    ): Promise<Answer | NoAnswer> {
        return new Promise((resolve) => {
            const deadline = setTimeout(() => fail?.({ failed: 'late' }), milliseconds);
            const ticks = setInterval(() => void tick(), tickMilliseconds);
            const settle = (answer: Answer | NoAnswer) => {
                clearTimeout(deadline);
                clearInterval(ticks);
                hear = fail = undefined;
                resolve(answer);
            };
            hear = (message) => {
                const answer = understand(message);
                if (answer) settle(answer);
            };
            fail = settle;
            if (hasDied) {
                died();
                return;
            }
            questions++;
            silence = 0;
            lastStep = undefined;
            request(question);
        });
    }

    function understandLook(message: ReaderMessage): LookResult | undefined {
        switch (message.kind) {
            case 'changed':
                message.processes.forEach((process) => known.set(process.pid, process));
                processes = undefined;
                request({ kind: 'next' });
                return undefined;
            case 'failed':
                return message.result;
            case 'done': {
                if (message.gone.length > 0) {
                    message.gone.forEach((pid) => known.delete(pid));
                    processes = undefined;
                }
                processes ??= [...known.values()];
                const { host, gaps, figures } = message;
                return { ok: true, host, processes, gaps, ...figures };
            }
            default:
                return undefined;
        }
    }

    function died(): void {
        hasDied = true;
        fail?.({ failed: 'died' });
    }

    async function tick(): Promise<void> {
        if (!hasBegun || lastStep === noStep || ++silence < silentTicks) return;
        const failThisQuestion = fail;
        if (await isRunning(child.pid)) {
            silence = 0; // it works, or waits for a core
        } else if (fail === failThisQuestion && silence >= silentTicks) {
            fail?.({ failed: 'stuck', step: lastStep });
        }
    }

    return {
        ended,
        look: (options, milliseconds) => ask({ kind: 'look', ...options }, milliseconds, understandLook),
        commandLine: (process, milliseconds) =>
            ask({ kind: 'commandLine', ...process }, milliseconds, (message) =>
                message.kind === 'commandLine' ? message.read : undefined,
            ),
        kill: () => {
            child.kill('SIGKILL');
            child.stdin?.destroy(); // ends the shell that watches over it
            if (child.connected) {
                child.disconnect();
            }
        },
    };
}

/** Whether its first thread is in state R, proc_pid_stat(5): whoever is blocked is not. Where nobody tells, no. */
async function isRunning(pid: number | undefined): Promise<boolean> {
    try {
        const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
        return /\) R [^)]*$/.test(stat);
    } catch {
        return false;
    }
}
