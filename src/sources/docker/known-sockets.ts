import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { singleFlight } from '../hanging-files';
import type { Surroundings } from './endpoint';

/** A path at which a Docker API may listen, known by the product that listens there. */
export interface KnownSocket {
    readonly path: string;
    /** Whose socket it is, for people. */
    readonly product: string;
    /** systemd may hold it, and start its daemon when somebody connects: then only a person may choose it. */
    readonly isStarter?: true;
}

/** In the order in which the first one that is there is taken, where nothing is chosen and the default one is not there. */
export function knownSockets({
    home = homedir(),
    uid = process.getuid?.(),
    platform = process.platform,
    environment = process.env,
}: Surroundings): readonly KnownSocket[] {
    if (platform === 'win32') {
        return [{ path: '//./pipe/dockerDesktopLinuxEngine', product: 'Docker Desktop' }];
    }
    const runtimeFolder = environment.XDG_RUNTIME_DIR;
    const ofHome: readonly (readonly [product: string, path: string])[] = [
        ['Docker Desktop', '.docker/run/docker.sock'],
        ['Docker Desktop', '.docker/desktop/docker.sock'],
        ['OrbStack', '.orbstack/run/docker.sock'],
        ['Rancher Desktop', '.rd/docker.sock'],
        ['Colima', '.colima/default/docker.sock'],
        ['Lima', '.lima/docker/sock/docker.sock'],
        ['Lima', '.lima/default/sock/docker.sock'],
    ];
    const rootless = (path: string): KnownSocket => ({ path, product: 'rootless Docker' });
    const podman = (path: string): KnownSocket => ({ path, product: 'Podman', isStarter: true });
    return [
        ...(runtimeFolder ? [rootless(join(runtimeFolder, 'docker.sock'))] : []),
        ...(uid === undefined ? [] : [rootless(`/run/user/${uid}/docker.sock`)]),
        ...ofHome.map(([product, path]) => ({ product, path: join(home, path) })),
        // Where the dev container features of VS Code mount the host's own socket.
        { path: '/var/run/docker-host.sock', product: 'the host of this dev container' },
        // Last: a daemon that runs is to be asked before one that asking would start.
        podman('/run/podman/podman.sock'),
        ...(runtimeFolder ? [podman(join(runtimeFolder, 'podman/podman.sock'))] : []),
    ];
}

/** The known sockets that somebody serves, or that we may not use; a dead daemon's socket is nobody's concern here. */
export async function answeringSockets(surroundings: Surroundings): Promise<readonly string[]> {
    const candidates = knownSockets(surroundings).filter(({ isStarter }) => !isStarter);
    const answers = await Promise.all(candidates.map(({ path }) => isServed(path).catch(() => false)));
    return candidates.flatMap(({ path }, index) => (answers[index] === true ? path : []));
}

const lookAt = singleFlight((path) => stat(path));

/** A socket's file is there, which says nothing about its daemon. Where a file does not answer, no. */
export async function isThere(path: string): Promise<boolean> {
    try {
        await lookAt(path);
        return true;
    } catch (error) {
        // A folder that we may not enter can hold the socket: then its permissions are what has to be said.
        return (error as NodeJS.ErrnoException).code === 'EACCES';
    }
}

/** A local socket takes connections at once, or its daemon accepts nothing any more. */
const patienceMs = 500;

/** Rejects where the path is none that a socket can have. */
async function isServed(path: string): Promise<boolean> {
    // Node waits in connect(2) for the folder of a path: where that hangs, the editor's extensions would all stand still.
    if (!(await isThere(path))) return false;
    return new Promise((resolve) => {
        const connection = connect(path);
        const settle = (isServed: boolean): void => {
            clearTimeout(timer);
            connection.destroy();
            resolve(isServed);
        };
        const timer = setTimeout(() => {
            settle(true);
        }, patienceMs);
        connection.once('connect', () => {
            settle(true);
        });
        connection.once('error', ({ code }: NodeJS.ErrnoException) => {
            settle(code === 'EACCES' || code === 'EAGAIN');
        });
    });
}
