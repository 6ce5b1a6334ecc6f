import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../until';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';
import { makeFifo, readerPath } from './readers';

const looker = join(__dirname, 'looker.js');
const kills = 20;
const atATime = 4;

/** The command lines of what is left of a session, as ps tells it. */
function processesOf(session: number): readonly string[] {
    return execFileSync('ps', ['-eo', 'sid=,stat=,args='], { encoding: 'utf8' })
        .split('\n')
        .map((line) => /^ *(\d+) +(\S+) (.*)$/.exec(line) ?? [])
        .filter(([, sid, state]) => Number(sid) === session && !state?.startsWith('Z'))
        .map(([, , , command]) => String(command));
}

describe('a program that is killed while it looks', function () {
    this.timeout(120_000);
    let proc: ProcDirectory;

    beforeEach(() => {
        proc = makeProcDirectory();
        for (let pid = 1; pid <= 50; pid++) {
            proc.write({ [`${pid}/stat`]: statLine({ pid }), [`${pid}/cmdline`]: 'sleep\0' });
        }
    });
    afterEach(() => proc.dispose());

    /** The session in which it was. */
    async function killOne(milliseconds: number): Promise<number> {
        const child = spawn(process.execPath, [looker, proc.root, readerPath], {
            detached: true,
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        const session = child.pid ?? assert.fail();
        const ended = new Promise((resolve) => child.once('exit', resolve));
        await new Promise((resolve) => child.stdout.once('data', resolve));
        await until(() =>
            processesOf(session).some((command) => command.includes(readerPath) && !command.includes(looker)),
        );
        await delay(milliseconds);
        child.kill('SIGKILL');
        await ended;
        return session;
    }

    for (const isBlocked of [false, true]) {
        it(`leaves no process behind within ten seconds, its reader ${isBlocked ? 'blocked' : 'at work'}`, async () => {
            if (isBlocked) makeFifo(proc, '30/cmdline');
            for (let number = 0; number < kills; number += atATime) {
                // At other moments each time: as long as some of them are, one reader after the other is blocked.
                const moments = Array.from({ length: atATime }, (_, index) => (number + index) * 25);
                const sessions = await Promise.all(moments.map(killOne));
                const areGone = () => sessions.every((session) => processesOf(session).length === 0);
                await until(areGone, 'all are gone', 10_000);
            }
        });
    }
});
