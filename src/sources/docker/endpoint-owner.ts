import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { singleFlight } from '../hanging-files';
import { parseAddress } from './address';

const ownerOf = singleFlight(async (path) => (await stat(path)).uid);

/**
 * Why a person should confirm that this daemon is asked, in a sentence; undefined for a local socket that is root's or
 * this user's, and for what is no address, which nobody follows.
 */
export async function reasonToConfirm(endpoint: string, uid = process.getuid?.()): Promise<string | undefined> {
    const parsed = parseAddress(endpoint);
    if (!parsed.ok) return undefined;
    const { address } = parsed;
    switch (address.kind) {
        case 'tcp':
            return 'It is reached over the network. Without TLS, neither side proves who it is, and all can be read on the way.';
        case 'ssh':
            return 'It is on another machine: your own ssh, with your keys, runs “docker system dial-stdio” there.';
        case 'socket':
            return uid === undefined ? undefined : reasonByOwner(address.path, uid);
    }
}

async function reasonByOwner(path: string, uid: number): Promise<string | undefined> {
    // A socket that is not there yet will be made by somebody who may write its folder.
    const owner = await ownerOf(path).catch(() => ownerOf(dirname(path)).catch(() => undefined));
    if (owner === undefined) return 'Its socket is not there, and nobody can tell whose it will be.';
    if (owner === 0 || owner === uid) return undefined;
    return `Its socket belongs to user ${owner}, who is neither root nor you, and who decides what is answered.`;
}
