import * as v from 'valibot';
import type { Container, ContainerHealth, ContainerInspection, ContainerState } from '../../model/container';
import type { Engine } from '../../model/engine';

/**
 * What the API says, made ours. Lenient about what is absent, null or more than we know (Docker 17 to 29 and Podman
 * differ there); strict about what everything else rests on, because a misread answer must never look like an empty one.
 */
export type Normalised<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export function normaliseList(answer: unknown): Normalised<readonly Container[]> {
    const parsed = v.safeParse(v.array(containerSchema), answer);
    return parsed.success ? { ok: true, value: parsed.output } : { ok: false, problem: firstProblem(parsed.issues) };
}

export function normaliseInspection(answer: unknown, id: string): Normalised<ContainerInspection> {
    const parsed = v.safeParse(inspectionSchema, answer);
    if (!parsed.success) {
        return { ok: false, problem: firstProblem(parsed.issues) };
    }
    const { Id, ...inspection } = parsed.output;
    return Id === id ? { ok: true, value: inspection } : { ok: false, problem: `it is about ${Id}` };
}

/** What GET /version and GET /info tell about the daemon itself. */
export type EngineIdentity = Omit<
    Engine,
    'endpoint' | 'foundBy' | 'isUnencrypted' | 'containers' | 'listedAt' | 'problem'
>;

export function normaliseVersion(answer: unknown): EngineIdentity {
    const parsed = v.safeParse(versionSchema, answer);
    return parsed.success ? parsed.output : {};
}

export function normaliseInfo(answer: unknown): EngineIdentity {
    const parsed = v.safeParse(infoSchema, answer);
    return parsed.success ? parsed.output : {};
}

/** Full ids only: a short one is ambiguous, and anything else would become part of a URL. */
export const fullId = /^[0-9a-f]{64}$/;

const id = v.pipe(v.string(), v.regex(fullId, 'an id is 64 hex digits'));
/** Anything else counts as not told. */
const text = v.fallback(v.string(), '');
const optionalText = v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty())), undefined);
const count = v.fallback(v.pipe(v.number(), v.safeInteger()), 0);
const flag = v.fallback(v.boolean(), false);
const texts = v.fallback(v.array(v.string()), []);

const states: readonly string[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

const labels = v.pipe(
    v.unknown(),
    v.transform((value): Readonly<Record<string, string>> => {
        // fromEntries, and not assignment: a label may be called __proto__.
        const pairs = Object.entries(typeof value === 'object' && value !== null ? value : {});
        return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
    }),
);

const port = v.pipe(
    v.object({
        IP: optionalText,
        PrivatePort: v.pipe(v.number(), v.integer()),
        PublicPort: v.fallback(v.optional(v.pipe(v.number(), v.integer())), undefined),
        Type: v.fallback(v.string(), 'tcp'),
    }),
    v.transform(({ IP, PrivatePort, PublicPort, Type }) => ({
        ...(IP && { hostIp: IP }),
        ...(PublicPort && { hostPort: PublicPort }),
        containerPort: PrivatePort,
        protocol: Type,
    })),
);

const network = v.object({ IPAddress: text, GlobalIPv6Address: text });

const networks = v.fallback(
    v.pipe(
        v.object({ Networks: v.looseObject({}) }),
        v.transform(({ Networks }) =>
            Object.entries(Networks).map(([name, value]) => {
                const parsed = v.safeParse(network, value);
                const address = parsed.success ? parsed.output.IPAddress || parsed.output.GlobalIPv6Address : '';
                return { name, ipAddress: address };
            }),
        ),
    ),
    [],
);

const containerSchema = v.pipe(
    v.object({
        Id: id,
        // Null for a container whose removal was interrupted.
        Names: v.nullish(v.array(v.string()), []),
        Image: text,
        Command: text,
        Created: count,
        State: text,
        Status: text,
        Labels: v.optional(labels),
        Ports: v.fallback(v.array(port), []),
        NetworkSettings: v.optional(networks),
        HostConfig: v.fallback(v.optional(v.object({ NetworkMode: optionalText })), undefined),
        // Docker's list has none; Podman's and a list from a file may.
        Pid: v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))), undefined),
    }),
    v.transform((record): Container => {
        const networkMode = record.HostConfig?.NetworkMode;
        return {
            id: record.Id,
            names: ownNameFirst(record.Names),
            image: record.Image,
            command: record.Command,
            created: record.Created,
            state: states.includes(record.State) ? (record.State as ContainerState) : 'unknown',
            status: record.Status,
            labels: record.Labels ?? {},
            ports: record.Ports,
            networks: record.NetworkSettings ?? [],
            ...(networkMode && { networkMode }),
            ...(record.Pid && { pid: record.Pid }),
        };
    }),
);

/** A container has the name `/web`, and `/other/alias` for every container that links to it, in any order. */
function ownNameFirst(names: readonly string[]): readonly string[] {
    const bare = names.map((name) => name.replace(/^\//, ''));
    return [...bare.filter((name) => !name.includes('/')), ...bare.filter((name) => name.includes('/'))];
}

const healthcheck = v.fallback(v.object({ Test: texts }), { Test: [] });

/** Docker keeps up to 4096 bytes of each check's output. */
const longestHealthOutput = 4096;

const health = v.pipe(
    v.object({
        FailingStreak: count,
        Log: v.fallback(v.array(v.object({ ExitCode: count, Output: text })), []),
    }),
    v.transform(({ FailingStreak, Log }): ContainerHealth => {
        const last = Log.at(-1);
        return {
            failingStreak: FailingStreak,
            ...(last && { exitCode: last.ExitCode, output: last.Output.slice(0, longestHealthOutput) }),
        };
    }),
);

const inspectionSchema = v.pipe(
    v.object({
        Id: id,
        State: v.object({
            Pid: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
            StartedAt: text,
            FinishedAt: text,
            ExitCode: count,
            OOMKilled: flag,
            Health: v.fallback(v.optional(health), undefined),
        }),
        RestartCount: v.optional(count, 0),
        HostConfig: v.fallback(v.object({ PidMode: v.optional(text, ''), Init: v.optional(flag, false) }), {
            PidMode: '',
            Init: false,
        }),
        Config: v.fallback(v.object({ Healthcheck: v.optional(healthcheck) }), {}),
    }),
    v.transform((record): ContainerInspection & { readonly Id: string } => ({
        Id: record.Id,
        pid: record.State.Pid,
        startedAt: record.State.StartedAt,
        finishedAt: record.State.FinishedAt,
        exitCode: record.State.ExitCode,
        oomKilled: record.State.OOMKilled,
        restartCount: record.RestartCount,
        // Podman's word for Docker's empty one.
        pidMode: record.HostConfig.PidMode === 'private' ? '' : record.HostConfig.PidMode,
        healthcheck: record.Config.Healthcheck?.Test ?? [],
        init: record.HostConfig.Init,
        ...(record.State.Health && { health: record.State.Health }),
    })),
);

const component = v.object({ Name: text });

const versionSchema = v.pipe(
    v.object({ Version: optionalText, ApiVersion: optionalText, Components: v.fallback(v.array(component), []) }),
    v.transform(({ Version, ApiVersion, Components }) => ({
        ...(Components.some(({ Name }) => Name === 'Podman Engine') && { product: 'podman' as const }),
        ...(Version && { version: Version }),
        ...(ApiVersion && { apiVersion: ApiVersion }),
    })),
);

const containerd = v.object({
    Address: optionalText,
    Namespaces: v.fallback(v.optional(v.object({ Containers: optionalText })), undefined),
});

const swarm = v.object({ LocalNodeState: text, NodeID: optionalText, ControlAvailable: flag });

const infoSchema = v.pipe(
    v.object({
        Name: optionalText,
        DockerRootDir: optionalText,
        CgroupDriver: optionalText,
        LiveRestoreEnabled: v.fallback(v.optional(v.boolean()), undefined),
        Containerd: v.fallback(v.optional(containerd), undefined),
        Swarm: v.fallback(v.optional(swarm), undefined),
    }),
    v.transform((info): EngineIdentity => {
        const containerdNamespace = info.Containerd?.Namespaces?.Containers;
        return {
            ...(info.Name && { name: info.Name }),
            ...(info.DockerRootDir && { dataRoot: info.DockerRootDir }),
            ...(info.CgroupDriver && { cgroupDriver: info.CgroupDriver }),
            ...(info.LiveRestoreEnabled !== undefined && { liveRestore: info.LiveRestoreEnabled }),
            ...(info.Containerd?.Address && { containerdAddress: info.Containerd.Address }),
            ...(containerdNamespace && { containerdNamespace }),
            ...swarmNode(info.Swarm),
        };
    }),
);

/** An engine in no Swarm says `inactive`. */
function swarmNode(told: v.InferOutput<typeof swarm> | undefined): Pick<EngineIdentity, 'swarm'> {
    if (!told || told.LocalNodeState === '' || told.LocalNodeState === 'inactive') return {};
    const { LocalNodeState: state, NodeID: nodeId, ControlAvailable: isManager } = told;
    return { swarm: { state, isManager, ...(nodeId && { nodeId }) } };
}

/** For example `[3].Id: an id is 64 hex digits`, without the value: it may be long, and it is foreign. */
function firstProblem(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
    const [issue] = issues;
    const path = v.getDotPath(issue);
    const message = issue.type === 'regex' ? issue.message : `expected ${issue.expected ?? 'something else'}`;
    return path ? `${path}: ${message}` : message;
}
