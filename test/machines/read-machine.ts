import { createHash } from 'node:crypto';
import type { CgroupLine, Process } from '../../src/model/process';
import type { Container, ContainerState } from '../../src/model/container';
import type { ContainerdFacts, ContainerdTaskStatus } from '../../src/model/containerd';
import type { Engine } from '../../src/model/engine';
import type { Gap } from '../../src/model/gap';
import { type Snapshot, snapshotSchema } from '../../src/model/snapshot';
import { inspectionOf } from '../inspection';

/** A host as a text file tells it, and what is true of it. */
export interface Machine {
    /** The comment at the top: which arrangement this is, and what is remarkable about it. */
    readonly title: string;
    readonly snapshot: Snapshot;
    /** By pid: the container that the process really runs in; null where it runs in none. */
    readonly truth: ReadonlyMap<number, string | null>;
    /** The words that stand for container ids in the file, by id. */
    readonly idWords: ReadonlyMap<string, string>;
}

/**
 * Reads a machine file. `#` begins a comment line; `{web}` is a container id of 64 hex digits; a JSON string may stand
 * for any part that holds spaces or stranger things. The lines:
 *
 *     host KEY=VALUE…
 *     PID PPID START STATE SESSION KEY=VALUE… : ARGV…
 *     engine ENDPOINT KEY=VALUE…
 *     container ID NAME IMAGE STATE KEY=VALUE…       of the engine above
 *     containerd ADDRESS KEY=VALUE…                  what that one told, asked itself
 *     record NAMESPACE ID IMAGE KEY=VALUE…           a container of the containerd above, and its task where it has one
 *     gap SOURCE REASON
 *
 * A process leads its session where SESSION is `=`. Its keys: `in` (the truth: the container that it runs in),
 * `cgroup` (a path of the unified hierarchy, or a whole line; repeatable), `nspid` (the pids further in; empty for
 * none), `exe`, `listens`, `uid`, `comm`, `threads`, `kernel`, `rss` (MiB), `pidns`, `mntns`, `netns`, `ipcns` (inodes),
 * `caps` (CapBnd), `seccomp`, `wchan`, `sleeps`. Those of a record: `task` (its status), `pid`, `runtime`, `created`,
 * `label` (repeatable). Of a container, `started` (RFC 3339) or `health` means that it was inspected. Those of the host:
 * `uid`, `hides`, `pidns`, `uptime`. Without `:` its argv could not be read, without `cgroup` neither could its cgroups.
 */
export function readMachine(text: string): Machine {
    const idWords = new Map<string, string>();
    const processes: Process[] = [];
    const truth = new Map<number, string | null>();
    const engines: { readonly engine: Engine; readonly containers: Container[] }[] = [];
    const containerds: { readonly facts: ContainerdFacts; readonly records: (readonly string[])[] }[] = [];
    const gaps: Gap[] = [];
    let host: Snapshot['host'] = { uptimeSeconds: 1_000, ticksPerSecond: 100, bootId: 'boot' };
    const lines = text.split('\n').map((line) => line.trim());

    lines.forEach((line, index) => {
        if (line === '' || line.startsWith('#')) return;
        const words = wordsOf(line, idWords);
        const [first = '', ...rest] = words;
        if (first === 'host') host = { ...host, ...hostOf(keysOf(rest)) };
        else if (first === 'engine') engines.push({ engine: engineOf(rest), containers: [] });
        else if (first === 'container') engines.at(-1)?.containers.push(containerOf(rest));
        else if (first === 'containerd') containerds.push({ facts: containerdOf(rest), records: [] });
        else if (first === 'record') containerds.at(-1)?.records.push(rest);
        else if (first === 'gap') gaps.push(gapOf(rest[0] ?? '', rest[1] ?? ''));
        else if (/^\d+$/.test(first)) {
            const process = processOf(words);
            processes.push(process);
            truth.set(process.pid, keysOf(words).get('in')?.[0] ?? null);
        } else throw new Error(`line ${String(index + 1)} is none of a machine's: ${line}`);
    });
    const comments = lines.slice(
        0,
        lines.findIndex((line) => !line.startsWith('#')),
    );
    return {
        title: comments.map((line) => line.replace(/^# ?/, '')).join(' '),
        snapshot: {
            schema: snapshotSchema,
            takenAt: '2026-01-01T00:00:00.000Z',
            host,
            processes,
            engines: engines.map(({ engine, containers }) => ({ ...engine, containers })),
            ...(containerds.length > 0 && { containerds: containerds.map(withRecords) }),
            gaps,
        },
        truth,
        idWords,
    };
}

/** The id that `{word}` stands for. */
export function idOf(word: string): string {
    return createHash('sha256').update(word).digest('hex');
}

function wordsOf(line: string, idWords: Map<string, string>): readonly string[] {
    const words = line.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
    return words.map((word) =>
        word
            .replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => JSON.parse(quoted) as string)
            .replace(/\{([a-z0-9-]+)\}/g, (_, name: string) => {
                idWords.set(idOf(name), name);
                return idOf(name);
            }),
    );
}

type Keys = ReadonlyMap<string, readonly string[]>;

function keysOf(words: readonly string[]): Keys {
    const keys = new Map<string, string[]>();
    const end = words.indexOf(':');
    for (const word of words.slice(0, end < 0 ? undefined : end)) {
        const [, key, value] = /^([a-z]+)=(.*)$/s.exec(word) ?? [];
        if (key !== undefined && value !== undefined) keys.set(key, [...(keys.get(key) ?? []), value]);
    }
    return keys;
}

function processOf(words: readonly string[]): Process {
    const [pid = '', ppid = '', start = '', state = '', session = ''] = words;
    const keys = keysOf(words);
    const colon = words.indexOf(':');
    const argv = colon < 0 ? undefined : words.slice(colon + 1);
    const one = (key: string) => keys.get(key)?.[0];
    const program = argv?.[0] ?? '';
    return {
        pid: Number(pid),
        ppid: Number(ppid),
        startTicks: Number(start),
        comm: one('comm') ?? program.slice(program.lastIndexOf('/') + 1).slice(0, 15),
        state,
        session: session === '=' ? Number(pid) : Number(session),
        threads: Number(one('threads') ?? 1),
        kernelThread: keys.has('kernel'),
        residentBytes: Number(one('rss') ?? 4) * 1_048_576,
        ...(argv && { argv }),
        ...(keys.has('cgroup') && { cgroups: (keys.get('cgroup') ?? []).map(cgroupOf) }),
        ...(keys.has('uid') && { uid: Number(one('uid')) }),
        ...(keys.has('nspid') && { namespacePids: [Number(pid), ...numbersOf(one('nspid') ?? '')] }),
        ...(keys.has('exe') && { exe: one('exe') }),
        ...namespacesOf(keys),
        ...(keys.has('caps') && { capabilityBounds: one('caps') }),
        ...(keys.has('seccomp') && { seccomp: Number(one('seccomp')) }),
        ...(keys.has('wchan') && { wait: { kernelFunction: one('wchan'), sleeps: Number(one('sleeps') ?? 0) } }),
        ...(keys.has('listens') && { listens: keys.get('listens') }),
    };
}

function namespacesOf(keys: Keys): Pick<Process, 'namespaces'> {
    const told = (['pid', 'mnt', 'net', 'ipc'] as const).flatMap((kind) => {
        const inode = keys.get(`${kind}ns`)?.[0];
        return inode === undefined ? [] : [[kind, Number(inode)] as const];
    });
    return told.length === 0 ? {} : { namespaces: Object.fromEntries(told) };
}

function cgroupOf(text: string): CgroupLine {
    const [, hierarchy = '0', controllers = '', path = text] = /^(\d+):([^:]*):(.*)$/s.exec(text) ?? [];
    return { hierarchy: Number(hierarchy), controllers, path };
}

function hostOf(keys: Keys): Partial<Snapshot['host']> {
    return {
        ...(keys.has('uid') && { uid: Number(keys.get('uid')?.[0]) }),
        ...(keys.has('uptime') && { uptimeSeconds: Number(keys.get('uptime')?.[0]) }),
        ...(keys.has('hides') && { hidesProcesses: true }),
        ...namespacesOf(keys),
    };
}

function engineOf([endpoint = '', ...words]: readonly string[]): Engine {
    const keys = keysOf(words);
    const one = (key: string) => keys.get(key)?.[0];
    const reason = one('problem');
    return {
        ...(endpoint !== '-' && { endpoint }),
        foundBy: 'the machine file',
        version: one('version') ?? '28.5.2',
        ...(one('product') === 'podman' && { product: 'podman' as const }),
        ...(keys.has('containerd') && { containerdAddress: one('containerd') }),
        ...(keys.has('swarm') && { swarm: { state: 'active', nodeId: one('swarm'), isManager: true } }),
        ...(keys.has('dataroot') && { dataRoot: one('dataroot') }),
        containers: [],
        ...(one('listed') !== 'never' && { listedAt: Date.parse('2026-01-01T00:00:00Z') }),
        ...(reason !== undefined && { problem: gapOf(`docker ${endpoint}`, reason) }),
    };
}

function containerOf([id = '', name = '', image = '', state = '', ...words]: readonly string[]): Container {
    const keys = keysOf(words);
    const one = (key: string) => keys.get(key)?.[0];
    const health = one('health');
    return {
        id,
        names: [name],
        image,
        command: '',
        created: 1_767_225_000,
        state: state as ContainerState,
        status: one('status') ?? (health === undefined ? state : `${state} (healthy)`),
        labels: labelsOf(keys),
        ports: [],
        networks: (keys.get('ip') ?? []).map((text) => {
            const [network = '', ipAddress = ''] = text.split('/');
            return { name: network, ipAddress };
        }),
        ...(keys.has('pid') && { pid: Number(one('pid')) }),
        ...((health !== undefined || keys.has('started')) && {
            inspected: inspectionOf({
                pid: Number(one('pid') ?? 0),
                startedAt: one('started') ?? '2026-01-01T00:00:00Z',
                healthcheck: JSON.parse(health ?? '[]') as string[],
            }),
        }),
    };
}

function containerdOf([address = '', ...words]: readonly string[]): ContainerdFacts {
    const keys = keysOf(words);
    const reason = keys.get('problem')?.[0];
    return {
        address,
        version: keys.get('version')?.[0] ?? '1.7.24',
        namespaces: [],
        containers: [],
        tasks: [],
        askedAt: Date.parse('2026-01-01T00:00:00Z'),
        ...(reason !== undefined && { problem: gapOf(`containerd ${address}`, reason) }),
    };
}

function withRecords({
    facts,
    records,
}: {
    readonly facts: ContainerdFacts;
    readonly records: readonly (readonly string[])[];
}): ContainerdFacts {
    return {
        ...facts,
        namespaces: [...new Set(records.map(([namespace = '']) => namespace))],
        containers: records.map(([namespace = '', id = '', image = '', ...words]) => {
            const one = (key: string) => keysOf(words).get(key)?.[0];
            return {
                namespace,
                id,
                image,
                runtime: one('runtime') ?? 'io.containerd.runc.v2',
                labels: labelsOf(keysOf(words)),
                createdAt: Date.parse(one('created') ?? '2025-12-31T23:00:00Z'),
            };
        }),
        tasks: records.flatMap(([namespace = '', id = '', , ...words]) => {
            const keys = keysOf(words);
            const status = keys.get('task')?.[0];
            if (status === undefined) return [];
            return [{ namespace, id, pid: Number(keys.get('pid')?.[0] ?? 0), status: status as ContainerdTaskStatus }];
        }),
    };
}

/** `label=KEY=VALUE`, as often as there are. */
function labelsOf(keys: Keys): Readonly<Record<string, string>> {
    return Object.fromEntries((keys.get('label') ?? []).map((text) => /^([^=]+)=(.*)$/s.exec(text)?.slice(1) ?? []));
}

function gapOf(source: string, reason: string): Gap {
    return { source, reason: reason as Gap['reason'], detail: 'told by the machine file', help: 'none' };
}

function numbersOf(text: string): readonly number[] {
    return text === '' ? [] : text.split(',').map(Number);
}
