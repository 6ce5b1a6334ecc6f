import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from './command';

/** A user of this machine for the time of a test, with a range of ids for user namespaces of its own, subuid(5). */
export interface OrdinaryUser {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    /** The program and its arguments such that it runs as this user, in no other group. */
    command(program: string, ...args: readonly string[]): readonly [string, ...string[]];
}

/** Who goes with the laboratory: the name tells whose it is, useradd(8) allows small letters and digits. */
export async function addUser(folder: string): Promise<OrdinaryUser> {
    const name = userName(folder);
    await run('useradd', ['--no-create-home', '--home-dir', folder, '--shell', '/bin/sh', name]);
    const [uid = 0, gid = 0] = await Promise.all(
        ['-u', '-g'].map(async (which) => Number(await run('id', [which, name]))),
    );
    for (const file of ['/etc/subuid', '/etc/subgid']) {
        if (!readFileSync(file, 'utf8').includes(`${name}:`))
            throw new Error(`useradd gave ${name} no range in ${file}`);
    }
    // The folder's own parts have rights of their own; their paths must not end here.
    chmodSync(folder, 0o711);
    const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    return { name, uid, gid, command: (program, ...args) => ['setpriv', ...identity, program, ...args] };
}

/** Synchronous, for the last moment of our own process; nothing when the laboratory had no user. */
export function removeUser(folder: string): void {
    const name = userName(folder);
    if (readFileSync('/etc/passwd', 'utf8').includes(`${name}:`)) execFileSync('userdel', [name]);
}

function userName(folder: string): string {
    return basename(folder)
        .replace(/[^A-Za-z0-9]/g, '')
        .toLowerCase();
}
