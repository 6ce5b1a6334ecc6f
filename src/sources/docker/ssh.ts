import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { SshAddress } from './address';

/** The ssh program, or what it ran on the other side, has ended in failure. */
export class SshError extends Error {
    constructor(
        /** 255 is ssh's own, ssh(1); any other is of the command on the other side. Absent when ssh was ended by a signal. */
        readonly status: number | undefined,
        /** What was written to stderr, on one line. */
        readonly said: string,
    ) {
        super(`ssh ended with status ${status ?? 'none'}: ${said}`);
    }
}

/**
 * One connection to a daemon on another machine, as docker's own client makes it: the system's ssh program, and so the
 * person's own keys, agent and known hosts, runs `docker system dial-stdio` there. Ends with its process, and
 * destroying it ends the process.
 */
export function connectThroughSsh(address: SshAddress): Duplex {
    const child = spawn('ssh', sshArguments(address), { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const { stdin, stdout, stderr } = child;
    const connection = new Duplex({
        read: () => {
            stdout.resume();
        },
        write: (chunk: Buffer, _, done) => {
            stdin.write(chunk, done);
        },
        final: (done) => {
            stdin.end();
            done();
        },
        destroy: (error, done) => {
            end(child);
            done(error);
        },
    });
    let said = '';
    stdout.on('data', (chunk: Buffer) => {
        if (!connection.push(chunk)) stdout.pause();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
        // Read to the end, or ssh would stand still; the last words say why it failed.
        said = (said + text).slice(-longestWords);
    });
    // A pipe that breaks does so because the process ends, and that is what is told.
    stdin.on('error', () => undefined);
    child.once('error', (error) => connection.destroy(error));
    child.once('close', (status) => {
        if (status === 0) connection.push(null);
        else connection.destroy(new SshError(status ?? undefined, onOneLine(said)));
    });
    return connection;
}

const longestWords = 4 * 1024;

/** Nothing here asks a person: a view that looks again and again must not open a question each time. */
function sshArguments({ host, user, port, socket }: SshAddress): readonly string[] {
    return [
        ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=30', '-T'],
        ...(user === undefined ? [] : ['-l', user]),
        ...(port === undefined ? [] : ['-p', String(port)]),
        ...['--', host, 'docker'],
        ...(socket === undefined ? [] : ['--host', `unix://${socket}`]),
        ...['system', 'dial-stdio'],
    ];
}

/** ssh ends at SIGTERM, unless it is stopped or stuck; node reaps it either way. */
function end(child: ChildProcess): void {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    timer.unref();
    child.once('exit', () => {
        clearTimeout(timer);
    });
}

const graceMs = 1_000;

function onOneLine(text: string): string {
    return (
        text
            .replace(/[\p{Cc}\s]+/gu, ' ')
            .trim()
            .slice(-300) || 'no explanation'
    );
}
