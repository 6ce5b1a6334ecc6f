import type { ContainerdContainer, ContainerdFacts, ContainerdStore, ContainerdTask } from '../../model/containerd';
import type { Gap } from '../../model/gap';
import { checkPermission, connect, type Connection } from './connection';
import { type ContainerdHint, followEvents } from './events';
import { gapOf } from './failure';
import {
    askVersion,
    type ContainerMessage,
    getContainer,
    listNamespaces,
    listTasks,
    type ProcessMessage,
    streamContainers,
    taskStatuses,
} from './protocol';
import { countStores } from './stores';

/** One containerd's own API, for reading. Nothing here throws or rejects; what fails is told as a Gap. */
export interface ContainerdSource {
    /** The path of its socket. */
    readonly address: string;
    /** Lists everything. What can't be had stays as `previous` had it, and `problem` says why. */
    look(previous?: ContainerdFacts): Promise<ContainerdFacts>;
    /** Follows its events over every restart; see followEvents. */
    events(onHint: (hint: ContainerdHint) => void, onConnected: () => void): { dispose(): void };
    /** Counts what it keeps; an answer is good for a moment. */
    stores(): Promise<readonly ContainerdStore[] | Gap>;
    /** A container's OCI spec (config.json), as it is: environment variables (and so secrets) included. */
    spec(namespace: string, id: string): Promise<{ readonly value: unknown } | Gap>;
    /** Cancels everything under way; no socket or timer is left. */
    dispose(): void;
}

export interface ContainerdTimes {
    /** For a whole look, connecting included. */
    readonly lookMilliseconds: number;
    readonly specMilliseconds: number;
    readonly countMilliseconds: number;
    /** How long a count is good for. */
    readonly countedForMilliseconds: number;
}

const usualTimes: ContainerdTimes = {
    lookMilliseconds: 3_000,
    specMilliseconds: 3_000,
    countMilliseconds: 3_000,
    countedForMilliseconds: 5_000,
};

export function openContainerd(address: string, times: Partial<ContainerdTimes> = {}): ContainerdSource {
    const { lookMilliseconds, specMilliseconds, countMilliseconds, countedForMilliseconds } = {
        ...usualTimes,
        ...times,
    };
    const disposal = new AbortController();
    let looking: Promise<ContainerdFacts> | undefined;
    /** The last count, or the one under way. */
    let counting: Promise<readonly ContainerdStore[] | Gap> | undefined;
    let countedAt = -Infinity;

    /** A connection of its own for each time of asking: a kept one would still answer when the socket is replaced. */
    async function within<T>(milliseconds: number, work: (connection: Connection) => Promise<T>): Promise<T> {
        const deadline = new AbortController();
        const timer = setTimeout(() => {
            deadline.abort(new DOMException('too late', 'TimeoutError'));
        }, milliseconds);
        const signal = AbortSignal.any([deadline.signal, disposal.signal]);
        let connection: Connection | undefined;
        try {
            await checkPermission(address, signal);
            connection = connect(address, signal);
            return await work(connection);
        } finally {
            clearTimeout(timer);
            connection?.close();
        }
    }

    async function lookOnce(previous: ContainerdFacts | undefined): Promise<ContainerdFacts> {
        const askedAt = Date.now();
        const before = previous ?? { address, namespaces: [], containers: [], tasks: [] };
        try {
            return await within(lookMilliseconds, (connection) => askEverything(connection, before, askedAt));
        } catch (error) {
            return { ...before, problem: gapOf(address, error, lookMilliseconds) };
        }
    }

    /** Tasks are told by the shims, and one that hangs withholds those of its namespace: the rest stands. */
    async function askEverything(connection: Connection, before: ContainerdFacts, askedAt: number) {
        const [{ version }, { namespaces }] = await Promise.all([
            connection.ask(askVersion, {}),
            connection.ask(listNamespaces, {}),
        ]);
        const names = namespaces.map(({ name }) => name);
        let problem: Gap | undefined;
        const orAsBefore = async <T extends { readonly namespace: string }>(
            namespace: string,
            answer: Promise<readonly T[]>,
            known: readonly T[],
        ): Promise<readonly T[]> => {
            try {
                return await answer;
            } catch (error) {
                problem ??= gapOf(address, error, lookMilliseconds);
                return known.filter((one) => one.namespace === namespace);
            }
        };
        const [containers, tasks] = await Promise.all([
            Promise.all(names.map((name) => orAsBefore(name, containersOf(connection, name), before.containers))),
            Promise.all(names.map((name) => orAsBefore(name, tasksOf(connection, name), before.tasks))),
        ]);
        return {
            address,
            version,
            namespaces: names,
            containers: containers.flat(),
            tasks: tasks.flat(),
            askedAt,
            ...(problem && { problem }),
        };
    }

    async function count(): Promise<readonly ContainerdStore[] | Gap> {
        try {
            return await within(countMilliseconds, async (connection) => {
                const { namespaces } = await connection.ask(listNamespaces, {});
                return countStores(
                    connection,
                    namespaces.map(({ name }) => name),
                );
            });
        } catch (error) {
            return gapOf(address, error, countMilliseconds);
        }
    }

    return {
        address,
        stores: () => {
            if (counting && performance.now() - countedAt < countedForMilliseconds) return counting;
            countedAt = performance.now();
            return (counting = count());
        },
        look: (previous) => {
            looking ??= lookOnce(previous).finally(() => {
                looking = undefined;
            });
            return looking;
        },
        events(onHint, onConnected) {
            const stop = new AbortController();
            void followEvents(address, onHint, onConnected, AbortSignal.any([stop.signal, disposal.signal]));
            return {
                dispose: () => {
                    stop.abort();
                },
            };
        },
        async spec(namespace, id) {
            try {
                const { container } = await within(specMilliseconds, (connection) =>
                    connection.ask(getContainer, { id }, namespace),
                );
                return { value: JSON.parse(Buffer.from(container?.spec?.value ?? []).toString('utf8')) as unknown };
            } catch (error) {
                return gapOf(address, error, specMilliseconds);
            }
        },
        dispose: () => {
            disposal.abort();
        },
    };
}

async function containersOf(connection: Connection, namespace: string): Promise<readonly ContainerdContainer[]> {
    const answers = await connection.askForAll(streamContainers, namespace);
    return answers.flatMap(({ container }) => (container ? [containerOf(namespace, container)] : []));
}

function containerOf(namespace: string, { id, image, runtime, labels, createdAt, sandbox }: ContainerMessage) {
    return {
        namespace,
        id,
        image,
        runtime: runtime?.name ?? '',
        labels: { ...labels },
        ...(createdAt && { createdAt: createdAt.seconds * 1_000 + Math.floor(createdAt.nanos / 1_000_000) }),
        ...(sandbox !== '' && { sandbox }),
    };
}

async function tasksOf(connection: Connection, namespace: string): Promise<readonly ContainerdTask[]> {
    const { tasks } = await connection.ask(listTasks, {}, namespace);
    return tasks.map((task) => taskOf(namespace, task));
}

function taskOf(namespace: string, { containerId, id, pid, status, exitStatus }: ProcessMessage): ContainerdTask {
    const word = taskStatuses[status] ?? 'unknown';
    return {
        namespace,
        id: containerId === '' ? id : containerId,
        pid,
        status: word,
        ...(word === 'stopped' && { exitStatus }),
    };
}
