import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './command';

/**
 * How many connections to this socket our process holds, for a tenth of a second at least: ss(8) does not list all of
 * them at one moment, and for a moment the pipe of a child that has ended looks the same.
 */
export async function connectionsTo(socket: string): Promise<number> {
    const before = await listConnections(socket);
    await delay(100);
    const after = await listConnections(socket);
    return after.filter((inode) => before.includes(inode)).length;
}

/** Their inodes. A connection that a stopped daemon has not accepted yet has none at the other end. */
async function listConnections(socket: string): Promise<readonly string[]> {
    const rows = (await run('ss', ['-xpaH'])).split('\n').map((line) => {
        const [, , , , path, inode = '', , peer, users = ''] = line.trim().split(/\s+/);
        return { path, inode, peer, isOurs: users.includes(`pid=${process.pid},`) };
    });
    const accepted = new Set(rows.flatMap(({ path, inode }) => (path === socket ? inode : [])));
    return rows.flatMap(({ inode, peer, isOurs }) =>
        isOurs && (peer === '0' || accepted.has(peer ?? '')) ? inode : [],
    );
}

/** Of this process, whoever is at the other end. */
export function openSockets(): number {
    return readdirSync('/proc/self/fd').filter((descriptor) => {
        try {
            return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:');
        } catch {
            return false; // closed since the folder was listed
        }
    }).length;
}
