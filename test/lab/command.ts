import { execFile } from 'node:child_process';

export interface CommandResult {
    readonly status: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface CommandOptions {
    readonly deadlineMs?: number;
    readonly input?: Buffer;
    readonly environment?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and tells how it ended, whatever its exit status; a missed deadline is an error. */
export function observe(
    program: string,
    args: readonly string[],
    { deadlineMs = 30_000, input, environment = process.env }: CommandOptions = {},
): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
        const options = { encoding: 'utf8', env: environment, maxBuffer: 256 << 20, killSignal: 'SIGKILL' } as const;
        const child = execFile(program, args, { ...options, timeout: deadlineMs }, (error, stdout, stderr) => {
            if (!error) return resolve({ status: 0, stdout, stderr });
            if (typeof error.code === 'number') return resolve({ status: error.code, stdout, stderr });
            const reason = error.killed ? `did not end within ${deadlineMs} ms` : error.message;
            reject(new Error(`${program} ${args.join(' ')}: ${reason}\n${stderr}`));
        });
        // A program that ends without reading its input is judged by its exit status, not by the broken pipe.
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(input);
    });
}

/** What the program wrote to stdout, without the last line end; any exit status but 0 is an error. */
export async function run(program: string, args: readonly string[], options?: CommandOptions): Promise<string> {
    const { status, stdout, stderr } = await observe(program, args, options);
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit status ${status}\n${stderr || stdout}`);
    return stdout.trimEnd();
}

/** Asks again and again until the answer is there; what it waits for is the message of the error when it never is. */
export async function until<Answer>(
    what: string,
    ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
    deadlineMs = 20_000,
): Promise<Answer> {
    const start = Date.now();
    for (;;) {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer;
        if (Date.now() - start > deadlineMs) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}
