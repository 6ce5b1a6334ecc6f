import type { Gap } from '../model/gap';
import type { DockerSource } from '../sources/docker/client';
import type { DockerEndpoint, ResolvedEndpoints } from '../sources/docker/endpoint';
import { socketPath } from '../topology/command-line';
import { type DockerdToAsk, dockerdsToAsk } from '../topology/dockerds-to-ask';
import { processNodeId } from '../topology/process-table';
import type { Topology } from '../topology/topology';
import { within } from './collect';

export interface EngineSources {
    /** What settings, environment and docker's own files name now; asked again at times, for all of these change. */
    resolveDockers(): Promise<ResolvedEndpoints>;
    openDocker(endpoint: DockerEndpoint): DockerSource;
}

/**
 * The engines that are asked: those that settings, environment and docker's files name, and beside them the daemons
 * that looks find among the processes. What is neither any more is closed.
 */
export class AskedEngines {
    readonly #open: EngineSources;
    /** By everything that tells one choice from another: the same address with other certificates is another. */
    #chosen = new Map<string, DockerSource>();
    /** By socket and process: a daemon that has been started again is another. */
    #found = new Map<string, DockerSource>();
    #resolved: ResolvedEndpoints = { endpoints: [], gaps: [], isExclusive: true };
    #failure: Gap | undefined;
    #chosenAt: number | undefined;
    #choosing: Promise<true> | undefined;
    #isDisposed = false;

    constructor(open: EngineSources) {
        this.#open = open;
    }

    get sources(): readonly DockerSource[] {
        return [...this.#chosen.values(), ...this.#found.values()];
    }

    /** Choices that cannot be followed, or not even be found out. */
    get gaps(): readonly Gap[] {
        return [...this.#resolved.gaps, ...(this.#failure ? [this.#failure] : [])];
    }

    /** By the monotonic clock; undefined while it is not found out what is chosen. */
    get chosenAt(): number | undefined {
        return this.#chosenAt;
    }

    at(endpoint: string | undefined): DockerSource | undefined {
        return this.sources.find((source) => source.endpoint.endpoint === endpoint);
    }

    /**
     * Finds out anew what is chosen. When that cannot be found out, or not within `patience` milliseconds, what was
     * chosen before stays, and a gap says it: docker's files may be on a network that is away.
     */
    async choose(patience: number): Promise<void> {
        this.#choosing ??= this.#chooseNow().then(() => {
            this.#choosing = undefined;
            return true;
        });
        if (await within(patience, this.#choosing)) return;
        this.#failure = notFoundOut(`no answer within ${String(patience)} ms; still waiting for it`);
        this.#chosenAt = undefined;
    }

    async #chooseNow(): Promise<void> {
        try {
            const resolved = await this.#open.resolveDockers();
            if (this.#isDisposed) return;
            this.#resolved = resolved;
            this.#failure = undefined;
            this.#chosenAt = performance.now();
            const wanted = new Map(resolved.endpoints.map((one) => [JSON.stringify(one), one]));
            this.#chosen = this.#keep(this.#chosen, wanted);
        } catch (error) {
            this.#failure = notFoundOut(error instanceof Error ? error.message : String(error));
            this.#chosenAt = undefined;
        }
    }

    /** Brings the found daemons to what the topology shows, and answers with those that are new. */
    follow(topology: Topology): readonly DockerSource[] {
        if (this.#isDisposed) return [];
        const before = this.sources;
        const wanted = this.#resolved.isExclusive ? [] : dockerdsBeside([...this.#chosen.values()], topology);
        const keyOf = ({ process, socket }: DockerdToAsk): string => `${processNodeId(process)} ${socket}`;
        this.#found = this.#keep(this.#found, new Map(wanted.map((one) => [keyOf(one), foundEndpoint(one)])));
        return this.sources.filter((source) => !before.includes(source));
    }

    dispose(): void {
        this.#isDisposed = true;
        this.#chosen = this.#keep(this.#chosen, new Map());
        this.#found = this.#keep(this.#found, new Map());
    }

    /** What is wanted, in its order: opened where it is new. What is not wanted any more is closed. */
    #keep(
        before: ReadonlyMap<string, DockerSource>,
        wanted: ReadonlyMap<string, DockerEndpoint>,
    ): Map<string, DockerSource> {
        for (const [key, source] of before) {
            if (!wanted.has(key)) source.dispose();
        }
        return new Map([...wanted].map(([key, one]) => [key, before.get(key) ?? this.#open.openDocker(one)]));
    }
}

/** The daemons of a topology that nobody has named. */
export function dockerdsBeside(named: readonly DockerSource[], topology: Topology): readonly DockerdToAsk[] {
    return dockerdsToAsk(topology).filter(({ socket, engine }) => {
        return !named.some(({ endpoint }) => {
            return endpoint.endpoint === engine?.endpoint || socketPath(endpoint.identity) === socketPath(socket);
        });
    });
}

export function foundEndpoint({ process, socket }: DockerdToAsk): DockerEndpoint {
    const endpoint = `unix://${socket}`;
    return {
        endpoint,
        identity: endpoint,
        foundBy: `the processes: dockerd ${String(process.pid)} listens there`,
        address: { kind: 'socket', path: socket },
    };
}

/** `why`: in a few words that follow a colon. */
export function notFoundOut(why: string): Gap {
    return {
        source: "docker's configuration",
        reason: 'unreachable',
        detail: `which daemon to ask could not be found out: ${why}`,
        help: 'Name an endpoint in the settings; it is tried again by itself',
    };
}
