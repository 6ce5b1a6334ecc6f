import type { ContainerdFacts } from '../model/containerd';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import { type Snapshot, snapshotSchema } from '../model/snapshot';
import type { ContainerdSource } from '../sources/containerd/client';
import type { DockerSource } from '../sources/docker/client';
import type { EngineIdentity } from '../sources/docker/wire';
import type { LookFigures, LookOptions } from '../sources/procfs/look';
import type { Procfs } from '../sources/procfs/reader-client';

/** Everybody who can be asked. */
export interface Sources {
    readonly procfs: Pick<Procfs, 'look'>;
    readonly dockers: readonly DockerSource[];
    /** Those that an earlier look has found in /proc; absent where none is to be asked at all. */
    readonly containerds?: readonly ContainerdSource[];
    /** Engines that are not asked but given, for example by a file of containers. */
    readonly givenEngines: readonly Engine[];
    /** What was found wrong while the sources were chosen. */
    readonly gaps: readonly Gap[];
}

export interface CollectOptions {
    /** What the look before knew; it stands, marked as old, for an engine that doesn't answer. */
    readonly previous?: Snapshot;
    readonly look?: LookOptions;
    /** Whether an engine must be asked again; one that is not keeps its last answer. */
    readonly mustAsk?: (source: DaemonSource) => boolean;
    /** How long the others wait for a daemon, in milliseconds; its answer is not lost, see `Answers`. */
    readonly patience?: number;
    /** Whether a daemon owes an answer for so long that what it said last is to be marked as old. */
    readonly isOverdue?: (source: DaemonSource) => boolean;
}

export interface Collected {
    readonly snapshot: Snapshot;
    /** Absent when /proc could not be read. */
    readonly figures?: LookFigures;
    readonly dockerRequests: number;
    readonly answers: Answers;
}

/** Those of the daemons that were asked. */
export interface Answers {
    /** How long each let us wait that was in time, in milliseconds. */
    readonly waits: ReadonlyMap<DaemonSource, number>;
    /** What each that was too late answers in the end: the slowest delays none of the others. */
    readonly late: ReadonlyMap<DaemonSource, Promise<LateAnswer>>;
}

export type DaemonSource = DockerSource | ContainerdSource;

/** `source`: who gave it; at the same address another one may be asked by now. */
export type LateAnswer =
    | { readonly source: DockerSource; readonly engine: Engine }
    | { readonly source: DockerSource; readonly identity: EngineIdentity }
    | { readonly source: ContainerdSource; readonly containerd: ContainerdFacts };

/**
 * Asks every source at once for its facts. No source delays what the others tell for longer than `patience`, and none
 * makes it fail.
 */
export async function collect(sources: Sources, options: CollectOptions = {}): Promise<Collected> {
    const { previous, mustAsk = () => true, patience = Infinity, isOverdue = () => true } = options;
    const answers = { waits: new Map<DaemonSource, number>(), late: new Map<DaemonSource, Promise<LateAnswer>>() };
    let dockerRequests = 0;

    const askAgain = async (docker: DockerSource): Promise<Engine> => {
        const before = previous?.engines.find(({ endpoint }) => endpoint === docker.endpoint.endpoint);
        if (!before || mustAsk(docker)) {
            dockerRequests++;
            const answer = await askEngine(docker, before, patience, answers);
            if (answer) return answer;
        }
        return markedIfOverdue(before ?? unheardOf(docker), !before || isOverdue(docker), sourceOf(docker));
    };

    const askContainerd = async (source: ContainerdSource): Promise<ContainerdFacts> => {
        const { address } = source;
        const before = previous?.containerds?.find((one) => one.address === address);
        if (!before || mustAsk(source)) {
            const toLate = (containerd: ContainerdFacts): LateAnswer => ({ source, containerd });
            const answer = await inTime(source, source.look(before), before, patience, toLate, answers);
            if (answer) return answer;
        }
        const unheard: ContainerdFacts = { address, namespaces: [], containers: [], tasks: [] };
        return markedIfOverdue(before ?? unheard, !before || isOverdue(source), `containerd ${address}`);
    };

    const [processes, engines, containerds] = await Promise.all([
        sources.procfs.look(options.look),
        Promise.all(sources.dockers.map(askAgain)),
        sources.containerds && Promise.all(sources.containerds.map(askContainerd)),
    ]);
    const snapshot: Snapshot = {
        schema: snapshotSchema,
        takenAt: new Date().toISOString(),
        host: processes.ok ? processes.host : { ticksPerSecond: 100 },
        processes: processes.ok ? processes.processes : [],
        engines: [...sources.givenEngines, ...engines],
        ...(containerds && { containerds }),
        gaps: [...sources.gaps, ...(processes.ok ? processes.gaps : [processes.gap])],
    };
    return { snapshot, dockerRequests, answers, ...(processes.ok && { figures: processes }) };
}

/** Asks the daemons that a look has found, and adds what they tell to it. */
export async function withAnswersOf(
    found: readonly DockerSource[],
    collected: Collected,
    patience = Infinity,
): Promise<Collected> {
    const answers = { waits: new Map(collected.answers.waits), late: new Map(collected.answers.late) };
    const engines = await Promise.all(
        found.map(async (docker) => {
            const answer = await askEngine(docker, undefined, patience, answers);
            return answer ?? markedIfOverdue(unheardOf(docker), true, sourceOf(docker));
        }),
    );
    const { snapshot, dockerRequests } = collected;
    return {
        ...collected,
        snapshot: { ...snapshot, engines: [...snapshot.engines, ...engines] },
        dockerRequests: dockerRequests + found.length,
        answers,
    };
}

/**
 * An answer that came after its look is not lost. It is the newest there can be: nobody is asked anew before having
 * answered. The moments in the answers tell nothing, for a wall clock may jump.
 */
export function withLateAnswer(snapshot: Snapshot, late: LateAnswer): Snapshot {
    if (!('containerd' in late)) {
        const { endpoint } = late.source.endpoint;
        const told = (one: Engine): Engine => ('engine' in late ? late.engine : { ...one, ...late.identity });
        return { ...snapshot, engines: snapshot.engines.map((one) => (one.endpoint === endpoint ? told(one) : one)) };
    }
    const containerds = snapshot.containerds?.map((one) =>
        one.address === late.containerd.address ? late.containerd : one,
    );
    return { ...snapshot, ...(containerds && { containerds }) };
}

interface GrowingAnswers {
    readonly waits: Map<DaemonSource, number>;
    readonly late: Map<DaemonSource, Promise<LateAnswer>>;
}

async function askEngine(
    docker: DockerSource,
    before: Engine | undefined,
    patience: number,
    answers: GrowingAnswers,
): Promise<Engine | undefined> {
    const toLate = (engine: Engine): LateAnswer => ({ source: docker, engine });
    return inTime(docker, docker.look(before), before, patience, toLate, answers);
}

/** Undefined when the answer comes too late for this look. */
async function inTime<Facts>(
    source: DaemonSource,
    answer: Promise<Facts>,
    before: { readonly problem?: Gap } | undefined,
    patience: number,
    toLate: (facts: Facts) => LateAnswer,
    { waits, late }: GrowingAnswers,
): Promise<Facts | undefined> {
    const askedAt = performance.now();
    // A daemon that is known not to answer gets no second chance to hold up the rest.
    const facts = await within(before?.problem ? patience / 10 : patience, answer);
    if (facts) waits.set(source, performance.now() - askedAt);
    else late.set(source, answer.then(toLate));
    return facts;
}

/** Undefined when it takes longer; the work goes on. */
export async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T | undefined> {
    if (milliseconds === Infinity) return answer;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => {
            resolve(undefined);
        }, milliseconds);
    });
    try {
        return await Promise.race([answer, timeout]);
    } finally {
        clearTimeout(timer);
    }
}

function unheardOf({ endpoint }: DockerSource): Engine {
    return { endpoint: endpoint.endpoint, foundBy: endpoint.foundBy, containers: [] };
}

function sourceOf({ endpoint: { endpoint } }: DockerSource): string {
    return `docker ${endpoint}`;
}

/** What a daemon said last, which stands: marked as old where it lets us wait too long for something newer. */
function markedIfOverdue<Facts extends { readonly problem?: Gap }>(
    facts: Facts,
    isOverdue: boolean,
    source: string,
): Facts {
    if (!isOverdue || facts.problem) return facts;
    const problem: Gap = {
        source,
        reason: 'timeout',
        isPending: true,
        detail: 'no answer yet; still waiting for it',
        help: 'What is shown of its containers is from its last answer; it is asked again by itself.',
    };
    return { ...facts, problem };
}
