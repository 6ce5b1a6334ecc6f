import type { Container, ContainerInspection } from '../model/container';
import type { Engine } from '../model/engine';
import type { Answer, DockerSource } from '../sources/docker/client';
import { healthOf, stateOf } from '../topology/container-state';

/**
 * What inspect told of containers, for as long as it holds: until an event names the container, or it is listed as
 * another; and never beyond a time in which events may have been missed. Inspecting is lazy, for it may hang on a single
 * container; the list alone is enough to paint.
 */
export class Inspections {
    readonly #known = new Map<string, Known>();
    /** Questions under way; an event that names the container overtakes them. */
    readonly #asked = new Map<string, Asked>();

    /**
     * Asks about one container, and remembers the answer, unless an event has overtaken it. Also that there was none:
     * until somebody asks again and gets one, that is what is known. `listed` tells how the container is listed by then;
     * undefined where its engine does not answer at all, whose silence tells nothing of a single container.
     */
    async ask(
        docker: Pick<DockerSource, 'endpoint' | 'inspect'>,
        containerId: string,
        listed: () => Container | undefined,
    ): Promise<Answer<ContainerInspection>> {
        const key = keyOf(docker.endpoint, containerId);
        // Who asks while a question is under way gets the answer of that one, which may be from before the event.
        const { endpoint } = docker.endpoint;
        const begin = (): Asked => ({ endpoint, containerId, at: Date.now(), isOvertaken: listed() === undefined });
        const asked = this.#asked.get(key) ?? begin();
        this.#asked.set(key, asked);
        try {
            const answer = await docker.inspect(containerId);
            // Those who share one question are all told its answer, and it counts once.
            if (this.#asked.get(key) === asked && !asked.isOvertaken) this.#remember(asked, answer, listed());
            return answer;
        } finally {
            if (this.#asked.get(key) === asked) this.#asked.delete(key);
        }
    }

    /** What was asked about a container since an event named it. */
    questionsAbout(engine: Pick<Engine, 'endpoint'>, containerId: string): Questions {
        const key = keyOf(engine, containerId);
        const { times = 0, answeredAt = -Infinity, isDoubtful = false } = this.#known.get(key) ?? {};
        return { isUnderWay: this.#asked.has(key), times, answeredAt, isDoubtful };
    }

    /** This engine has just answered a list: that a question about a container was not answered is that container's. */
    believe({ endpoint }: Pick<Engine, 'endpoint'>): void {
        for (const known of this.#known.values()) if (known.endpoint === endpoint) known.isDoubtful = false;
    }

    /** It has begun another life, or is listed as another. */
    forget(engine: Pick<Engine, 'endpoint'>, containerId: string): void {
        const key = keyOf(engine, containerId);
        this.#known.delete(key);
        const asked = this.#asked.get(key);
        if (asked) asked.isOvertaken = true;
    }

    /** Events of this engine may have been missed: its containers may be what they like by now. */
    forgetAll({ endpoint }: Pick<Engine, 'endpoint'>): void {
        for (const known of this.#known.values()) if (known.endpoint === endpoint) known.told = undefined;
        for (const asked of this.#asked.values()) if (asked.endpoint === endpoint) asked.isOvertaken = true;
    }

    /** Nobody hears the events of this engine: what it told longer ago than so many milliseconds may be over. */
    forgetOlder({ endpoint }: Pick<Engine, 'endpoint'>, milliseconds: number): void {
        for (const known of this.#known.values()) {
            const isOld = performance.now() - known.answeredAt > milliseconds;
            if (known.endpoint === endpoint && isOld) known.told = undefined;
        }
    }

    /** Nobody has followed any events. */
    clear(): void {
        this.#known.clear();
        for (const asked of this.#asked.values()) asked.isOvertaken = true;
    }

    /**
     * The engine with what is known added to its containers; what is no longer listed is forgotten. So are questions that
     * were not answered, once the engine answers nothing at all: it was not that container.
     */
    addTo(engine: Engine): Engine {
        if (this.#known.size === 0) return engine;
        const listed = new Set(engine.containers.map(({ id }) => id));
        for (const { endpoint, containerId, told } of this.#known.values()) {
            const isNothing = !listed.has(containerId) || (engine.problem && told?.inspectProblem);
            if (endpoint === engine.endpoint && isNothing) this.forget(engine, containerId);
        }
        const containers = engine.containers.map((container) => {
            const known = this.#known.get(keyOf(engine, container.id));
            if (!known?.told || known.isDoubtful) return container;
            if (known.listedAs === stateOf(container)) return { ...container, ...known.told };
            this.forget(engine, container.id);
            return container;
        });
        return { ...engine, containers };
    }

    /** Containers with a health check: only inspect tells its command, by which its processes are known. */
    missing(engine: Engine): readonly Container[] {
        return engine.containers.filter((container) => {
            const isKnown = this.#known.get(keyOf(engine, container.id))?.told?.inspected !== undefined;
            return healthOf(container) !== undefined && !isKnown;
        });
    }

    #remember(
        { endpoint, containerId, at }: Asked,
        answer: Answer<ContainerInspection>,
        container: Container | undefined,
    ): void {
        const key = keyOf({ endpoint }, containerId);
        const told = answer.ok ? { inspected: answer.value } : { inspectProblem: answer.gap };
        const before = this.#known.get(key);
        const isSilence = !answer.ok && answer.gap.reason === 'timeout';
        this.#known.set(key, {
            endpoint,
            containerId,
            times: (before?.times ?? 0) + 1,
            isDoubtful: isSilence && (before?.isDoubtful || !before?.told?.inspectProblem),
            answeredAt: performance.now(),
            listedAs: container && stateOf(container),
            told: container && { ...told, inspectedAt: at },
        });
    }
}

export interface Questions {
    readonly isUnderWay: boolean;
    readonly times: number;
    /** When the last one was answered, or given up, by the monotonic clock; -Infinity where there was none. */
    readonly answeredAt: number;
    /** The last one was not answered, and until its engine lists again it may be the engine that answers nothing. */
    readonly isDoubtful: boolean;
}

interface Known extends Omit<Questions, 'isUnderWay' | 'isDoubtful'> {
    isDoubtful: boolean;
    readonly endpoint: string;
    readonly containerId: string;
    /** Its state as the list had it when inspect answered: another one tells that this is over, where no event did. */
    readonly listedAs: string | undefined;
    /** Undefined where it may not hold any more. */
    told: Pick<Container, 'inspected' | 'inspectProblem' | 'inspectedAt'> | undefined;
}

interface Asked {
    readonly endpoint: string;
    readonly containerId: string;
    /** In milliseconds since 1970. */
    readonly at: number;
    isOvertaken: boolean;
}

function keyOf({ endpoint }: Pick<Engine, 'endpoint'>, containerId: string): string {
    return `${endpoint ?? ''} ${containerId}`;
}
