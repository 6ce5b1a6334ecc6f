import * as v from 'valibot';
import type { ContainerInspection } from '../../model/container';
import type { Process } from '../../model/process';
import { type Snapshot, snapshotSchema } from '../../model/snapshot';

/** Larger files are refused: a host of 20,000 processes needs a tenth of it. */
export const largestRecordingBytes = 128 * 1024 * 1024;

export type Recording =
    | { readonly ok: true; readonly snapshot: Snapshot }
    /** One line that says what is wrong with the file. */
    | { readonly ok: false; readonly message: string };

/** Reads what {@link writeRecording} wrote: facts, never conclusions, so that an old recording is understood anew. */
export function readRecording(text: string): Recording {
    if (text.length > largestRecordingBytes) return refusal('it is larger than 128 MiB');
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return refusal('it is not valid JSON: the file may be cut short');
    }
    const schema = v.safeParse(v.object({ schema: v.string() }), value);
    if (!schema.success) return refusal('it names no schema');
    if (schema.output.schema !== snapshotSchema) {
        const isOurs = schema.output.schema.startsWith('docker-runtime/snapshot@');
        return refusal(
            isOurs
                ? `its format is ${schema.output.schema.slice(0, 60)}, and this version reads ${snapshotSchema}`
                : `its schema is not ${snapshotSchema}`,
        );
    }
    const snapshot = v.safeParse(snapshotShape, value);
    if (snapshot.success) return { ok: true, snapshot: snapshot.output };
    const [issue] = snapshot.issues;
    return refusal(`${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

/** `redact` blanks arguments, environment-like labels and commands, and keeps what the topology needs. */
export function writeRecording(snapshot: Snapshot, { redact }: { readonly redact: boolean }): string {
    return `${JSON.stringify(redact ? redacted(snapshot) : snapshot)}\n`;
}

function refusal(message: string): Recording {
    return { ok: false, message: `not a recording of this product: ${message}` };
}

function redacted(snapshot: Snapshot): Snapshot {
    return {
        ...snapshot,
        processes: snapshot.processes.map(redactedProcess),
        engines: snapshot.engines.map((engine) => ({
            ...engine,
            containers: engine.containers.map((container) => ({
                ...container,
                command: container.command === '' ? '' : blank,
                labels: {},
                ...(container.inspected && { inspected: redactedInspection(container.inspected) }),
            })),
        })),
        ...(snapshot.containerds && {
            containerds: snapshot.containerds.map((containerd) => ({
                ...containerd,
                containers: containerd.containers.map((container) => ({ ...container, labels: {} })),
            })),
        }),
    };
}

function redactedInspection({ health, ...inspected }: ContainerInspection): ContainerInspection {
    return { ...inspected, healthcheck: [], ...(health && { health: { ...health, output: blank } }) };
}

/**
 * The options by which daemons and shims are told apart name sockets, folders and ids, never secrets. To any other
 * program the same letters may mean anything: `curl -H 'Authorization: …'`, `sh -c 'PASSWORD=…'`.
 */
const keptPrograms =
    /^(dockerd|(docker-)?(containerd|containerd-shim)|conmon|docker-proxy|rootlesskit-docker-proxy)([-_.].*)?$/;
const keptOptions =
    /^--?(H|host|containerd|config|address|a|namespace|id|workdir|data-root|exec-root|graph|g|c|cid|container-ip|container-port|host-ip|host-port|proto)(=|$)/;

function redactedProcess(process: Process): Process {
    if (!process.argv) return process;
    const [first = '', ...rest] = process.argv;
    // A title that a process has written over its argv is all in the first word.
    const program = first.split(' ')[0] ?? '';
    const hasKeptOptions = keptPrograms.test(program.slice(program.lastIndexOf('/') + 1));
    const argv = rest.map((argument, index) => {
        const previous = rest[index - 1] ?? '';
        const isValue = keptOptions.test(previous) && !previous.includes('=');
        const isKept = hasKeptOptions && (isValue || keptOptions.test(argument));
        return isKept || /^[0-9a-f]{64}$/.test(argument) ? argument : blank;
    });
    return { ...process, argv: process.argv.length === 0 ? [] : [program, ...argv] };
}

const blank = '…';

const nonNegative = v.pipe(v.number(), v.integer(), v.minValue(0));
const strings = v.array(v.string());
const namespaces = v.object({
    pid: v.optional(v.number()),
    mnt: v.optional(v.number()),
    net: v.optional(v.number()),
    ipc: v.optional(v.number()),
});

const processShape = v.object({
    pid: nonNegative,
    ppid: nonNegative,
    startTicks: nonNegative,
    comm: v.string(),
    state: v.string(),
    session: v.number(),
    threads: v.number(),
    kernelThread: v.boolean(),
    residentBytes: v.number(),
    argv: v.optional(strings),
    argvTruncated: v.optional(v.literal(true)),
    cgroups: v.optional(v.array(v.object({ hierarchy: nonNegative, controllers: v.string(), path: v.string() }))),
    uid: v.optional(v.number()),
    namespacePids: v.optional(v.array(nonNegative)),
    exe: v.optional(v.string()),
    namespaces: v.optional(namespaces),
    listens: v.optional(strings),
    capabilityBounds: v.optional(v.string()),
    seccomp: v.optional(nonNegative),
    wait: v.optional(v.object({ kernelFunction: v.optional(v.string()), sleeps: v.optional(nonNegative) })),
});

const gapShape = v.object({
    source: v.string(),
    reason: v.picklist(['unreachable', 'forbidden', 'timeout', 'malformed', 'unsupported', 'gone']),
    detail: v.string(),
    help: v.string(),
});

const containerShape = v.object({
    id: v.string(),
    names: strings,
    image: v.string(),
    command: v.string(),
    created: v.number(),
    state: v.picklist(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'unknown']),
    status: v.string(),
    labels: v.record(v.string(), v.string()),
    ports: v.array(
        v.object({
            hostIp: v.optional(v.string()),
            hostPort: v.optional(v.number()),
            containerPort: v.number(),
            protocol: v.string(),
        }),
    ),
    networks: v.array(v.object({ name: v.string(), ipAddress: v.string() })),
    networkMode: v.optional(v.string()),
    pid: v.optional(v.number()),
    inspected: v.optional(
        v.object({
            pid: v.number(),
            startedAt: v.string(),
            finishedAt: v.string(),
            exitCode: v.number(),
            oomKilled: v.boolean(),
            restartCount: v.number(),
            pidMode: v.string(),
            healthcheck: strings,
            init: v.boolean(),
            health: v.optional(
                v.object({
                    failingStreak: v.number(),
                    exitCode: v.optional(v.number()),
                    output: v.optional(v.string()),
                }),
            ),
        }),
    ),
    inspectProblem: v.optional(gapShape),
});

const containerdShape = v.object({
    address: v.string(),
    version: v.optional(v.string()),
    namespaces: strings,
    containers: v.array(
        v.object({
            namespace: v.string(),
            id: v.string(),
            image: v.string(),
            runtime: v.string(),
            labels: v.record(v.string(), v.string()),
            sandbox: v.optional(v.string()),
        }),
    ),
    tasks: v.array(
        v.object({
            namespace: v.string(),
            id: v.string(),
            pid: nonNegative,
            status: v.picklist(['unknown', 'created', 'running', 'stopped', 'paused', 'pausing']),
            exitStatus: v.optional(nonNegative),
        }),
    ),
    askedAt: v.optional(v.number()),
    problem: v.optional(gapShape),
});

const snapshotShape: v.GenericSchema<unknown, Snapshot> = v.object({
    schema: v.literal(snapshotSchema),
    takenAt: v.pipe(v.string(), v.isoTimestamp()),
    host: v.object({
        hostname: v.optional(v.string()),
        kernel: v.optional(v.string()),
        bootId: v.optional(v.string()),
        uptimeSeconds: v.optional(v.number()),
        ticksPerSecond: v.pipe(v.number(), v.minValue(1)),
        namespaces: v.optional(namespaces),
        hidesProcesses: v.optional(v.boolean()),
        uid: v.optional(v.number()),
    }),
    processes: v.array(processShape),
    engines: v.array(
        v.object({
            endpoint: v.optional(v.string()),
            foundBy: v.string(),
            version: v.optional(v.string()),
            apiVersion: v.optional(v.string()),
            name: v.optional(v.string()),
            dataRoot: v.optional(v.string()),
            cgroupDriver: v.optional(v.string()),
            liveRestore: v.optional(v.boolean()),
            containerdAddress: v.optional(v.string()),
            containerdNamespace: v.optional(v.string()),
            containers: v.array(containerShape),
            listedAt: v.optional(v.number()),
            problem: v.optional(gapShape),
        }),
    ),
    containerds: v.optional(v.array(containerdShape)),
    gaps: v.array(gapShape),
});
