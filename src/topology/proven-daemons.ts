import type { Host, Process } from '../model/process';
import { claimOf } from './claims';
import { socketPath } from './command-line';

/**
 * Why a daemon that nobody has named must not be connected to at this socket; undefined where it may be.
 *
 * Any process can call itself dockerd or containerd and name any socket in its argv, and connecting is more than reading:
 * so this asks for more than the tree does before it shows a daemon. Its executable must be readable and be that daemon,
 * it must be root's or our own (whoever can make such a process has our rights already), it must see the same files as
 * we do (or its path would lead to another daemon's socket), and the kernel must say that it listens there. That it
 * stands outside of containers is the caller's to see.
 */
export function whyNotToConnect(
    process: Process,
    role: 'dockerd' | 'containerd',
    socket: string,
    host: Host,
): string | undefined {
    const { exe, uid, namespaces, listens = [] } = process;
    if (seesOtherFiles(process, host)) return 'its socket is in another mount namespace';
    if (uid !== undefined && uid !== 0 && uid !== host.uid) return 'another user has started it';
    const claim = claimOf(process);
    if (exe !== undefined && (claim?.role !== role || claim.contradicted)) return `its executable is no ${role}`;
    const seesOurFiles = namespaces?.mnt !== undefined && namespaces.mnt === host.namespaces?.mnt;
    const isSeen = exe !== undefined && uid !== undefined && seesOurFiles;
    const isListening = listens.some((path) => path.startsWith('/') && socketPath(path) === socketPath(socket));
    return isSeen && isListening ? undefined : 'this user may not see what it is and where it listens';
}

/** Known to be in another mount namespace than the one who looked. */
export function seesOtherFiles({ namespaces }: Process, host: Host): boolean {
    const [ours, its] = [host.namespaces?.mnt, namespaces?.mnt];
    return ours !== undefined && its !== undefined && ours !== its;
}
