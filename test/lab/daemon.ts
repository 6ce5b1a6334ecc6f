import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from './command';

/** One process of ours that can be killed and started again with the same arguments. */
export interface Daemon {
    /** Of the last start. */
    pid(): number;
    /** Ready when this returns. */
    start(): Promise<void>;
    /** Returns when the process has ended. */
    end(signal: NodeJS.Signals): Promise<void>;
    /** It accepts connections and never answers; returns when the last of its threads has stopped. */
    freeze(): Promise<void>;
}

export function createDaemon(
    home: string,
    program: string,
    args: readonly string[],
    ready: () => Promise<boolean>,
): Daemon {
    const log = join(home, 'log');
    let child: ChildProcess | undefined;
    const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
    return {
        pid: () => child?.pid ?? 0,
        async start() {
            const output = openSync(log, 'a');
            // Its own session: Ctrl+C reaches us first, and we end it in the right order.
            child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
            closeSync(output);
            try {
                await until(`${program} answers`, async () => {
                    if (hasEnded()) throw new Error(`${program} ended`);
                    return ready();
                });
            } catch (error) {
                throw new Error(`${(error as Error).message}\n${readFileSync(log, 'utf8').slice(-2000)}`, {
                    cause: error,
                });
            }
        },
        async end(signal) {
            if (hasEnded()) return;
            child?.kill(signal);
            await until(`${program} ends after ${signal}`, hasEnded);
        },
        async freeze() {
            child?.kill('SIGSTOP');
            const pid = child?.pid ?? 0;
            await until(`${program} stops`, () => {
                const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`);
                return threads.every((stat) => / T /.test(readFileSync(stat, 'latin1').replace(/^.*\)/s, '')));
            });
        },
    };
}

export function accepts(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const connection = connect(socket, () => resolve(true));
        connection.once('error', () => resolve(false));
        connection.once('connect', () => connection.destroy());
    });
}

export function answersPing(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const request = get({ socketPath: socket, path: '/_ping', timeout: 1000 }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        request.once('timeout', () => request.destroy());
        request.once('error', () => resolve(false));
    });
}
