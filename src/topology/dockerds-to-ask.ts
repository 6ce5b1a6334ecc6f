import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import { baseName, optionValues, socketPath } from './command-line';
import { whyNotToConnect } from './proven-daemons';
import type { Topology } from './topology';

/** A dockerd of this host whose API can be asked though nobody has named it. */
export interface DockerdToAsk {
    readonly process: Process;
    /** The path of the socket that it listens on for its API. */
    readonly socket: string;
    /** Set when it has been asked already, at this or another endpoint. */
    readonly engine?: Engine;
}

/** Those outside of containers that may be connected to: {@link whyNotToConnect}. */
export function dockerdsToAsk({ nodes, snapshot: { host } }: Topology): readonly DockerdToAsk[] {
    return [...nodes.values()].flatMap((node) => {
        if (node.kind !== 'engine' || node.parent !== null || !node.process) return [];
        const { process, engine } = node;
        const socket = apiSocketOf(process);
        const isAskable = socket !== undefined && whyNotToConnect(process, 'dockerd', socket, host) === undefined;
        return isAskable ? [{ process, socket, engine }] : [];
    });
}

/**
 * systemd made its socket (`-H fd://`) and starts the daemon again when somebody connects after its end: no discovery
 * may do that, and between a look and a connection any daemon can end.
 */
export function isStartedBySocket({ argv = [] }: Process): boolean {
    return hostsOf(argv).some((host) => host.startsWith('fd://'));
}

/** dockerd listens on others, too, for libnetwork and Swarm: its API is where -H says, else at a `docker.sock`. */
function apiSocketOf(process: Process): string | undefined {
    if (isStartedBySocket(process)) return undefined;
    const told = hostsOf(process.argv ?? []).filter((host) => host.startsWith('unix://'));
    const isApi = (path: string): boolean => {
        return told.length === 0 ? baseName(path) === 'docker.sock' : told.some((host) => isSocketOf(host, path));
    };
    return process.listens?.find((path) => path.startsWith('/') && isApi(path));
}

function isSocketOf(host: string, path: string): boolean {
    return socketPath(host === 'unix://' ? '/var/run/docker.sock' : host) === socketPath(path);
}

function hostsOf(argv: readonly string[]): readonly string[] {
    return optionValues(argv, ['H', 'host']);
}
