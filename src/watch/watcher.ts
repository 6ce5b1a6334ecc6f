import type { ContainerInspection } from '../model/container';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { Snapshot } from '../model/snapshot';
import type { ContainerdSource } from '../sources/containerd/client';
import type { DockerSource } from '../sources/docker/client';
import type { EventHint } from '../sources/docker/event-lines';
import type { Procfs } from '../sources/procfs/reader-client';
import { buildTopology } from '../topology/build';
import type { Topology } from '../topology/topology';
import { createAlarm } from './alarm';
import { AskedContainerds } from './asked-containerds';
import { collect, withLateAnswers } from './collect';
import { Inspections } from './inspections';
import { usualTimes, type WatcherTimes } from './times';

/** Keeps the topology true while somebody watches, and does nothing while nobody does. */
export interface Watcher {
    /** The last topology in ownership order, however old; absent before the first look. */
    readonly current: Topology | undefined;
    /** Called after each look that told something new. */
    onDidChange(listener: (topology: Topology) => void): Disposable;
    /** Somebody watches until the answer is disposed: the first look comes at once, then events and the clock drive. */
    watch(): Disposable;
    /** Looks now, whoever watches. Never rejects: what failed is among the gaps. */
    look(): Promise<Topology>;
    /** Asks the engine that lists the container; the answer also becomes part of the next topology. */
    inspect(containerId: string, endpoint: string | undefined): Promise<ContainerInspection | Gap>;
    /** The engine's whole answer, environment included, for a read-only document. */
    inspectDocument(containerId: string, endpoint: string | undefined): Promise<{ readonly value: unknown } | Gap>;
    /** Ends timers, streams and the reader process. */
    dispose(): void;
}

export interface Disposable {
    dispose(): void;
}

export interface WatcherSources {
    /** Called when somebody begins to watch; what it opens is closed when nobody does any more. */
    openProcfs(): Procfs;
    /** Asked once, at the first look. */
    openDockers(): Promise<{ readonly dockers: readonly DockerSource[]; readonly gaps: readonly Gap[] }>;
    /** Absent where no containerd is to be asked itself. */
    openContainerd?(address: string): Promise<ContainerdSource>;
}

export function createWatcher(sources: WatcherSources, times: WatcherTimes = usualTimes): Watcher {
    const listeners = new Set<(topology: Topology) => void>();
    const inspections = new Inspections();
    /** Engines of which an event told a change since they were last asked. */
    const dirty = new Set<DockerSource>();
    /** Engines of which an event told a change that their lists may not have had yet. */
    const unsettled = new Set<DockerSource>();
    /** When each engine was last asked, by the monotonic clock. */
    const askedAt = new Map<DockerSource, number>();
    /** Answers of engines whose rest was asked for. */
    const completed = new WeakSet<Engine>();
    const containerds = sources.openContainerd && new AskedContainerds(sources.openContainerd);
    let containerdsAskedAt = -Infinity;
    let watchers = 0;
    let isDisposed = false;
    let procfs: Procfs | undefined;
    let opening: ReturnType<WatcherSources['openDockers']> | undefined;
    let streams: readonly Disposable[] = [];
    let current: Topology | undefined;
    let raw: Snapshot | undefined;
    let looking: Promise<Topology> | undefined;
    let lookingNext: Promise<Topology> | undefined;
    let lastLookAt = -Infinity;
    /** Something has happened since the last look began. */
    let isBehind = false;
    const alarm = createAlarm(() => void tick());

    async function lookOnce(mustAsk: (docker: DockerSource) => boolean): Promise<Topology> {
        const { dockers, gaps } = await openOnce();
        procfs ??= sources.openProcfs();
        follow(dockers);
        isBehind = false;
        const asked = new Set(dockers.filter(mustAsk));
        for (const docker of asked) {
            dirty.delete(docker);
            askedAt.set(docker, performance.now());
        }
        // What a containerd says changes when an engine's word does; of its other users, only the clock tells.
        const asksContainerds = asked.size > 0 || isOld(containerdsAskedAt);
        if (asksContainerds) containerdsAskedAt = performance.now();
        const collected = await collect(
            { procfs, dockers, ...(containerds && { containerds: containerds.sources }), givenEngines: [], gaps },
            {
                previous: raw,
                mustAsk: (source) => ('endpoint' in source ? asked.has(source) : asksContainerds),
                patience: times.patience,
                look: { onScreen: current ? pidsIn(current) : [] },
            },
        );
        lastLookAt = performance.now();
        raw = collected.snapshot;
        current = buildTopology({ ...raw, engines: raw.engines.map((engine) => inspections.addTo(engine)) }, current);
        void collected.late?.then((late) => {
            if (raw) raw = withLateAnswers(raw, late);
            schedule(0);
        });
        void containerds?.follow(current).then((isAnyNew) => {
            if (isAnyNew) schedule(0);
        });
        completeLater(dockers, raw.engines);
        if (watchers === 0) rest();
        for (const listener of listeners) listener(current);
        return current;
    }

    /** One look at a time. */
    function begin(mustAsk: (docker: DockerSource) => boolean): Promise<Topology> {
        looking = lookOnce(mustAsk).finally(() => {
            looking = undefined;
        });
        return looking;
    }

    /** All who ask while a look is under way share the next one, since that one may have read already. */
    function look(): Promise<Topology> {
        if (!looking) return begin(() => true);
        const next = () => {
            lookingNext = undefined;
            return begin(() => true);
        };
        return (lookingNext ??= looking.then(next, next));
    }

    /** What the settings and the environment name is found out once, unless that fails. */
    async function openOnce(): ReturnType<WatcherSources['openDockers']> {
        try {
            return await (opening ??= sources.openDockers());
        } catch (error) {
            opening = undefined;
            return { dockers: [], gaps: [notFoundOut(error)] };
        }
    }

    function schedule(delay: number): void {
        if (watchers > 0 && !isDisposed) alarm.within(delay);
    }

    async function tick(): Promise<void> {
        try {
            await (looking ?? begin((docker) => dirty.has(docker) || isDue(docker)));
        } finally {
            // A listener that throws is a bug, and is reported as one; it must not make the view stand still.
            schedule(isBehind ? times.gathering : times.clock);
        }
    }

    function isDue(docker: DockerSource): boolean {
        const engine = raw?.engines.find(({ endpoint }) => endpoint === docker.endpoint.endpoint);
        // What only a person can change is not tried at every tick.
        const isTried = engine?.problem !== undefined && engine.problem.reason !== 'forbidden';
        return isTried || isOld(askedAt.get(docker));
    }

    function isOld(lastTime = -Infinity): boolean {
        return performance.now() - lastTime > times.reconciliation;
    }

    function onHint(docker: DockerSource, { containerId, action }: EventHint): void {
        isBehind = true;
        // Exec sessions come and go in /proc alone: no list tells them.
        if (!action.startsWith('exec_')) {
            dirty.add(docker);
            unsettled.add(docker);
            if (containerId !== undefined) inspections.forget(docker.endpoint, containerId);
        }
        schedule(Math.max(times.gathering, lastLookAt + times.breath - performance.now()));
        clearTimeout(settlingTimer);
        settlingTimer = setTimeout(settle, times.settling);
    }

    let settlingTimer: NodeJS.Timeout | undefined;
    function settle(): void {
        for (const docker of unsettled) dirty.add(docker);
        unsettled.clear();
        isBehind = true;
        schedule(0);
    }

    function follow(dockers: readonly DockerSource[]): void {
        if (watchers === 0 || streams.length > 0) return;
        streams = dockers.map((docker) => {
            return docker.events(
                (hint) => {
                    onHint(docker, hint);
                },
                () => {
                    // What happened while the stream was down, only a list tells.
                    dirty.add(docker);
                    isBehind = true;
                    schedule(times.gathering);
                },
            );
        });
    }

    function rest(): void {
        alarm.stop();
        clearTimeout(settlingTimer);
        for (const stream of streams) stream.dispose();
        streams = [];
        procfs?.dispose();
        procfs = undefined;
    }

    /**
     * Versions follow the first list, and the commands of health checks are told by inspect alone. Once for each list:
     * what an engine refuses now, it would refuse at the next look at /proc, too.
     */
    function completeLater(dockers: readonly DockerSource[], engines: readonly Engine[]): void {
        for (const engine of engines) {
            const docker = dockers.find((one) => one.endpoint.endpoint === engine.endpoint);
            if (!docker || engine.problem || completed.has(engine)) continue;
            completed.add(engine);
            if (engine.version === undefined) {
                void docker.identity().then(({ version }) => {
                    if (version === undefined) return;
                    dirty.add(docker);
                    schedule(times.gathering);
                });
            }
            for (const container of inspections.missing(engine)) {
                void inspectAt(docker, container.id).then((answer) => {
                    if (!('reason' in answer)) schedule(times.gathering);
                });
            }
        }
    }

    async function inspectAt(docker: DockerSource, containerId: string): Promise<ContainerInspection | Gap> {
        const answer = await docker.inspect(containerId);
        const engine = raw?.engines.find(({ endpoint }) => endpoint === docker.endpoint.endpoint);
        const container = engine?.containers.find(({ id }) => id === containerId);
        if (engine && container) inspections.remember(engine, container, answer);
        if (answer.ok) return answer.value;
        // An engine that lists but does not answer for this one is news.
        if (answer.gap.reason === 'timeout' && !engine?.problem) schedule(times.gathering);
        return answer.gap;
    }

    async function dockerAt(endpoint: string | undefined): Promise<DockerSource | Gap> {
        const { dockers } = await openOnce();
        return dockers.find((docker) => docker.endpoint.endpoint === endpoint) ?? notAsked;
    }

    return {
        get current() {
            return current;
        },
        onDidChange(listener) {
            listeners.add(listener);
            return { dispose: () => listeners.delete(listener) };
        },
        watch() {
            watchers++;
            void look().then(() => {
                schedule(times.clock);
            });
            let isWatching = true;
            return {
                dispose: () => {
                    if (!isWatching) return;
                    isWatching = false;
                    watchers--;
                    if (watchers === 0 && !looking) rest();
                },
            };
        },
        look,
        async inspect(containerId, endpoint) {
            const docker = await dockerAt(endpoint);
            return 'reason' in docker ? docker : inspectAt(docker, containerId);
        },
        async inspectDocument(containerId, endpoint) {
            const docker = await dockerAt(endpoint);
            if ('reason' in docker) return docker;
            const answer = await docker.inspectDocument(containerId);
            return answer.ok ? { value: answer.value } : answer.gap;
        },
        dispose() {
            isDisposed = true;
            watchers = 0;
            listeners.clear();
            rest();
            containerds?.dispose();
            void opening?.then(
                ({ dockers }) => {
                    for (const docker of dockers) docker.dispose();
                },
                () => undefined,
            );
        },
    };
}

/** Every process that has a part: its argv, state and cgroup may change without a fork that would tell. */
function pidsIn({ nodes }: Topology): readonly number[] {
    return [...nodes.values()].flatMap((node) => (node.kind === 'container' ? [] : (node.process?.pid ?? [])));
}

function notFoundOut(error: unknown): Gap {
    return {
        source: "docker's configuration",
        reason: 'unreachable',
        detail: `which daemon to ask could not be found out: ${error instanceof Error ? error.message : String(error)}`,
        help: 'Name an endpoint in the settings; it is tried again by itself',
    };
}

const notAsked: Gap = {
    source: 'docker',
    reason: 'gone',
    detail: 'no engine that is asked lists this container',
    help: 'Refresh; or add its socket to the endpoints.',
};
