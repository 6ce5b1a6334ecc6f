import { run } from './command';

/**
 * How many connections to this socket our process holds, by ss(8). One that a stopped daemon has not accepted yet has no
 * inode at the other end.
 */
export async function connectionsTo(socket: string): Promise<number> {
    const rows = (await run('ss', ['-xpaH'])).split('\n').map((line) => {
        const [, , , , path, inode, , peer, users = ''] = line.trim().split(/\s+/);
        return { path, inode, peer, isOurs: users.includes(`pid=${process.pid},`) };
    });
    const accepted = new Set(rows.flatMap(({ path, inode }) => (path === socket ? inode : [])));
    return rows.filter(({ peer, isOurs }) => isOurs && (peer === '0' || accepted.has(peer))).length;
}
