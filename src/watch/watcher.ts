import type { ContainerInspection } from '../model/container';
import type { ContainerdStore } from '../model/containerd';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { Snapshot } from '../model/snapshot';
import type { ContainerdSource } from '../sources/containerd/client';
import type { DockerSource } from '../sources/docker/client';
import type { EventHint } from '../sources/docker/event-lines';
import type { Procfs } from '../sources/procfs/reader-client';
import { buildTopology } from '../topology/build';
import type { ContainerNode, Topology } from '../topology/topology';
import { createAlarm } from './alarm';
import { AskedContainerds } from './asked-containerds';
import { collect, withLateAnswer } from './collect';
import { EventStreams } from './event-streams';
import { Inspections } from './inspections';
import { type ReadSpecFile, specOf } from './spec';
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
    /** What the containerd at one of these addresses keeps; undefined where it is not asked. */
    stores(addresses: readonly string[]): Promise<readonly ContainerdStore[] | Gap | undefined>;
    /** A container's OCI spec (config.json), environment included, for a read-only document. */
    specDocument(node: ContainerNode): Promise<{ readonly value: unknown } | Gap>;
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
    /** Absent where the files of this machine are not those of the containers. */
    readonly readSpecFile?: ReadSpecFile;
}

type DaemonSource = DockerSource | ContainerdSource;

export function createWatcher(sources: WatcherSources, times: WatcherTimes = usualTimes): Watcher {
    const listeners = new Set<(topology: Topology) => void>();
    const inspections = new Inspections();
    const streams = new EventStreams();
    /** Daemons of which an event told a change since they were last asked. */
    const dirty = new Set<DaemonSource>();
    /** Daemons of which an event told a change that their lists may not have had yet. */
    const unsettled = new Set<DaemonSource>();
    /** When each daemon was last asked, by the monotonic clock. */
    const askedAt = new WeakMap<DaemonSource, number>();
    /** Answers of engines whose rest was asked for. */
    const completed = new WeakSet<Engine>();
    const containerds = sources.openContainerd && new AskedContainerds(sources.openContainerd);
    let watchers = 0;
    let isDisposed = false;
    let procfs: Procfs | undefined;
    let opening: ReturnType<WatcherSources['openDockers']> | undefined;
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
        const engines = dockers.filter(mustAsk);
        // What a containerd says changes when an engine's word does.
        const others = containerds?.sources.filter((one) => engines.length > 0 || dirty.has(one) || isOld(one)) ?? [];
        const asked = new Set<DaemonSource>([...engines, ...others]);
        for (const daemon of asked) {
            dirty.delete(daemon);
            askedAt.set(daemon, performance.now());
        }
        const collected = await collect(
            { procfs, dockers, ...(containerds && { containerds: containerds.sources }), givenEngines: [], gaps },
            {
                previous: raw,
                mustAsk: (source) => asked.has(source),
                patience: times.patience,
                look: { onScreen: current ? pidsIn(current) : [] },
            },
        );
        lastLookAt = performance.now();
        for (const docker of engines) {
            const after = engineOf(docker, collected.snapshot);
            if (after) streams.prove(docker, engineOf(docker, raw), after);
        }
        raw = collected.snapshot;
        current = buildTopology({ ...raw, engines: raw.engines.map((engine) => inspections.addTo(engine)) });
        for (const late of collected.late) {
            void late.then((answer) => {
                if (raw) raw = withLateAnswer(raw, answer);
                schedule(0);
            });
        }
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
        const problem = engineOf(docker, raw)?.problem;
        // What only a person can change is not tried so often.
        if (problem?.reason === 'forbidden') return isOld(docker, times.forbidden);
        return problem !== undefined || isOld(docker);
    }

    function isOld(daemon: DaemonSource, age = times.reconciliation): boolean {
        return performance.now() - (askedAt.get(daemon) ?? -Infinity) > age;
    }

    function onHint(docker: DockerSource, { containerId, action }: EventHint): void {
        if (containerId !== undefined && !isExec(action)) inspections.forget(docker.endpoint, containerId);
        hasHappened(docker, !isExec(action));
    }

    /** `isListed`: only a list tells it; exec sessions come and go in /proc alone. */
    function hasHappened(daemon: DaemonSource, isListed: boolean): void {
        isBehind = true;
        if (isListed) {
            dirty.add(daemon);
            unsettled.add(daemon);
        }
        schedule(Math.max(times.gathering, lastLookAt + times.breath - performance.now()));
        clearTimeout(settlingTimer);
        settlingTimer = setTimeout(settle, times.settling);
    }

    /** What happened while a stream was down, only a list tells. */
    function hasConnected(daemon: DaemonSource): void {
        dirty.add(daemon);
        isBehind = true;
        schedule(times.gathering);
    }

    let settlingTimer: NodeJS.Timeout | undefined;
    function settle(): void {
        for (const daemon of unsettled) dirty.add(daemon);
        unsettled.clear();
        isBehind = true;
        schedule(0);
    }

    function follow(dockers: readonly DockerSource[]): void {
        if (watchers === 0) return;
        containerds?.listen((source, hint) => {
            if (hint) hasHappened(source, hint.concerns === 'container');
            else hasConnected(source);
        });
        streams.follow(dockers, onHint, hasConnected);
    }

    function rest(): void {
        alarm.stop();
        clearTimeout(settlingTimer);
        streams.dispose();
        containerds?.rest();
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
        const { answer, isOvertaken } = await inspections.ask(docker.endpoint, containerId, () =>
            docker.inspect(containerId),
        );
        if (!answer.ok) return answer.gap;
        const engine = engineOf(docker, raw);
        const container = engine?.containers.find(({ id }) => id === containerId);
        if (engine && container && !isOvertaken) inspections.remember(engine, container, answer.value);
        return answer.value;
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
        stores: async (addresses) => addresses.flatMap((one) => containerds?.at(one) ?? [])[0]?.stores(),
        specDocument: async (node) => specOf(current ?? (await look()), node, containerds, sources.readSpecFile),
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

function engineOf({ endpoint: { endpoint } }: DockerSource, snapshot: Snapshot | undefined): Engine | undefined {
    return snapshot?.engines.find((engine) => engine.endpoint === endpoint);
}

function isExec(action: string): boolean {
    return action.startsWith('exec_');
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
