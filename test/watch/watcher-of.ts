import { resolve } from 'node:path';
import { type DockerTimes, openDocker } from '../../src/sources/docker/client';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { usualTimes, type WatcherTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import type { FakeDaemon } from '../sources/docker/fake-daemon';
import { fakeSources } from './fake-sources';

interface Watched {
    /** Where the reader process reads; otherwise the processes are those of a machine file, and there is none. */
    readonly root?: string;
    readonly times?: WatcherTimes;
    readonly dockerTimes?: Partial<DockerTimes>;
}

/** The product's own watcher, which asks this daemon and no other. */
export function watcherOf(
    { endpoint }: Pick<FakeDaemon, 'endpoint'>,
    { root, times = usualTimes, dockerTimes }: Watched = {},
): Watcher {
    const readerPath = resolve('dist/reader.js');
    return createWatcher(
        {
            openProcfs:
                root === undefined
                    ? fakeSources('systemd-v2').openProcfs
                    : () => openProcfs({ root, readerPath, deadlineMilliseconds: 30_000 }),
            resolveDockers: () => Promise.resolve({ endpoints: [endpoint], gaps: [], isExclusive: true }),
            openDocker: (one) => openDocker(one, dockerTimes),
        },
        times,
    );
}
