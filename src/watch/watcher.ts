import type { ContainerInspection } from '../model/container';
import type { ContainerdStore } from '../model/containerd';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { CommandLine, Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import type { ContainerdSource } from '../sources/containerd/client';
import type { ContainerdHint } from '../sources/containerd/events';
import type { DockerSource } from '../sources/docker/client';
import type { EventHint } from '../sources/docker/event-lines';
import type { Procfs } from '../sources/procfs/reader-client';
import { buildTopology } from '../topology/build';
import type { ContainerNode, Topology } from '../topology/topology';
import { createAlarm } from './alarm';
import { AskedContainerds } from './asked-containerds';
import { Askings, clockGrainMilliseconds } from './askings';
import { AskedEngines, type EngineSources } from './asked-engines';
import { collect, type DaemonSource, type LateAnswer, withAnswersOf, withLateAnswer } from './collect';
import { createDetails } from './details';
import { EventStreams } from './event-streams';
import { Inspections } from './inspections';
import { createPace } from './pace';
import { type ReadSpecFile, specOf } from './spec';
import { usualTimes, type WatcherTimes } from './times';
import { engineOf, failureOf, hasNewDockerd, pidsIn } from './what-a-look-told';

/** Keeps the topology true while somebody watches, and does nothing while nobody does. */
export interface Watcher {
    /** The last topology in ownership order, however old; absent before the first look. */
    readonly current: Topology | undefined;
    /** Called after each look, in which little or nothing may differ. */
    onDidChange(listener: (topology: Topology) => void): Disposable;
    /** Somebody watches until the answer is disposed: the first look comes at once, then events and the clock drive. */
    watch(): Disposable;
    /** Looks now and at all, whoever watches. Never rejects: what failed is among the gaps. */
    look(): Promise<Topology>;
    /** Asks the engine that lists the container; the answer also becomes part of the next topology. */
    inspect(containerId: string, endpoint: string | undefined): Promise<ContainerInspection | Gap>;
    /** The engine's whole answer, environment included, for a read-only document. */
    inspectDocument(containerId: string, endpoint: string | undefined): Promise<{ readonly value: unknown } | Gap>;
    /** What the containerd at one of these addresses keeps; undefined where it is not asked. */
    stores(addresses: readonly string[]): Promise<readonly ContainerdStore[] | Gap | undefined>;
    /** A container's OCI spec (config.json), environment included, for a read-only document. */
    specDocument(node: ContainerNode): Promise<{ readonly value: unknown } | Gap>;
    /** The whole command line of a process, unless its pid is another one's by now, for a read-only document. */
    commandLine(process: Process): Promise<CommandLine | Gap>;
    /** Ends timers, streams and the reader process. */
    dispose(): void;
}

export interface Disposable {
    dispose(): void;
}

/** Whom a look asks; `everything`: it also reads all of /proc, and tries what was seen to fail there. */
type Wish = 'whoever is due' | 'everybody' | 'everything';

export interface WatcherSources extends EngineSources {
    /** Called when somebody begins to watch, and closed when nobody does any more; once more for documents. */
    openProcfs(): Procfs;
    /** Absent where no containerd is to be asked itself. */
    openContainerd?(address: string): Promise<ContainerdSource>;
    /** Absent where the files of this machine are not those of the containers. */
    readonly readSpecFile?: ReadSpecFile;
    /** Hears what is for the log alone, in one line. */
    note?(line: string): void;
}

export function createWatcher(sources: WatcherSources, times: WatcherTimes = usualTimes): Watcher {
    const listeners = new Set<(topology: Topology) => void>();
    const inspections = new Inspections();
    const engines = new AskedEngines(sources);
    const askings = new Askings<DaemonSource>(times);
    const streams = new EventStreams({ onHint, onStateChange, onDeaf });
    const containerds = sources.openContainerd && new AskedContainerds(sources.openContainerd);
    const watching = new Set<object>();
    let isDisposed = false;
    let procfs: Procfs | undefined;
    /** Closed at the end only: documents are opened while nobody watches, too. */
    let procfsOfDocuments: Procfs | undefined;
    let current: Topology | undefined;
    let raw: Snapshot | undefined;
    let looking: Promise<Topology> | undefined;
    let lookingNext: Promise<Topology> | undefined;
    let wishForNext: Wish = 'everybody';
    /** Answers that came too late for their look, since the one under way began to ask. */
    let lateAnswers: readonly LateAnswer[] = [];
    const pace = createPace(times, () => void (looking ?? begin('whoever is due')));
    const settling = createAlarm(settle);
    const details = createDetails(inspections, times, {
        dockerAt: (endpoint) => engines.at(endpoint),
        listedBy: (docker) => engineOf(docker, raw),
        onIdentity: (source, identity) => {
            takeLate({ source, identity });
        },
        onInspection: hurry,
        onSilence: mustList,
    });
    /** How often an engine's list told a change that no event had told, by endpoint. */
    const unheard = new Map<string, number>();
    /** When the last event came, by the monotonic clock. */
    let happenedAt = -Infinity;

    async function lookOnce(wish: Wish): Promise<Topology> {
        const isAsked = wish === 'whoever is due' ? wish : 'everybody';
        if (isAsked === 'everybody' || !isChosen()) await engines.choose(times.patience);
        // At rest, no event was followed.
        if (!procfs) inspections.clear();
        procfs ??= sources.openProcfs();
        listen();
        pace.lookBegins();
        lateAnswers = [];
        const previous = raw && { ...raw, engines: raw.engines.filter(isOfWhoIsAsked) };
        const due = askings.takeDue(engines.sources, isAsked);
        // What a containerd says changes when an engine's word does.
        const others = askings.takeDue(containerds?.sources ?? [], due.length > 0 ? 'everybody' : isAsked);
        const asked = new Set([...due, ...others]);
        let collected = await collect(
            {
                procfs,
                dockers: engines.sources,
                ...(containerds && { containerds: containerds.sources }),
                givenEngines: [],
                gaps: engines.gaps,
            },
            {
                previous,
                mustAsk: (source) => asked.has(source),
                patience: times.patience,
                isOverdue: (source) => askings.takeOverdue(source),
                look: { onScreen: current ? pidsIn(current) : [], full: wish === 'everything' },
            },
        );
        for (const docker of due) compare(docker, engineOf(docker, raw), engineOf(docker, collected.snapshot));
        const collectedAt = performance.now();
        let topology = topologyOf(collected.snapshot);
        const cost = (collected.figures?.milliseconds ?? 0) + performance.now() - collectedAt;
        const found = engines.follow(topology);
        if (found.length > 0) {
            askings.takeDue(found, 'everybody');
            collected = await withAnswersOf(found, collected, times.patience);
            topology = topologyOf(collected.snapshot);
        }
        pace.lookEnded(cost);
        const { waits, late } = collected.answers;
        for (const [daemon, answer] of late) {
            askings.waitFor(daemon);
            void answer.then(takeLate);
        }
        for (const [daemon, wait] of waits) {
            askings.hasAnswered(daemon, failureOf(daemon, collected.snapshot), wait);
        }
        if (hasNewDockerd(topology, current)) askings.hope(engines.sources);
        raw = lateAnswers.reduce(withLateAnswer, collected.snapshot);
        current = topology;
        listen();
        void containerds?.follow(current).then((isAnyNew) => {
            if (isAnyNew) hurry();
        });
        for (const engine of raw.engines) {
            const docker = engines.at(engine.endpoint);
            if (docker) details.askLater(docker, engine);
        }
        details.askInDoubt(current);
        if (watching.size === 0) rest();
        for (const listener of listeners) listener(current);
        return current;
    }

    function topologyOf(snapshot: Snapshot): Topology {
        return buildTopology(
            { ...snapshot, engines: snapshot.engines.map((engine) => inspections.addTo(engine)) },
            current,
        );
    }

    function takeLate(late: LateAnswer): void {
        if (!('identity' in late)) {
            const { problem } = 'engine' in late ? late.engine : late.containerd;
            askings.hasAnswered(late.source, problem?.reason, performance.now() - askings.askedAt(late.source));
        }
        if (!raw || !everybody().includes(late.source)) return;
        if ('engine' in late) compare(late.source, engineOf(late.source, raw), late.engine);
        raw = withLateAnswer(raw, late);
        lateAnswers = [...lateAnswers, late];
        hurry();
    }

    /** What a new list tells beside what it lists: whether events were missed, before the topology rests on it. */
    function compare(docker: DockerSource, before: Engine | undefined, after: Engine | undefined): void {
        if (after && !after.problem && after.listedAt !== before?.listedAt) inspections.believe(after);
        if (after && streams.prove(docker, before, after, askings.askedAt(docker)))
            inspections.forgetAll(docker.endpoint);
        // Some proxies let nobody follow events: twice the time after which what is in doubt is asked again.
        else if (!streams.hears(docker)) inspections.forgetOlder(docker.endpoint, 2 * times.longDoubt);
    }

    function everybody(): readonly DaemonSource[] {
        return [...engines.sources, ...(containerds?.sources ?? [])];
    }

    /** An answer may be of another daemon that was asked at the same address before. */
    function isOfWhoIsAsked({ endpoint }: Engine): boolean {
        return engines.sources.some((one) => one.endpoint.endpoint === endpoint && askings.hasAsked(one));
    }

    /** One look at a time. */
    function begin(wish: Wish): Promise<Topology> {
        looking = lookOnce(wish).finally(() => {
            looking = undefined;
            // A listener that throws is a bug, and is reported as one; it must not make the view stand still.
            goOn();
        });
        return looking;
    }

    /** All who ask while a look is under way share the next one, since that one may have read already. */
    function look(wish: 'everybody' | 'everything'): Promise<Topology> {
        // Between two looks there is a moment in which none is under way and the next one is promised.
        if (lookingNext) {
            if (wish === 'everything') wishForNext = wish;
            return lookingNext;
        }
        if (!looking) return begin(wish);
        wishForNext = wish;
        const next = () => {
            lookingNext = undefined;
            return begin(wishForNext);
        };
        lookingNext = looking.then(next, next);
        return lookingNext;
    }

    function hurry(): void {
        if (isWatched()) pace.hurry();
    }

    function isWatched(): boolean {
        return watching.size > 0 && !isDisposed;
    }

    function goOn(): void {
        if (!isWatched()) return;
        pace.goOn();
        pace.within(Math.min(askings.untilDue(everybody()), askings.untilOverdue(everybody())));
    }

    /** It is known whom to ask, and not since too long ago: who is due is asked only if still chosen. */
    function isChosen(): boolean {
        const age = performance.now() - (engines.chosenAt ?? -Infinity);
        return age <= times.reconciliation - clockGrainMilliseconds;
    }

    function onHint(docker: DockerSource, { containerId, action }: EventHint): void {
        if (containerId !== undefined && !isExec(action)) inspections.forget(docker.endpoint, containerId);
        hasHappened(docker, isExec(action) ? 'exec' : action === 'create' ? 'creation' : 'container');
    }

    /**
     * Exec sessions come and go in /proc alone; the rest only a list tells. What is created is started in a moment, as
     * a rule: a look before that would delay the row that says so, since the workbench draws a tree again only when it
     * has not changed for 200 ms. What is not started shows when the engine has settled.
     */
    function hasHappened(daemon: DaemonSource, concerned: ContainerdHint['concerns']): void {
        if (concerned !== 'exec') askings.markDirty(daemon, { isUnsettled: true });
        happenedAt = performance.now();
        if (isWatched()) settling.within(times.settling);
        if (concerned !== 'creation') hurry();
    }

    /** No daemon's events put off what another's list, or its own, is to be asked for. */
    function settle(): void {
        const untilCalm = happenedAt + times.settling - performance.now();
        settling.within(Math.min(askings.settle(everybody(), times.settling), untilCalm > 0 ? untilCalm : Infinity));
        hurry();
    }

    /** What was learned before a stream began or ended, an event that was missed may have changed. */
    function onStateChange(docker: DockerSource): void {
        inspections.forgetAll(docker.endpoint);
        mustList(docker);
    }

    /** What happened while a stream was down, only a list tells; and what the daemon is called comes with one. */
    function mustList(daemon: DaemonSource): void {
        askings.markDirty(daemon, { isUnsettled: false });
        hurry();
    }

    function onDeaf({ endpoint: { endpoint } }: DockerSource): void {
        const times = (unheard.get(endpoint) ?? 0) + 1;
        unheard.set(endpoint, times);
        sources.note?.(`docker ${endpoint}: its list tells a change that no event told (${String(times)} so far)`);
    }

    function listen(): void {
        if (watching.size === 0) return;
        streams.follow(engines.sources, (docker) => engineOf(docker, raw));
        containerds?.listen((source, hint) => {
            if (hint) hasHappened(source, hint.concerns);
            else mustList(source);
        });
    }

    function rest(): void {
        pace.stop();
        settling.stop();
        streams.dispose();
        containerds?.rest();
        procfs?.dispose();
        procfs = undefined;
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
            const watch = {};
            watching.add(watch);
            void look('everybody');
            return {
                dispose: () => {
                    watching.delete(watch);
                    if (watching.size === 0 && !looking) rest();
                },
            };
        },
        look: () => look('everything'),
        async inspect(containerId, endpoint) {
            const docker = engines.at(endpoint);
            return docker ? details.inspect(docker, containerId) : notAsked;
        },
        async inspectDocument(containerId, endpoint) {
            const docker = engines.at(endpoint);
            if (!docker) return notAsked;
            const answer = await docker.inspectDocument(containerId);
            return answer.ok ? { value: answer.value } : answer.gap;
        },
        stores: async (addresses) => addresses.flatMap((one) => containerds?.at(one) ?? [])[0]?.stores(),
        specDocument: async (node) =>
            specOf(current ?? (await look('everybody')), node, containerds, sources.readSpecFile),
        commandLine: (process) => (procfsOfDocuments ??= sources.openProcfs()).commandLine(process),
        dispose() {
            isDisposed = true;
            watching.clear();
            listeners.clear();
            rest();
            procfsOfDocuments?.dispose();
            containerds?.dispose();
            engines.dispose();
        },
    };
}

function isExec(action: string): boolean {
    return action.startsWith('exec_');
}

const notAsked: Gap = {
    source: 'docker',
    reason: 'gone',
    detail: 'no engine that is asked lists this container',
    help: 'Refresh; or add its socket to the endpoints.',
};
