import { type IMapField, Root } from 'protobufjs/light';

const labels: IMapField = { keyType: 'string', type: 'string', id: 2 };

/**
 * The part of containerd's API that is used here, in protobuf's JSON form. The numbers are those of containerd's own
 * files, the same in all versions since 1.3: api/services/version/v1/version.proto,
 * api/services/namespaces/v1/namespace.proto, api/services/containers/v1/containers.proto,
 * api/services/tasks/v1/tasks.proto, api/types/task/task.proto, api/services/events/v1/events.proto (its Envelope is in
 * api/types/event.proto since 2.0), api/events/task.proto, api/services/images/v1/images.proto,
 * api/services/snapshots/v1/snapshots.proto, api/services/content/v1/content.proto and
 * api/services/introspection/v1/introspection.proto. Fields that are left out are skipped when read.
 */
const messages = Root.fromJSON({
    nested: {
        Empty: { fields: {} },
        VersionResponse: { fields: { version: { type: 'string', id: 1 } } },

        ListNamespacesResponse: { fields: { namespaces: { rule: 'repeated', type: 'Namespace', id: 1 } } },
        Namespace: { fields: { name: { type: 'string', id: 1 } } },

        ContainerRequest: { fields: { id: { type: 'string', id: 1 } } },
        /** Of Get, and of each message of ListStream. */
        ContainerResponse: { fields: { container: { type: 'Container', id: 1 } } },
        Container: {
            fields: {
                id: { type: 'string', id: 1 },
                labels,
                image: { type: 'string', id: 3 },
                runtime: { type: 'Runtime', id: 4 },
                spec: { type: 'Any', id: 5 },
                createdAt: { type: 'Timestamp', id: 8 },
                sandbox: { type: 'string', id: 11 },
            },
        },
        Runtime: { fields: { name: { type: 'string', id: 1 } } },
        /** google/protobuf/timestamp.proto; its seconds are an int64, which reads as a uint32 until 2106. */
        Timestamp: { fields: { seconds: { type: 'uint32', id: 1 }, nanos: { type: 'uint32', id: 2 } } },
        /** google/protobuf/any.proto; here the value is the OCI spec as JSON. */
        Any: { fields: { value: { type: 'bytes', id: 2 } } },

        ListTasksResponse: { fields: { tasks: { rule: 'repeated', type: 'Process', id: 1 } } },
        Process: {
            fields: {
                containerId: { type: 'string', id: 1 },
                id: { type: 'string', id: 2 },
                pid: { type: 'uint32', id: 3 },
                /** An enum: see taskStatuses. */
                status: { type: 'uint32', id: 4 },
                exitStatus: { type: 'uint32', id: 9 },
            },
        },

        ListSnapshotsRequest: { fields: { snapshotter: { type: 'string', id: 1 } } },
        /** Of images, snapshots and content alike, the list is field 1; what is in an item is skipped. */
        Page: { fields: { items: { rule: 'repeated', type: 'Empty', id: 1 } } },
        PluginsRequest: { fields: { filters: { rule: 'repeated', type: 'string', id: 1 } } },
        PluginsResponse: { fields: { plugins: { rule: 'repeated', type: 'Plugin', id: 1 } } },
        Plugin: { fields: { id: { type: 'string', id: 2 }, initErr: { type: 'Empty', id: 7 } } },

        SubscribeRequest: { fields: { filters: { rule: 'repeated', type: 'string', id: 1 } } },
        Envelope: { fields: { topic: { type: 'string', id: 3 }, event: { type: 'Any', id: 4 } } },
        TaskExit: { fields: { containerId: { type: 'string', id: 1 }, id: { type: 'string', id: 2 } } },
    },
});

/** By number: enum Status of task.proto. */
export const taskStatuses = ['unknown', 'created', 'running', 'stopped', 'paused', 'pausing'] as const;

/** One question of containerd's API. */
export interface Method<Request, Response> {
    readonly path: string;
    readonly encode: (request: Request) => Buffer;
    /** Throws where the bytes are no such message; what a message leaves out has protobuf's defaults. */
    readonly decode: (bytes: Buffer) => Response;
}

export const askVersion = method<object, { readonly version: string }>(
    '/containerd.services.version.v1.Version/Version',
    'Empty',
    'VersionResponse',
);

export const listNamespaces = method<object, { readonly namespaces: readonly { readonly name: string }[] }>(
    '/containerd.services.namespaces.v1.Namespaces/List',
    'Empty',
    'ListNamespacesResponse',
);

/** One message for each container: a plain List is refused where its answer has more than 16 MiB. */
export const streamContainers = method<object, ContainerResponse>(
    '/containerd.services.containers.v1.Containers/ListStream',
    'Empty',
    'ContainerResponse',
);

export const getContainer = method<{ readonly id: string }, ContainerResponse>(
    '/containerd.services.containers.v1.Containers/Get',
    'ContainerRequest',
    'ContainerResponse',
);

export const listTasks = method<object, { readonly tasks: readonly ProcessMessage[] }>(
    '/containerd.services.tasks.v1.Tasks/List',
    'Empty',
    'ListTasksResponse',
);

/** Its answer is one message; those about snapshots and content are streams of them. */
export const listImages = method<object, Page>('/containerd.services.images.v1.Images/List', 'Empty', 'Page');

export const listSnapshots = method<{ readonly snapshotter: string }, Page>(
    '/containerd.services.snapshots.v1.Snapshots/List',
    'ListSnapshotsRequest',
    'Page',
);

export const listContent = method<object, Page>('/containerd.services.content.v1.Content/List', 'Empty', 'Page');

export const listPlugins = method<{ readonly filters: readonly string[] }, PluginsMessage>(
    '/containerd.services.introspection.v1.Introspection/Plugins',
    'PluginsRequest',
    'PluginsResponse',
);

export interface Page {
    readonly items: readonly object[];
}

interface PluginsMessage {
    readonly plugins: readonly { readonly id: string; readonly initErr: object | null }[];
}

/** Streams what happens from now on, in all namespaces, and begins to answer with the first event. */
export const subscribe = method<{ readonly filters: readonly string[] }, Envelope>(
    '/containerd.services.events.v1.Events/Subscribe',
    'SubscribeRequest',
    'Envelope',
);

/** The event of the topic `/tasks/exit`. */
export function decodeTaskExit(value: Uint8Array): { readonly containerId: string; readonly id: string } {
    return messages.lookupType('TaskExit').decode(value) as unknown as ReturnType<typeof decodeTaskExit>;
}

export interface Envelope {
    readonly topic: string;
    readonly event: { readonly value: Uint8Array } | null;
}

export interface ContainerResponse {
    readonly container: ContainerMessage | null;
}

export interface ContainerMessage {
    readonly id: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly image: string;
    readonly runtime: { readonly name: string } | null;
    readonly spec: { readonly value: Uint8Array } | null;
    readonly createdAt: { readonly seconds: number; readonly nanos: number } | null;
    readonly sandbox: string;
}

export interface ProcessMessage {
    /** Empty in the answers of some versions, whose `id` is then the container's. */
    readonly containerId: string;
    readonly id: string;
    readonly pid: number;
    readonly status: number;
    readonly exitStatus: number;
}

function method<Request extends object, Response>(
    path: string,
    request: string,
    response: string,
): Method<Request, Response> {
    const asked = messages.lookupType(request);
    const answered = messages.lookupType(response);
    return {
        path,
        encode: (value) => Buffer.from(asked.encode(asked.create(value)).finish()),
        decode: (bytes) => answered.decode(bytes) as unknown as Response,
    };
}
