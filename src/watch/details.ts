import type { ContainerInspection } from '../model/container';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { DockerSource } from '../sources/docker/client';
import type { EngineIdentity } from '../sources/docker/wire';
import { healthOf } from '../topology/container-state';
import { containersToInspect } from '../topology/containers-to-inspect';
import { isContradiction } from '../topology/first-process';
import { hasLasted } from '../topology/findings/lasting';
import type { ContainerNode, Topology } from '../topology/topology';
import type { Inspections, Questions } from './inspections';
import type { WatcherTimes } from './times';

/** What an engine's list does not tell. No look waits for it: it becomes part of a later one. */
export interface Details {
    /**
     * Versions follow the first list. Asked for once for each list: what an engine refuses now, it would refuse at the next
     * look at /proc, too.
     */
    askLater(docker: DockerSource, engine: Engine): void;
    /**
     * Inspects the few containers of which the list alone does not tell enough: the commands of health checks, which
     * inspect alone tells, and what is in doubt. No other container is ever inspected but at a person's wish.
     */
    askInDoubt(topology: Topology): void;
    inspect(docker: DockerSource, containerId: string): Promise<ContainerInspection | Gap>;
}

export interface DetailsListener {
    dockerAt(endpoint: string | undefined): DockerSource | undefined;
    /** The engine as it is known by now. */
    listedBy(docker: DockerSource): Engine | undefined;
    onIdentity(docker: DockerSource, identity: EngineIdentity): void;
    onInspection(): void;
    /** A question about a container was not answered: whether its engine answers any is to be found out. */
    onSilence(docker: DockerSource): void;
}

export function createDetails(
    inspections: Inspections,
    times: Pick<WatcherTimes, 'doubt' | 'longDoubt' | 'longSilence'>,
    { dockerAt, listedBy, onIdentity, onInspection, onSilence }: DetailsListener,
): Details {
    const asked = new WeakSet<Engine>();
    const mayAskAgain = createBudget(mostRepeated, 60_000);

    async function inspect(docker: DockerSource, containerId: string): Promise<ContainerInspection | Gap> {
        const listed = () => {
            const engine = listedBy(docker);
            return engine?.problem ? undefined : engine?.containers.find(({ id }) => id === containerId);
        };
        const answer = await inspections.ask(docker, containerId, listed);
        if (answer.ok) return answer.value;
        if (answer.gap.reason !== 'timeout' || listedBy(docker)?.problem) return answer.gap;
        // An engine that lists but does not answer for this one is news.
        if (inspections.questionsAbout(docker.endpoint, containerId).isDoubtful) onSilence(docker);
        else onInspection();
        return answer.gap;
    }

    /** Ever more rarely: what has not answered so often will hardly do so now, and each question costs the engine work. */
    function isDue(doubt: Doubt, { isUnderWay, times: count, answeredAt }: Questions): boolean {
        const growing = doubt === 'how it fails' ? Infinity : times.doubt * 2 ** (count - 1);
        const most = doubt === 'whether it answers' ? times.longSilence : times.longDoubt;
        const pause = Math.min(most, growing);
        return !isUnderWay && performance.now() - answeredAt >= pause;
    }

    return {
        askLater(docker, engine) {
            if (engine.problem || asked.has(engine)) return;
            asked.add(engine);
            if (engine.version !== undefined) return;
            void docker.identity().then((identity) => {
                if (identity.version !== undefined) onIdentity(docker, identity);
            });
        },
        askInDoubt(topology) {
            const doubted = contestedFor(topology, containersToInspect(topology));
            const due: InDoubt[] = [];
            for (const node of topology.nodes.values()) {
                if (node.kind !== 'container' || !node.container || node.engine?.problem) continue;
                const doubt = doubted.has(node.id) ? 'whose pid it is' : doubtAbout(node);
                const docker = doubt && dockerAt(node.engine?.endpoint);
                if (!docker) continue;
                const { containerId } = node;
                const questions = inspections.questionsAbout(docker.endpoint, containerId);
                if (isDue(doubt, questions)) due.push({ docker, containerId, doubt, questions });
            }
            // Those that have waited longest come first, or the others would never have their turn.
            due.sort((one, other) => one.questions.answeredAt - other.questions.answeredAt);
            for (const { docker, containerId, doubt, questions } of due) {
                const isFirst = doubt === 'what its health check is' && questions.times === 0;
                if (!isFirst && !mayAskAgain()) continue;
                void inspect(docker, containerId).then((answer) => {
                    if (!('reason' in answer)) onInspection();
                });
            }
        },
        inspect,
    };
}

interface InDoubt {
    readonly docker: DockerSource;
    readonly containerId: string;
    readonly doubt: Doubt;
    readonly questions: Questions;
}

/** In a minute, of all containers together; the first question for what a health check is does not count. */
const mostRepeated = 20;

type Doubt = 'what its health check is' | 'how it fails' | 'whether it answers' | 'whose pid it is';

/** Why a container is inspected though nobody asks for it; undefined for nearly all of them. */
function doubtAbout({ container, mainEvidence }: ContainerNode): Doubt | undefined {
    if (container?.inspectProblem) return 'whether it answers';
    if (container?.inspected && mainEvidence.some(isContradiction)) return 'whose pid it is';
    const health = container && healthOf(container);
    if (health !== undefined && !container?.inspected) return 'what its health check is';
    // Its checks go on failing without an event that would tell.
    return health === 'unhealthy' ? 'how it fails' : undefined;
}

/** Those whose pid inspect would tell, for a while now: for a moment, each container is contested when it ends. */
function contestedFor({ findings, snapshot }: Topology, nodes: readonly ContainerNode[]): ReadonlySet<string> {
    const lasting = findings.filter(({ since }) => hasLasted(snapshot, since)).flatMap((finding) => finding.nodes);
    return new Set(nodes.map(({ id }) => id).filter((id) => lasting.includes(id)));
}

/** Allows something `most` times in as many milliseconds. */
function createBudget(most: number, milliseconds: number): () => boolean {
    let spentAt: readonly number[] = [];
    return () => {
        const now = performance.now();
        const [first = -Infinity] = spentAt.length < most ? [] : spentAt;
        if (now - first < milliseconds) return false;
        spentAt = [...spentAt, now].slice(-most);
        return true;
    };
}
