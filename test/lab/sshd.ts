import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run, until } from './command';
import type { Laboratory } from './dockerd';

/** A machine behind ssh, which is this one: an sshd of the laboratory's own, with keys that nobody else has. */
export interface Sshd {
    readonly port: number;
    /** First on the PATH, its `ssh` is the real program with the laboratory's keys instead of the user's. */
    readonly folderOfSsh: string;
    /** What sshd has written: a line for each login, and for each that failed. */
    log(): string;
    /** Ends the daemon; closing the laboratory does it, too. */
    end(): void;
}

export async function startSshd(laboratory: Laboratory): Promise<Sshd> {
    const home = join(laboratory.folder, 'sshd');
    const programs = join(home, 'bin');
    mkdirSync(programs, { recursive: true });
    // Where sshd keeps what has no rights; compiled in on Debian, and made by its service elsewhere.
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const at = (name: string): string => join(home, name);
    for (const name of ['host', 'client']) {
        await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'laboratory', '-f', at(name)]);
    }
    const port = await freePort();
    // bash(1) reads the user's .bashrc for a command of sshd's, unless a shell above it has: it is none of the tests'.
    writeFileSync(
        at('sshd_config'),
        `ListenAddress 127.0.0.1
Port ${port}
HostKey ${at('host')}
PidFile ${at('pid')}
AuthorizedKeysFile ${at('client.pub')}
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv SHLVL=2 PATH=${process.env['PATH'] ?? ''}
`,
    );
    writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`);
    writeFileSync(
        at('ssh_config'),
        `IdentityFile ${at('client')}
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile ${at('known_hosts')}
GlobalKnownHostsFile /dev/null
StrictHostKeyChecking yes
`,
    );
    // ssh(1) looks into the home folder that passwd(5) tells, whatever HOME says.
    const ssh = join(programs, 'ssh');
    writeFileSync(ssh, `#!/bin/sh\nexec ${await pathOf('ssh')} -F ${at('ssh_config')} "$@"\n`);
    chmodSync(ssh, 0o755);
    const child = spawn(await pathOf('sshd'), ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' });
    await until('sshd answers', () => accepts(port));
    return {
        port,
        folderOfSsh: programs,
        log: () => readFileSync(at('log'), 'utf8'),
        end: () => {
            child.kill();
        },
    };
}

async function pathOf(program: string): Promise<string> {
    const { PATH: path = '' } = process.env;
    // sshd wants to be called by its whole path, to start itself anew for each connection.
    return run('sh', ['-c', 'command -v "$0"', program], {
        environment: { ...process.env, PATH: `${path}:/usr/sbin:/sbin` },
    });
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

function accepts(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const connection = connect(port, '127.0.0.1', () => {
            connection.destroy();
            resolve(true);
        });
        connection.once('error', () => {
            resolve(false);
        });
    });
}
