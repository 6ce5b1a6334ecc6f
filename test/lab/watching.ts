import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../../src/model/engine';
import { describe } from '../../src/present/describe';
import { topologyToJson } from '../../src/present/json';
import { openContainerd } from '../../src/sources/containerd/client';
import { type DockerSource, openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import type { ContainerNode } from '../../src/topology/topology';
import { usualTimes, type WatcherTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import { assertAgrees, lookAt } from './agreement';
import { until } from './command';
import type { Containerd, Dockerd } from './dockerd';
import { readTopology, type SeenTopology } from './topology';
import { truthOf } from './truth';

/** The product's own watcher with all its real sources, as a visible view has it. */
export interface Watching {
    readonly watcher: Watcher;
    /** The engine, or the first of several, as the last look has it. */
    engine(): Engine | undefined;
    /** Why what is shown of the engine is old; undefined while it is fresh. */
    problem(): Engine['problem'];
    container(name: string): ContainerNode | undefined;
    /** What the tree says beside the container's name: its image, its state, its exit code, what is wrong. */
    row(name: string): string | undefined;
    seen(): SeenTopology;
    /** What its event streams have told so far, and how often one was opened. */
    readonly heard: { readonly events: number; readonly streams: number };
    /** Nobody watches any more, for now. */
    hide(): void;
    show(): void;
    close(): void;
}

export interface WatchingOptions {
    /** Otherwise the one that the settings have. */
    readonly requestMs?: number;
    readonly times?: Partial<WatcherTimes>;
    /** Another reader's root, for processes of another pid namespace. */
    readonly root?: string;
}

/** Returns when the first look has told of the engine. */
export async function startWatching(endpoint: string, options: WatchingOptions = {}): Promise<Watching> {
    const { requestMs = 5_000, times = {}, root = '/proc' } = options;
    const heard = { events: 0, streams: 0 };
    const watcher = createWatcher(
        {
            openProcfs: () => openProcfs({ root, readerPath: resolve('dist/reader.js'), deadlineMilliseconds: 10_000 }),
            resolveDockers: () => resolveEndpoints({ configured: [endpoint] }),
            openDocker: (one) => listened(openDocker(one, { requestMs }), heard),
            openContainerd: (address) => Promise.resolve(openContainerd(address, { lookMilliseconds: requestMs })),
        },
        { ...usualTimes, ...times },
    );
    let watching = watcher.watch();
    const engine = (): Engine | undefined => watcher.current?.snapshot.engines[0];
    const container = (name: string): ContainerNode | undefined => {
        for (const node of watcher.current?.nodes.values() ?? []) {
            if (node.kind === 'container' && node.container?.names.includes(name)) return node;
        }
        return undefined;
    };
    await until('the first look', () => engine() !== undefined);
    return {
        watcher,
        engine,
        problem: () => engine()?.problem,
        container,
        row: (name) => {
            const node = container(name);
            return watcher.current && node && describe(watcher.current, node).description;
        },
        heard,
        seen: () => readTopology(JSON.stringify(watcher.current && topologyToJson(watcher.current))),
        hide: () => watching.dispose(),
        show: () => {
            watching = watcher.watch();
        },
        close() {
            watching.dispose();
            watcher.dispose();
        },
    };
}

function listened(source: DockerSource, heard: { events: number; streams: number }): DockerSource {
    const events: DockerSource['events'] = (onHint, onStateChange) =>
        source.events(
            (hint) => {
                heard.events++;
                onHint(hint);
            },
            (isConnected) => {
                if (isConnected) heard.streams++;
                onStateChange(isConnected);
            },
        );
    return { ...source, events };
}

/** Waits until what is shown is so, by ps, by plain reads of /proc and by docker inspect. */
export async function untilTrue(
    watching: Watching,
    dockerd: Dockerd,
    containerd?: Containerd,
    deadlineMs = 20_000,
): Promise<void> {
    let difference: unknown;
    await until(
        'what is shown is so',
        async () => {
            const before = await truthOf(dockerd, containerd);
            const topology = watching.seen();
            if (!isDeepStrictEqual(before, await truthOf(dockerd, containerd))) return false;
            try {
                if (watching.problem()) throw new Error(watching.problem()?.detail);
                assertAgrees(lookAt(topology, before));
                return true;
            } catch (error) {
                difference = error;
                return false;
            }
        },
        deadlineMs,
    ).catch((error: unknown) => {
        throw difference ?? error;
    });
}

/** Waits until a container is shown as ended, with the exit code of docker inspect; tells that code. */
export async function untilExited({ container, row }: Watching, dockerd: Dockerd, name: string): Promise<number> {
    await until(`${name} has ended`, () => container(name)?.container?.state === 'exited');
    const code = await dockerd.docker('inspect', '--format', '{{.State.ExitCode}}', name);
    assert.ok(row(name)?.split(' · ').includes(`exited (${code})`), `${row(name)}, and docker inspect says ${code}`);
    return Number(code);
}

/** How long something took, in milliseconds by the monotonic clock. */
export async function timed(work: Promise<unknown>): Promise<number> {
    const begun = performance.now();
    await work;
    return performance.now() - begun;
}
