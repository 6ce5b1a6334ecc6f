import type { Container, ContainerInspection, ContainerState } from '../model/container';
import type { Engine } from '../model/engine';
import type { Answer, DockerSource } from '../sources/docker/client';

/**
 * What inspect told of containers, for as long as it holds: until an event names the container, or its state changes.
 * Inspecting is lazy, for it may hang on a single container; the list alone is enough to paint.
 */
export class Inspections {
    readonly #known = new Map<string, Known>();
    /** Questions under way; an event that names the container overtakes them. */
    readonly #asked = new Map<string, { isOvertaken: boolean }>();

    /**
     * Asks about one container, and remembers the answer, unless an event has overtaken it. Also that there was none:
     * until somebody asks again and gets one, that is what is known. `listed` tells how the container is listed by then.
     */
    async ask(
        docker: Pick<DockerSource, 'endpoint' | 'inspect'>,
        containerId: string,
        listed: () => Container | undefined,
    ): Promise<Answer<ContainerInspection>> {
        const key = keyOf(docker.endpoint, containerId);
        // Who asks while a question is under way gets the answer of that one, which may be from before the event. Of what
        // is not listed by an engine that answers, no silence tells anything.
        const asked = this.#asked.get(key) ?? { isOvertaken: listed() === undefined };
        this.#asked.set(key, asked);
        try {
            const answer = await docker.inspect(containerId);
            const container = listed();
            if (container && !asked.isOvertaken) {
                const told = answer.ok ? { inspected: answer.value } : { inspectProblem: answer.gap };
                this.#known.set(key, {
                    endpoint: docker.endpoint.endpoint,
                    containerId,
                    state: container.state,
                    answer: told,
                });
            }
            return answer;
        } finally {
            this.#asked.delete(key);
        }
    }

    forget(engine: Pick<Engine, 'endpoint'>, containerId: string): void {
        const key = keyOf(engine, containerId);
        this.#known.delete(key);
        const asked = this.#asked.get(key);
        if (asked) asked.isOvertaken = true;
    }

    /**
     * The engine with what is known added to its containers; what is no longer listed is forgotten. So are questions that
     * were not answered, once the engine answers nothing at all: it was not that container.
     */
    addTo(engine: Engine): Engine {
        if (this.#known.size === 0) return engine;
        const listed = new Set(engine.containers.map(({ id }) => id));
        for (const { endpoint, containerId, answer } of this.#known.values()) {
            const isNothing = !listed.has(containerId) || (engine.problem && answer.inspectProblem);
            if (endpoint === engine.endpoint && isNothing) this.forget(engine, containerId);
        }
        const containers = engine.containers.map((container) => {
            const known = this.#known.get(keyOf(engine, container.id));
            if (!known) return container;
            if (known.state === container.state) return { ...container, ...known.answer };
            this.forget(engine, container.id);
            return container;
        });
        return { ...engine, containers };
    }

    /** Containers with a health check: only inspect tells its command, by which its processes are known. */
    missing(engine: Engine): readonly Container[] {
        return engine.containers.filter(({ id, status }) => {
            const isKnown = this.#known.get(keyOf(engine, id))?.answer.inspected !== undefined;
            return /\((healthy|unhealthy|health: starting)\)$/.test(status) && !isKnown;
        });
    }
}

interface Known {
    readonly endpoint: string;
    readonly containerId: string;
    /** As the container was listed when inspect answered. */
    readonly state: ContainerState;
    readonly answer: Inspection;
}

type Inspection = Pick<Container, 'inspected' | 'inspectProblem'>;

function keyOf({ endpoint }: Pick<Engine, 'endpoint'>, containerId: string): string {
    return `${endpoint ?? ''} ${containerId}`;
}
