import type { ContainerInspection } from '../model/container';
import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { DockerSource } from '../sources/docker/client';
import type { EngineIdentity } from '../sources/docker/wire';
import type { Inspections } from './inspections';

/** What an engine's list does not tell. No look waits for it: it becomes part of a later one. */
export interface Details {
    /**
     * Versions follow the first list, and the commands of health checks are told by inspect alone. Asked for once for
     * each list: what an engine refuses now, it would refuse at the next look at /proc, too.
     */
    askLater(docker: DockerSource, engine: Engine): void;
    inspect(docker: DockerSource, containerId: string): Promise<ContainerInspection | Gap>;
}

export interface DetailsListener {
    /** The engine as it is known by now. */
    listedBy(docker: DockerSource): Engine | undefined;
    onIdentity(docker: DockerSource, identity: EngineIdentity): void;
    onInspection(): void;
}

export function createDetails(
    inspections: Inspections,
    { listedBy, onIdentity, onInspection }: DetailsListener,
): Details {
    const asked = new WeakSet<Engine>();

    async function inspect(docker: DockerSource, containerId: string): Promise<ContainerInspection | Gap> {
        const listed = () => listedBy(docker)?.containers.find(({ id }) => id === containerId);
        const answer = await inspections.ask(docker, containerId, listed);
        if (answer.ok) return answer.value;
        // An engine that lists but does not answer for this one is news.
        if (answer.gap.reason === 'timeout' && !listedBy(docker)?.problem) onInspection();
        return answer.gap;
    }

    return {
        askLater(docker, engine) {
            if (engine.problem || asked.has(engine)) return;
            asked.add(engine);
            if (engine.version === undefined) {
                void docker.identity().then((identity) => {
                    if (identity.version !== undefined) onIdentity(docker, identity);
                });
            }
            for (const container of inspections.missing(engine)) {
                void inspect(docker, container.id).then((answer) => {
                    if (!('reason' in answer)) onInspection();
                });
            }
        },
        inspect,
    };
}
