import type { ContainerdFacts } from '../../src/model/containerd';
import type { Engine } from '../../src/model/engine';
import type { Container, ContainerInspection } from '../../src/model/container';
import type { Gap } from '../../src/model/gap';
import type { ContainerdSource } from '../../src/sources/containerd/client';
import type { ContainerdHint } from '../../src/sources/containerd/events';
import type { Process } from '../../src/model/process';
import type { DockerSource } from '../../src/sources/docker/client';
import type { DockerEndpoint } from '../../src/sources/docker/endpoint';
import type { EventHint } from '../../src/sources/docker/event-lines';
import type { LookResult } from '../../src/sources/procfs/look';
import type { WatcherSources } from '../../src/watch/watcher';
import { machine, withContainerdsSeen } from '../machines/machine-files';

/** Sources that answer as a test wishes, and count what they are asked: for the faults that real ones can't show on time. */
export interface FakeSources extends WatcherSources {
    readonly counts: { looks: number; fullLooks: number; lists: number; inspects: number; streams: number };
    /** What is open at this moment. */
    readonly open: { readers: number; streams: number; dockers: number };
    /** The containerd that the machine shows, once it was found. */
    readonly containerd: {
        lists: number;
        streams: number;
        answer: () => Promise<void>;
        emit(hint: ContainerdHint): void;
    };
    /** What the daemon lists from now on. */
    containers: readonly Container[];
    /** How /proc is read: at once, or when the promise is kept. */
    read: () => Promise<void>;
    /** How a daemon answers a list: at once, or when the promise is kept. */
    answer: (endpoint: DockerEndpoint) => Promise<void>;
    /** What a look takes, in milliseconds, as it says. */
    cost: number;
    /** What runs on the host from now on. */
    processes: readonly Process[];
    /** What settings, environment and files name from now on. */
    endpoints: readonly DockerEndpoint[];
    isExclusive: boolean;
    /** Why it does not list, from now on. */
    problem: Gap | undefined;
    /** What inspect tells of every container, or why it tells nothing; without it, that there is none. */
    inspection: (() => Promise<ContainerInspection | Gap>) | undefined;
    emit(hint: EventHint): void;
    connected(): void;
}

export function fakeSources(name: string, hasContainerd = false): FakeSources {
    const snapshot = withContainerdsSeen(machine(name).snapshot);
    const [engine] = snapshot.engines;
    if (!engine) throw new Error(`${name} has no engine`);
    const followers = new Set<{ hint: (hint: EventHint) => void; state: (connected: boolean) => void }>();
    const containerdFollowers = new Set<(hint: ContainerdHint) => void>();
    const fake: FakeSources = {
        counts: { looks: 0, fullLooks: 0, lists: 0, inspects: 0, streams: 0 },
        open: { readers: 0, streams: 0, dockers: 0 },
        containerd: {
            lists: 0,
            streams: 0,
            answer: () => Promise.resolve(),
            emit: (hint) => {
                for (const follower of containerdFollowers) follower(hint);
            },
        },
        containers: engine.containers,
        read: () => Promise.resolve(),
        answer: () => Promise.resolve(),
        problem: undefined,
        inspection: undefined,
        emit: (hint) => {
            for (const follower of followers) follower.hint(hint);
        },
        connected: () => {
            for (const follower of followers) follower.state(true);
        },
        openProcfs: () => {
            fake.open.readers++;
            return {
                look: async ({ full } = {}): Promise<LookResult> => {
                    fake.counts.looks++;
                    if (full) fake.counts.fullLooks++;
                    await fake.read();
                    return {
                        ok: true,
                        host: snapshot.host,
                        processes: fake.processes,
                        gaps: [],
                        look: 'full',
                        filesOpened: 0,
                        milliseconds: fake.cost,
                    };
                },
                commandLine: async ({ pid, startTicks }) => {
                    const { argv } =
                        fake.processes.find((one) => one.pid === pid && one.startTicks === startTicks) ?? {};
                    return argv ? { argv } : gone;
                },
                dispose: () => fake.open.readers--,
            };
        },
        ...(hasContainerd && { openContainerd: (address: string) => Promise.resolve(containerd(address)) }),
        cost: 0,
        processes: snapshot.processes,
        endpoints: [endpointAt(engine.endpoint ?? '')],
        isExclusive: false,
        resolveDockers: () => {
            return Promise.resolve({ endpoints: fake.endpoints, gaps: [], isExclusive: fake.isExclusive });
        },
        openDocker: (endpoint) => {
            fake.open.dockers++;
            return openDocker(endpoint);
        },
    };
    const containerd = (address: string): ContainerdSource => ({
        address,
        look: async (): Promise<ContainerdFacts> => {
            fake.containerd.lists++;
            await fake.containerd.answer();
            return { address, namespaces: [], containers: [], tasks: [], askedAt: Date.now() };
        },
        events: (hint) => {
            const follower = (told: ContainerdHint) => {
                hint(told);
            };
            containerdFollowers.add(follower);
            fake.containerd.streams++;
            return {
                dispose: () => {
                    if (containerdFollowers.delete(follower)) fake.containerd.streams--;
                },
            };
        },
        stores: () => Promise.resolve([]),
        spec: () => Promise.resolve(gone),
        dispose: () => undefined,
    });
    const openDocker = (endpoint: DockerEndpoint): DockerSource => ({
        endpoint,
        look: async (previous): Promise<Engine> => {
            fake.counts.lists++;
            await fake.answer(endpoint);
            if (fake.problem) return { ...(previous ?? engine), problem: fake.problem };
            const { foundBy } = endpoint;
            return {
                ...engine,
                endpoint: endpoint.endpoint,
                foundBy,
                containers: fake.containers,
                listedAt: Date.now(),
            };
        },
        identity: () => Promise.resolve({}),
        inspect: async () => {
            fake.counts.inspects++;
            const told = fake.inspection ? await fake.inspection() : gone;
            return 'reason' in told ? { ok: false, gap: told } : { ok: true, value: told };
        },
        inspectDocument: () => Promise.resolve({ ok: false, gap: gone }),
        events: (hint, state) => {
            const follower = { hint, state };
            followers.add(follower);
            fake.open.streams++;
            fake.counts.streams++;
            return {
                dispose: () => {
                    if (followers.delete(follower)) fake.open.streams--;
                },
            };
        },
        requests: () => fake.counts.lists + fake.counts.inspects,
        dispose: () => fake.open.dockers--,
    });
    return fake;
}

export function endpointAt(endpoint: string): DockerEndpoint {
    return { endpoint, identity: endpoint, foundBy: 'a test', address: { kind: 'socket', path: endpoint } };
}

const gone = { source: 'docker', reason: 'gone', detail: 'a test has no inspect', help: 'none' } as const;
