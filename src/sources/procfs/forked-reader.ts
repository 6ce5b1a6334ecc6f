import { fork } from 'node:child_process';
import type { Process } from '../../model/process';
import type { LookOptions, LookResult } from './look';
import { isReaderMessage, type ReaderRequest } from './reader-messages';

/** One process that reads. It sends only what changed; the whole is kept here. */
export interface ForkedReader {
    /** After `stuck` and `died` it is of no use any more. */
    readonly look: (options: LookOptions, patience: Patience) => Promise<LookResult | 'stuck' | 'died'>;
    /** What a cautious reader read last, or still tries to. */
    readonly lastStep: string | undefined;
    readonly kill: () => void;
}

export interface Patience {
    readonly lookMilliseconds: number;
    /** From one step of a cautious reader to its next. */
    readonly stepMilliseconds: number;
}

/** With a set of steps that block it is cautious: it leaves those out, and says what it does before it does it. */
export function forkReader(root: string, readerPath: string, blockingSteps?: ReadonlySet<string>): ForkedReader {
    const cautious = blockingSteps ? ['cautious', JSON.stringify([...blockingSteps])] : [];
    const child = fork(readerPath, [root, ...cautious], {
        // In MiB. It makes little garbage: the sixteen that are usual only cost memory, and no look is faster for them.
        execArgv: ['--max-semi-space-size=1'],
        // Inside VS Code, node is Electron; and what a debugger puts into NODE_OPTIONS is not meant for this process.
        env: { ...process.env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['ignore', blockingSteps ? 'pipe' : 'ignore', 'ignore', 'ipc'],
        // As JSON, 20,000 processes took 10 times as long: it writes out again the cgroup lines that processes share.
        serialization: 'advanced',
    });
    // By itself it keeps nobody running: while a look is under way, its deadline does.
    child.unref();
    child.channel?.unref();

    const known = new Map<number, Process>();
    let processes: readonly Process[] | undefined;
    let lastStep: string | undefined;
    let hasDied = false;
    let settle: ((result: LookResult | 'stuck' | 'died') => void) | undefined;
    let onStep: (() => void) | undefined;

    child.stdout?.setEncoding('latin1').on('data', (steps: string) => {
        lastStep = steps.trimEnd().split('\n').at(-1);
        onStep?.();
    });
    child.on('message', (message: unknown) => {
        if (!isReaderMessage(message)) return;
        switch (message.kind) {
            case 'changed':
                message.processes.forEach((process) => known.set(process.pid, process));
                processes = undefined;
                request({ kind: 'next' });
                break;
            case 'failed':
                settle?.(message.result);
                break;
            case 'done': {
                if (message.gone.length > 0) {
                    message.gone.forEach((pid) => known.delete(pid));
                    processes = undefined;
                }
                processes ??= [...known.values()];
                const { host, gaps, figures } = message;
                settle?.({ ok: true, host, processes, gaps, ...figures });
                break;
            }
        }
    });
    child.on('error', died);
    child.on('exit', died);

    function request(message: ReaderRequest): void {
        child.send(message, (error) => error && died());
    }

    function died(): void {
        hasDied = true;
        settle?.('died');
    }

    return {
        get lastStep() {
            return lastStep;
        },
        look: (options, { lookMilliseconds, stepMilliseconds }) =>
            new Promise((resolve) => {
                const stuck = () => settle?.('stuck');
                const deadline = setTimeout(stuck, lookMilliseconds);
                let stepDeadline: NodeJS.Timeout | undefined;
                onStep = () => {
                    clearTimeout(stepDeadline);
                    stepDeadline = setTimeout(stuck, stepMilliseconds);
                };
                settle = (result) => {
                    clearTimeout(deadline);
                    clearTimeout(stepDeadline);
                    settle = undefined;
                    onStep = undefined;
                    resolve(result);
                };
                if (hasDied) {
                    died();
                    return;
                }
                request({ kind: 'look', ...options });
            }),
        kill: () => {
            child.kill('SIGKILL');
            if (child.connected) {
                child.disconnect();
            }
        },
    };
}
