import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from './command';

/** A user of this machine for the time of a test, with a range of ids for user namespaces of its own, subuid(5). */
export interface OrdinaryUser {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    /** The words of a command line that runs this one as this user, in no other groups than these. */
    command(words: readonly string[], groups?: readonly number[]): readonly [string, ...string[]];
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
    return {
        name,
        uid,
        gid,
        command(words, groups = []) {
            const membership = groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups';
            return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, membership, ...words];
        },
    };
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
