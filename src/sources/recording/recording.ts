import * as v from 'valibot';
import type {
    Container,
    ContainerHealth,
    ContainerInspection,
    ContainerNetwork,
    PublishedPort,
} from '../../model/container';
import type { ContainerdContainer, ContainerdFacts, ContainerdTask } from '../../model/containerd';
import type { Engine } from '../../model/engine';
import type { Gap } from '../../model/gap';
import type { Host, Process } from '../../model/process';
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
                ? `its format is ${schema.output.schema.slice(0, 60)}, of another version; this one reads ${snapshotSchema}`
                : `its schema is not ${snapshotSchema}`,
        );
    }
    const snapshot = v.safeParse(snapshotShape, value);
    if (snapshot.success) return { ok: true, snapshot: snapshot.output };
    const [issue] = snapshot.issues;
    return refusal(`${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

/**
 * `redact` blanks arguments, labels and commands, and keeps what the places in the tree rest on. What can't be told any
 * more is that an exec session is a health check; and what labels alone say: nerdctl's and Kubernetes' names of containers,
 * a pod's name, namespace and uid, a Swarm task's service and node, and the Compose service by which the client of an exec
 * session may name its container.
 *
 * Names, images, addresses and what daemons said stay as they are given: whoever calls this masks the latter before.
 */
export function writeRecording(snapshot: Snapshot, { redact }: { readonly redact: boolean }): string {
    return `${JSON.stringify(redact ? redacted(snapshot) : snapshot)}\n`;
}

/** What the file says is part of some messages, and may be anything. */
function refusal(message: string): Recording {
    const line = message.replace(/[\p{Cc}\s]+/gu, ' ');
    return { ok: false, message: `not a recording of this product: ${line}` };
}

function redacted(snapshot: Snapshot): Snapshot {
    return {
        ...snapshot,
        redacted: true,
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
    /^--?(H|host|containerd|config|address|a|listen|l|namespace|id|workdir|data-root|exec-root|graph|g|c|cid|n|name|r|runtime|container-ip|container-port|host-ip|host-port|proto|exec-process-spec)(=|$)/;

/** Words, not values, that tell a shim's and runc's short-lived helpers from those that stay. */
const keptWords = /^(start|delete|init|create|run|exec|daemon|publish|config|-d)$/;
const programsWithWords = /^((docker-)?containerd(-shim(-.*)?)?|([a-z]+-)?runc|crun|youki|docker)$/;

const runtimes = /^(([a-z]+-)?runc|crun|youki)$/;

function redactedProcess(process: Process): Process {
    if (!process.argv) return process;
    const [first = '', ...rest] = process.argv;
    // A title that a process has written over its argv is all in the first word.
    const program = first.split(/\s/)[0] ?? '';
    const names = [program, process.exe ?? ''].map((path) => path.slice(path.lastIndexOf('/') + 1));
    const hasKeptOptions = names.some((name) => keptPrograms.test(name));
    const hasKeptWords = names.some((name) => programsWithWords.test(name));
    // `runc … run --bundle … ID`, whose id need not be hexadecimal.
    const holdsContainer = names.some((name) => runtimes.test(name)) && rest.includes('run');
    const argv = rest.map((argument, index) => {
        const previous = rest[index - 1] ?? '';
        const isValue = keptOptions.test(previous) && !previous.includes('=');
        const isKept =
            (hasKeptOptions && (isValue || keptOptions.test(argument))) || (hasKeptWords && keptWords.test(argument));
        const isId = holdsContainer && index === rest.length - 1 && /^[\w+.][\w+.-]*$/.test(argument);
        return isKept || isId || /^[0-9a-f]{64}$/.test(argument) ? argument : blank;
    });
    return { ...process, argv: process.argv.length === 0 ? [] : [program, ...argv] };
}

const blank = '…';

/** JSON can hold numbers that become Infinity here, and times that no calendar has; neither was ever written. */
const finite = v.pipe(v.number(), v.finite());
/** A shape that a field is missing from does not compile: whatever the model learns to say, a recording keeps. */
type Fields<Fact> = { readonly [Field in keyof Required<Fact>]: v.GenericSchema };

const nonNegative = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Milliseconds since 1970; the year 9999 is the last that ISO 8601 writes with four digits. */
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(253_402_300_799_999));
/** In seconds; a thousand years. */
const uptime = v.pipe(v.number(), v.minValue(0), v.maxValue(31_536_000_000));
const strings = v.array(v.string());
/** As the kernel writes capabilities, with room for more of them. */
const hexadecimal = v.pipe(v.string(), v.regex(/^[0-9a-f]{1,32}$/, 'not hexadecimal'));
const namespaces = v.object({
    pid: v.optional(finite),
    mnt: v.optional(finite),
    net: v.optional(finite),
    ipc: v.optional(finite),
});

const processShape = v.object({
    pid: nonNegative,
    ppid: nonNegative,
    startTicks: nonNegative,
    comm: v.string(),
    state: v.string(),
    session: finite,
    threads: finite,
    kernelThread: v.boolean(),
    residentBytes: finite,
    argv: v.optional(strings),
    argvTruncated: v.optional(v.literal(true)),
    cgroups: v.optional(v.array(v.object({ hierarchy: nonNegative, controllers: v.string(), path: v.string() }))),
    uid: v.optional(finite),
    namespacePids: v.optional(v.array(nonNegative)),
    exe: v.optional(v.string()),
    namespaces: v.optional(namespaces),
    listens: v.optional(strings),
    capabilityBounds: v.optional(hexadecimal),
    seccomp: v.optional(nonNegative),
    wait: v.optional(v.object({ kernelFunction: v.optional(v.string()), sleeps: v.optional(nonNegative) })),
} satisfies Fields<Process>);

/** Without remedy and command: those are for the machine that was looked at, and a file types nothing into a terminal here. */
const gapShape = v.object({
    source: v.string(),
    reason: v.picklist(['unreachable', 'forbidden', 'timeout', 'malformed', 'unsupported', 'gone']),
    isPending: v.optional(v.literal(true)),
    detail: v.string(),
    help: v.string(),
} satisfies Fields<Omit<Gap, 'remedy' | 'command'>>);

const containerShape = v.object({
    id: v.string(),
    names: strings,
    image: v.string(),
    command: v.string(),
    created: finite,
    state: v.picklist(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'unknown']),
    status: v.string(),
    labels: v.record(v.string(), v.string()),
    ports: v.array(
        v.object({
            hostIp: v.optional(v.string()),
            hostPort: v.optional(finite),
            containerPort: finite,
            protocol: v.string(),
        } satisfies Fields<PublishedPort>),
    ),
    networks: v.array(v.object({ name: v.string(), ipAddress: v.string() } satisfies Fields<ContainerNetwork>)),
    networkMode: v.optional(v.string()),
    pid: v.optional(finite),
    inspected: v.optional(
        v.object({
            pid: finite,
            startedAt: v.string(),
            finishedAt: v.string(),
            exitCode: finite,
            oomKilled: v.boolean(),
            restartCount: finite,
            pidMode: v.string(),
            healthcheck: strings,
            init: v.boolean(),
            health: v.optional(
                v.object({
                    failingStreak: finite,
                    exitCode: v.optional(finite),
                    output: v.optional(v.string()),
                } satisfies Fields<ContainerHealth>),
            ),
        } satisfies Fields<ContainerInspection>),
    ),
    inspectProblem: v.optional(gapShape),
    inspectedAt: v.optional(time),
} satisfies Fields<Container>);

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
            createdAt: v.optional(v.number()),
            sandbox: v.optional(v.string()),
        } satisfies Fields<ContainerdContainer>),
    ),
    tasks: v.array(
        v.object({
            namespace: v.string(),
            id: v.string(),
            pid: nonNegative,
            status: v.picklist(['unknown', 'created', 'running', 'stopped', 'paused', 'pausing']),
            exitStatus: v.optional(nonNegative),
        } satisfies Fields<ContainerdTask>),
    ),
    askedAt: v.optional(time),
    problem: v.optional(gapShape),
} satisfies Fields<ContainerdFacts>);

const snapshotShape: v.GenericSchema<unknown, Snapshot> = v.object({
    schema: v.literal(snapshotSchema),
    takenAt: v.pipe(
        v.string(),
        v.isoTimestamp(),
        v.check((written) => !Number.isNaN(Date.parse(written)), 'no such moment'),
    ),
    host: v.object({
        hostname: v.optional(v.string()),
        kernel: v.optional(v.string()),
        bootId: v.optional(v.string()),
        uptimeSeconds: v.optional(uptime),
        ticksPerSecond: v.pipe(v.number(), v.finite(), v.minValue(1)),
        namespaces: v.optional(namespaces),
        hidesProcesses: v.optional(v.boolean()),
        uid: v.optional(finite),
    } satisfies Fields<Host>),
    redacted: v.optional(v.literal(true)),
    masked: v.optional(v.literal(true)),
    processes: v.pipe(
        v.array(processShape),
        v.check((all) => new Set(all.map(({ pid }) => pid)).size === all.length, 'two processes have the same pid'),
    ),
    engines: v.array(
        v.object({
            endpoint: v.optional(v.string()),
            foundBy: v.string(),
            isUnencrypted: v.optional(v.literal(true)),
            product: v.optional(v.literal('podman')),
            version: v.optional(v.string()),
            apiVersion: v.optional(v.string()),
            name: v.optional(v.string()),
            dataRoot: v.optional(v.string()),
            cgroupDriver: v.optional(v.string()),
            liveRestore: v.optional(v.boolean()),
            containerdAddress: v.optional(v.string()),
            containerdNamespace: v.optional(v.string()),
            swarm: v.optional(v.object({ state: v.string(), nodeId: v.optional(v.string()), isManager: v.boolean() })),
            containers: v.array(containerShape),
            listedAt: v.optional(time),
            problem: v.optional(gapShape),
        } satisfies Fields<Engine>),
    ),
    containerds: v.optional(v.array(containerdShape)),
    gaps: v.array(gapShape),
} satisfies Fields<Omit<Snapshot, 'recorded'>>);
