// Starts programs, and surely ends them: whatever a program started, and whatever that started, ends with it.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Environment variable that every started program hands down to its descendants. A list of marks: a program started
 * by a started program carries both. It finds those who left the process group (terminals, browsers, container shims).
 */
const markVariable = 'DOCKER_RUNTIME_LAB_MARK';

/** How long a program may take to end by itself after SIGTERM, in milliseconds. */
const graceMilliseconds = 10_000;

/** How much of a program's output is kept: enough for the JSON of a large host. */
const keptCharacters = 16_777_216;

/**
 * @typedef {object} StartOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] whole environment; default: ours
 * @property {boolean} [show] passes the program's output on to ours, as it comes
 *
 * @typedef {object} Started
 * @property {number} pid
 * @property {Promise<number>} exited the exit status; 128 and more where a signal or our stop() ended it
 * @property {() => string} output the end of what it has written so far, to stdout and stderr
 * @property {() => string} stdout the same of stdout alone
 * @property {() => Promise<void>} stop
 */

/** @type {Set<{ pid: number, mark: string }>} */
const running = new Set();

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StartOptions} [options]
 * @returns {Started}
 */
export function start(command, args, { cwd, env = process.env, show = false } = {}) {
    endEverythingWithUs();
    const mark = randomUUID();
    const child = spawn(command, args, {
        cwd,
        env: { ...env, [markVariable]: [env[markVariable], mark].filter(Boolean).join(',') },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32', // a process group of its own, which one signal reaches
        shell: process.platform === 'win32' && command === 'npm', // npm is a .cmd file there
    });
    const tree = { pid: child.pid ?? 0, mark };
    if (child.pid) {
        running.add(tree);
    }

    let output = '';
    let stdout = '';
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (/** @type {string} */ text) => {
            output = (output + text).slice(-keptCharacters);
            stdout = stream === child.stdout ? (stdout + text).slice(-keptCharacters) : stdout;
            if (show) {
                process.stdout.write(text);
            }
        });
    }

    /** @type {Promise<number>} */
    const exited = new Promise((resolve) => {
        child.once('error', (error) => {
            output += `${error.message}\n`;
            resolve(127);
        });
        // Not `close`: a descendant that keeps the pipe open must not keep us waiting for a program that has ended.
        child.once('exit', (code, signal) => {
            if (ending) {
                return; // as we asked it to; nobody needs to wonder why
            }
            const closed = new Promise((done) => child.once('close', done));
            void Promise.race([closed, delay(500)]).then(() => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
        });
    });

    return {
        pid: tree.pid,
        exited,
        output: () => output,
        stdout: () => stdout,
        stop: async () => {
            signalTree(tree, 'SIGTERM');
            const deadline = Date.now() + graceMilliseconds;
            while (Date.now() < deadline && (child.exitCode ?? child.signalCode) === null) {
                await delay(20);
            }
            signalTree(tree, 'SIGKILL');
            running.delete(tree);
            child.stdout.destroy();
            child.stderr.destroy();
        },
    };
}

/**
 * Runs a program to its end; what it left behind is ended too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StartOptions & { deadline?: number }} [options] deadline in milliseconds, default ten minutes
 * @returns {Promise<{ status: number, output: string, stdout: string, timedOut: boolean }>}
 */
export async function run(command, args, { deadline = 600_000, ...options } = {}) {
    const program = start(command, args, options);
    let timedOut = false;
    const timer = setTimeout(() => {
        timedOut = true;
        void program.stop();
    }, deadline);
    const status = await program.exited;
    clearTimeout(timer);
    await program.stop();
    return { status: timedOut ? 124 : status, output: program.output(), stdout: program.stdout(), timedOut };
}

/**
 * Waits until a condition holds, and says what did not come true where it never does.
 * @template T
 * @param {string} what
 * @param {() => Promise<T | undefined | false> | T | undefined | false} condition
 * @param {number} [deadline] in milliseconds
 * @returns {Promise<T>}
 */
export async function until(what, condition, deadline = 30_000) {
    const end = Date.now() + deadline;
    for (;;) {
        const value = await condition();
        if (value) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`${what}: not within ${deadline / 1000} s`);
        }
        await delay(50);
    }
}

/**
 * @param {RegExp} names of variables
 * @returns {NodeJS.ProcessEnv} ours, without those
 */
export function environmentWithout(names) {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)));
}

let endsWithUs = false;
/** Whether a signal has told us to end. */
let ending = false;

/** Also where we are interrupted, or die of an error. (Nothing can be done where we are killed with SIGKILL.) */
function endEverythingWithUs() {
    if (endsWithUs) {
        return;
    }
    endsWithUs = true;
    process.once('exit', () => {
        for (const tree of running) {
            signalTree(tree, 'SIGKILL');
        }
    });
    for (const [signal, status] of /** @type {const} */ ([
        ['SIGINT', 130],
        ['SIGTERM', 143],
        ['SIGHUP', 129],
    ])) {
        process.once(signal, () => {
            ending = true;
            for (const tree of running) {
                signalTree(tree, 'SIGTERM');
            }
            const ended = until('the end of what was started', () => [...running].every(hasEnded), graceMilliseconds);
            void ended.catch(() => undefined).then(() => process.exit(status));
        });
    }
}

/** @param {{ pid: number, mark: string }} tree */
function hasEnded(tree) {
    try {
        process.kill(process.platform === 'win32' ? tree.pid : -tree.pid, 0);
        return false;
    } catch {
        return true;
    }
}

/**
 * @param {{ pid: number, mark: string }} tree
 * @param {NodeJS.Signals} signal
 */
function signalTree(tree, signal) {
    const group = process.platform === 'win32' ? tree.pid : -tree.pid;
    for (const target of signal === 'SIGKILL' ? [group, ...marked(tree.mark)] : [group]) {
        try {
            process.kill(target, signal);
        } catch {
            // It has ended already.
        }
    }
}

/**
 * The processes that carry the mark in their environment (Linux: proc_pid_environ(5)).
 * @param {string} mark
 */
function marked(mark) {
    if (process.platform !== 'linux') {
        return [];
    }
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .filter((pid) => {
            try {
                return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
            } catch {
                return false; // ended meanwhile, or somebody else's
            }
        })
        .map(Number);
}

/** @param {number} milliseconds */
function delay(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
