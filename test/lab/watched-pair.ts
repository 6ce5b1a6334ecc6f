import assert from 'node:assert/strict';
import { startDockerd } from './containers';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from './dockerd';
import { type FaultBounds, itWithstands } from './fault';
import { testImage } from './image';
import { startWatching, untilTrue, type Watching } from './watching';

export interface Pair {
    readonly laboratory: Laboratory;
    readonly containerd: Containerd;
    /** With live-restore. */
    readonly dockerd: Dockerd;
    readonly watching: Watching;
}

/**
 * For a suite: two daemons, of which somebody watches the containers `web` and `db`. These are other ones for each test,
 * and `onBegin` is told of all.
 */
export function watchedPair(onBegin: (pair: Pair) => void) {
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let watching: Watching;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await startDockerd(laboratory, { containerd, liveRestore: true });
    });
    after(() => laboratory.close());

    beforeEach(async () => {
        for (const name of ['web', 'db']) await dockerd.docker('run', '-d', '--name', name, testImage, 'sleep', '1000');
        watching = await startWatching(dockerd.endpoint);
        onBegin({ laboratory, containerd, dockerd, watching });
        await untilTrue(watching, dockerd, containerd);
    });
    afterEach(async () => {
        watching.close();
        await dockerd.docker('rm', '-f', 'web', 'db');
    });

    return {
        /** A test of a fault of these. */
        fault: (what: string, happens: () => Promise<void>, bounds?: FaultBounds): void =>
            itWithstands(what, () => ({ watching, dockerd }), happens, bounds),
        mainPid: (name: string): number => watching.container(name)?.mainPid ?? assert.fail(),
        state: (name: string): string | undefined => watching.container(name)?.container?.state,
    };
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return process.kill(pid, signal);
}
