import type { Engine } from '../model/engine';
import type { DockerSource } from '../sources/docker/client';
import type { EventHint } from '../sources/docker/event-lines';
import type { Disposable } from './watcher';

/**
 * The event streams of the engines that are watched.
 *
 * Only an engine that lists is followed: one that does not is asked for its list now and then, and that is enough.
 *
 * A stream that is open may be deaf all the same: what forwards it swallows everything, or another daemon has taken the
 * socket of the one that still holds it. Nothing arrives then, as when nothing happens. So each list puts the stream to
 * the proof: where it tells a change that no event told, the stream is opened anew.
 */
export class EventStreams {
    readonly #open = new Map<DockerSource, Stream>();
    readonly #listener: EventListener;

    constructor(listener: EventListener) {
        this.#listener = listener;
    }

    /** Opens the streams of those that list, and closes those of who does not any more. Silence is no such sign. */
    follow(dockers: readonly DockerSource[], engineOf: (docker: DockerSource) => Engine | undefined): void {
        for (const [docker, { follower }] of this.#open) {
            const reason = engineOf(docker)?.problem?.reason;
            if (dockers.includes(docker) && (reason === undefined || reason === 'timeout')) continue;
            follower.dispose();
            this.#open.delete(docker);
        }
        for (const docker of dockers) {
            const engine = engineOf(docker);
            if (this.#open.has(docker) || !engine || engine.problem) continue;
            const begin = () =>
                docker.events(
                    (hint) => {
                        stream.heardAt = performance.now();
                        this.#listener.onHint(docker, hint);
                    },
                    (connected) => {
                        stream.isConnected = connected;
                        this.#listener.onStateChange(docker);
                    },
                );
            const stream: Stream = {
                isConnected: false,
                heardAt: -Infinity,
                provenAt: -Infinity,
                begin,
                follower: begin(),
            };
            this.#open.set(docker, stream);
        }
    }

    /**
     * Compares two lists of an engine with what its stream has told between them, and tells whether events were missed.
     * Where the engine was away, the stream is opened anew, for it may be another engine, or wait for its next try.
     * `askedAt`: when the later one was asked for, by the monotonic clock; a slow one tells nothing of what happened until
     * it came.
     */
    prove(docker: DockerSource, before: Engine | undefined, after: Engine, askedAt: number): boolean {
        if (after.problem) return false;
        // Who did not answer may be another daemon now, or one that has forgotten who listens.
        const isBack = before?.problem !== undefined && !before.problem.isPending;
        const stream = this.#open.get(docker);
        if (!stream) return isBack;
        const isDeaf = stream.heardAt < stream.provenAt - announcementMilliseconds && tellsChange(before, after);
        stream.provenAt = askedAt;
        const isDeafNow = stream.isConnected && isDeaf;
        if (!isBack && !isDeafNow) return false;
        if (isDeafNow) this.#listener.onDeaf(docker);
        stream.follower.dispose();
        stream.isConnected = false;
        stream.follower = stream.begin();
        return true;
    }

    /** Whether what happens there is heard. */
    hears(docker: DockerSource): boolean {
        return this.#open.get(docker)?.isConnected ?? false;
    }

    dispose(): void {
        for (const { follower } of this.#open.values()) follower.dispose();
        this.#open.clear();
    }
}

export interface EventListener {
    onHint(docker: DockerSource, hint: EventHint): void;
    onStateChange(docker: DockerSource): void;
    /** Its stream was open, and yet the list tells a change that no event told. */
    onDeaf(docker: DockerSource): void;
}

interface Stream {
    readonly begin: () => Disposable;
    follower: Disposable;
    isConnected: boolean;
    /** When the last event came, and when the last list was asked for; by the monotonic clock. */
    heardAt: number;
    provenAt: number;
}

/** An engine announces a change before its list has it, usually by less than a tenth of this. */
const announcementMilliseconds = 1_000;

function tellsChange(before: Engine | undefined, after: Engine): boolean {
    if (before?.containers.length !== after.containers.length) return before !== undefined;
    const states = new Map(before.containers.map(({ id, state }) => [id, state]));
    return after.containers.some(({ id, state }) => states.get(id) !== state);
}
