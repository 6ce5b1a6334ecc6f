import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { Gap } from '../../model/gap';
import type { Process } from '../../model/process';
import type { LookOptions, LookResult } from './look';
import type { LookRequest, ReaderMessage } from './reader-messages';

export interface Procfs {
    /** One look at a time: who asks while one is under way gets the answer of that one. Never rejects. */
    readonly look: (options?: LookOptions) => Promise<LookResult>;
    /** Ends the reader process; a look under way is answered with a gap. */
    readonly dispose: () => void;
}

export interface ProcfsOptions {
    /** Where the proc file system is mounted, or a saved copy of a part of one; usually `/proc`. */
    readonly root: string;
    /** The bundled reader-process.ts. */
    readonly readerPath: string;
    /** After this time the reader process counts as stuck. */
    readonly deadlineMilliseconds: number;
}

/**
 * Looks at the processes below a root through a process of its own, which is forked at the first look and whenever the
 * one before is gone. It sends only what changed; the whole is kept here.
 */
export function openProcfs(options: ProcfsOptions): Procfs {
    const root = resolve(options.root);
    let reader: Reader | undefined;
    let lookUnderWay: Promise<LookResult> | undefined;
    let timeoutsInARow = 0;
    let quietUntil = 0;
    let isDisposed = false;

    async function lookThroughReader(lookOptions: LookOptions): Promise<LookResult> {
        if (isDisposed) {
            return failure('gone', 'the reader was closed', 'Open the view again');
        }
        if (performance.now() < quietUntil) {
            return stuck();
        }
        reader ??= forkReader(root, options.readerPath);
        const result = await reader.look(lookOptions, options.deadlineMilliseconds);
        if (result === 'stuck' || result === 'died') {
            reader.kill();
            reader = undefined;
        }
        if (result === 'died') {
            return failure('gone', 'the process that reads it ended', 'Look again');
        }
        timeoutsInARow = result === 'stuck' ? timeoutsInARow + 1 : 0;
        if (result !== 'stuck') {
            return result;
        }
        // The first time it may have been the machine's load.
        if (timeoutsInARow > 1) {
            quietUntil = performance.now() + Math.min(60_000, options.deadlineMilliseconds * 2 ** timeoutsInARow);
        }
        return stuck();
    }

    function stuck(): LookResult {
        const detail = `reading ${root} took longer than ${options.deadlineMilliseconds} ms`;
        return failure(
            'timeout',
            detail,
            'A process whose memory is locked, or a hanging file system below it, blocks whoever reads its command line; ps would hang too',
        );
    }

    function failure(reason: Gap['reason'], detail: string, help: string): LookResult {
        return { ok: false, gap: { source: root, reason, detail, help } };
    }

    return {
        look(lookOptions = {}) {
            lookUnderWay ??= lookThroughReader(lookOptions).finally(() => {
                lookUnderWay = undefined;
            });
            return lookUnderWay;
        },
        dispose() {
            isDisposed = true;
            reader?.kill();
            reader = undefined;
        },
    };
}

interface Reader {
    readonly look: (options: LookOptions, deadlineMilliseconds: number) => Promise<LookResult | 'stuck' | 'died'>;
    readonly kill: () => void;
}

function forkReader(root: string, readerPath: string): Reader {
    const child = fork(readerPath, [root], {
        execArgv: [],
        env: readerEnvironment(),
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        // As JSON, 20,000 processes took 10 times as long: it writes out again the cgroup lines that processes share.
        serialization: 'advanced',
    });
    // Alone it keeps nobody running: while a look is under way, its deadline does.
    child.unref();
    child.channel?.unref();
    const known = new Map<number, Process>();
    let processes: readonly Process[] | undefined;
    let settle: ((result: LookResult | 'stuck' | 'died') => void) | undefined;
    let hasDied = false;

    function died(): void {
        hasDied = true;
        settle?.('died');
    }
    child.on('error', died);
    child.on('exit', died);
    child.on('message', (message: ReaderMessage) => {
        switch (message.kind) {
            case 'changed':
                message.processes.forEach((process) => known.set(process.pid, process));
                processes = undefined;
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

    return {
        look: (options, deadlineMilliseconds) =>
            new Promise((resolveLook) => {
                const deadline = setTimeout(() => settle?.('stuck'), deadlineMilliseconds);
                settle = (result) => {
                    clearTimeout(deadline);
                    settle = undefined;
                    resolveLook(result);
                };
                if (hasDied) {
                    died();
                    return;
                }
                const request: LookRequest = { kind: 'look', ...options };
                child.send(request, (error) => error && died());
            }),
        kill: () => endForGood(child),
    };
}

/** Inside VS Code, `node` is Electron; and what a debugger puts into NODE_OPTIONS is not meant for this process. */
function readerEnvironment(): NodeJS.ProcessEnv {
    return { ...process.env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1' };
}

function endForGood(child: ChildProcess): void {
    if (child.connected) {
        child.disconnect();
    }
    child.kill('SIGKILL');
}
