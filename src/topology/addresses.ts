import type { Process } from '../model/process';
import { claimOf } from './claims';
import { optionValue, optionValues, socketPath } from './command-line';
import { parentOf, type ProcessTable } from './process-table';
import type { Evidence } from './topology';

export interface Address {
    /** A socket's path in one spelling. */
    readonly path: string;
    readonly evidence: Evidence;
    /** Nobody says it: it is where such a daemon is, unless a file of its own says otherwise. */
    readonly isAssumed?: true;
}

export const defaultContainerdSocket = '/run/containerd/containerd.sock';

/** A containerd listens on these, too: for debugging, and for plugins of its own (NRI). */
const otherSockets = /(^|[-/])(debug|nri)\.sock$/;

/** Where a containerd serves: the sockets that it listens on, the likeliest first, else what its argv tells. */
export function addressesServedBy(table: ProcessTable, process: Process): readonly Address[] {
    const who = `containerd ${String(process.pid)}`;
    const argv = process.argv ?? [];
    // Until Docker 1.12 it was `-l unix://…`; since then -l is the level of the log.
    const told =
        optionValue(argv, 'address', 'a') ??
        optionValues(argv, ['listen', 'l']).find((value) => value.startsWith('unix://'));
    const listening = (process.listens ?? []).filter((path) => path.endsWith('.sock') && !otherSockets.test(path));
    if (listening.length > 0) {
        const rank = (path: string): number => {
            if (told !== undefined && socketPath(path) === socketPath(told)) return 0;
            return path.endsWith('containerd.sock') ? 1 : 2;
        };
        return listening
            .toSorted((one, other) => rank(one) - rank(other))
            .map((path) => address(path, 'socket', `${who} listens on ${path}`));
    }
    if (told !== undefined) return [address(told, 'argv', `${who} is told to listen on ${told}`)];
    const config = optionValue(argv, 'config', 'c');
    const byDefault = address(defaultContainerdSocket, 'argv', `${who} names no other address than the default one`);
    if (config === undefined) return [byDefault];
    // A dockerd writes its own containerd's configuration beside the socket; others usually do the same.
    const beside = `${config.slice(0, config.lastIndexOf('/'))}/containerd.sock`;
    // That of k3s and RKE2 names the socket which both of them fix in their code.
    if (config.endsWith('/agent/etc/containerd/config.toml')) {
        return [
            address(
                '/run/k3s/containerd/containerd.sock',
                'argv',
                `where the --config of ${who}, by k3s or RKE2, says`,
            ),
        ];
    }
    const parent = parentOf(table, process);
    const managed = parent !== undefined && claimOf(parent)?.role === 'dockerd';
    const besideConfig = address(
        beside,
        'argv',
        `beside the --config of ${who}${managed ? ', which its dockerd wrote' : ''}`,
    );
    return config === '/etc/containerd/config.toml' ? [besideConfig, byDefault] : [besideConfig];
}

export function address(path: string, source: Evidence['source'], detail: string): Address {
    return { path: socketPath(path), evidence: { source, detail } };
}
