#!/usr/bin/env node
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deadlineOf, Impossible, numberOfLooks, type Options, parseCommandLine, usage } from './command-line';
import type { ContainerdFacts } from './model/containerd';
import type { Engine } from './model/engine';
import type { Gap } from './model/gap';
import type { Snapshot } from './model/snapshot';
import { visible } from './present/plain-text';
import { maskGap } from './present/secrets';
import { type DockerSource, openDocker } from './sources/docker/client';
import { listFromFile } from './sources/docker/container-file';
import { resolveEndpoints } from './sources/docker/endpoint';
import { isAnyFileHanging } from './sources/hanging-files';
import { openProcfs } from './sources/procfs/reader-client';
import { largestRecordingBytes } from './sources/recording/recording';
import { openRecording } from './sources/recording/recording-files';
import { readWhole } from './sources/recording/whole-files';
import { commands, type Looked, type LookWishes, oneLine } from './terminal-commands';
import { buildTopology } from './topology/build';
import { containerdsToAsk } from './topology/containerd-word';
import { containersToInspect } from './topology/containers-to-inspect';
import { shortestLastingMilliseconds } from './topology/findings/lasting';
import type { Topology } from './topology/topology';
import { dockerdsBeside, foundEndpoint, notFoundOut } from './watch/asked-engines';
import { collect, type Sources, within, withAnswersOf } from './watch/collect';
import { Inspections } from './watch/inspections';

/** One of the files that tell whom to ask does not answer, and holds the thread that reads it. */
let isResolvingForEver = false;

void main(process.argv.slice(2))
    .then(
        (status) => {
            process.exitCode = status;
        },
        (error: unknown) => {
            const text = error instanceof Impossible ? error.message : `unexpected failure: ${String(error)}`;
            process.stderr.write(`docker-runtime: ${visible(text, 1000)}\n`);
            process.exitCode = 2;
        },
    )
    .then(async () => {
        if (!isResolvingForEver && !(await isAnyFileHanging())) return;
        process.stderr.write('docker-runtime: ended by force, for files that tell of Docker do not answer\n');
        process.stdout.write('', () => process.kill(process.pid, 'SIGKILL'));
    });
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    // Who reads the output may stop at any line: `docker-runtime tree | head`.
    if (code === 'EPIPE') process.exit(0);
    process.stderr.write(`docker-runtime: cannot write the output: ${message}\n`);
    process.exit(2);
});
process.stderr.on('error', () => undefined); // nobody can be told

async function main(args: readonly string[]): Promise<number> {
    const asked = parseCommandLine(args);
    if (asked.options.help || asked.command === undefined) {
        process.stdout.write(usage);
        return asked.options.help ? 0 : 2;
    }
    const command = Object.hasOwn(commands, asked.command) ? commands[asked.command] : undefined;
    if (!command)
        throw new Impossible(`unknown command ${asked.command}; known are ${Object.keys(commands).join(', ')}`);
    return command(asked, look);
}

async function look(options: Options, { wanted, looksAgain = false }: LookWishes = {}): Promise<Looked> {
    const { snapshot: file } = options;
    if (file !== undefined) return repeated(options, () => lookAtRecording(file, options));
    const sources = await openSources(options);
    const inspections = new Inspections();
    const lookWell = async (before: Looked | undefined): Promise<Looked> => {
        const looked = await lookOnce(sources, inspections, before, options);
        const [engines, containerds] = await Promise.all([
            completed(sources.dockers, looked, inspections, options, wanted),
            mayAskContainerd(options) ? askContainerds(looked.topology, deadlineOf(options)) : undefined,
        ]);
        const snapshot = { ...looked.snapshot, engines, ...(containerds && { containerds }) };
        const topology = buildTopology(snapshot, before?.topology);
        return { snapshot, topology, problem: problemOf(options, snapshot) };
    };
    try {
        const lookAgain = (before: Looked | undefined) => lookOnce(sources, inspections, before, options);
        const looked = await repeated(options, lookAgain, lookWell);
        if (!looksAgain || looked.topology.sightings.size === 0) return looked;
        await setTimeout(shortestLastingMilliseconds + clockGrainMilliseconds);
        inspections.clear(); // what is judged by two looks is asked for twice
        return await lookWell(looked);
    } finally {
        sources.procfs.dispose();
        for (const docker of sources.dockers) docker.dispose();
    }
}

/** Only the last look is shown. */
async function repeated(
    options: Options,
    lookAgain: (before: Looked | undefined) => Promise<Looked>,
    lookLast = lookAgain,
): Promise<Looked> {
    let looked: Looked | undefined;
    for (let times = numberOfLooks(options); times > 1; times--) looked = await lookAgain(looked);
    return lookLast(looked);
}

async function lookAtRecording(file: string, { timings }: Options): Promise<Looked> {
    const startedAt = performance.now();
    const recording = await openRecording(file);
    if (!recording.ok) throw new Impossible(`${file}: ${recording.message}`);
    const { snapshot } = recording;
    const readAt = performance.now();
    const topology = buildTopology(snapshot);
    if (timings) {
        tellTimings({
            look: 'full',
            ms: rounded(readAt - startedAt),
            buildMs: rounded(performance.now() - readAt),
            processes: snapshot.processes.length,
            filesOpened: 1,
            dockerRequests: 0,
        });
    }
    return { snapshot, topology };
}

interface OpenSources extends Omit<Sources, 'givenEngines'> {
    readonly procfs: Sources['procfs'] & { dispose(): void };
    /** Grows by the daemons that looks find. */
    readonly dockers: DockerSource[];
    /** Only those that were named are asked, or none at all. */
    readonly isExclusive: boolean;
}

async function openSources(options: Options): Promise<OpenSources> {
    const root = options.proc ?? '/proc';
    const procfs = openProcfs({ root, readerPath: join(__dirname, 'reader.js'), deadlineMilliseconds: 10_000 });
    const isOffline = options.containers !== undefined || options['no-docker'];
    if (isOffline) return { procfs, dockers: [], gaps: [], isExclusive: true };
    const deadline = deadlineOf(options);
    const choosing = resolveEndpoints({ configured: options.docker ?? [], configuredBy: '--docker' });
    const resolved = await within(deadline, choosing);
    if (!resolved) {
        isResolvingForEver = true;
        const gaps = [notFoundOut(`no answer within ${String(deadline)} ms`)];
        return { procfs, dockers: [], gaps, isExclusive: true };
    }
    const { endpoints, gaps } = resolved;
    const [malformed] = gaps;
    if (malformed && options.docker) throw new Impossible(`${malformed.source}: ${malformed.detail}`);
    const dockers = endpoints.map((endpoint) => openDocker(endpoint, { requestMs: deadline }));
    // Another machine's processes name sockets that are not here.
    return { procfs, dockers, gaps, isExclusive: resolved.isExclusive || root !== '/proc' };
}

/** In place of live ones. Read at each look, as those would be asked: what was said once only has not lasted. */
async function enginesInFile({ containers: file }: Options): Promise<readonly Engine[]> {
    if (file === undefined) return [];
    const list = listFromFile(await read(file), file);
    if (!list.ok) throw new Impossible(list.message);
    return list.engines;
}

async function lookOnce(
    sources: OpenSources,
    inspections: Inspections,
    before: Looked | undefined,
    options: Options,
): Promise<Looked> {
    const topologyOf = (snapshot: Snapshot): Topology =>
        buildTopology(
            { ...snapshot, engines: snapshot.engines.map((engine) => inspections.addTo(engine)) },
            before?.topology,
        );
    const startedAt = performance.now();
    const givenEngines = await enginesInFile(options);
    let collected = await collect({ ...sources, givenEngines }, { previous: before?.snapshot });
    if (!collected.figures && options.proc !== undefined)
        throw new Impossible(`--proc: ${collected.snapshot.gaps.at(-1)?.detail ?? 'not readable'}`);
    const collectedAt = performance.now();
    let topology = topologyOf(collected.snapshot);
    const buildMs = performance.now() - collectedAt;
    const found = openFound(sources, topology, options);
    if (found.length > 0) {
        collected = await withAnswersOf(found, collected);
        topology = topologyOf(collected.snapshot);
    }
    const { snapshot, figures, dockerRequests } = collected;
    if (options.timings) {
        const line = {
            look: figures?.look ?? 'full',
            ms: rounded(performance.now() - startedAt - buildMs),
            buildMs: rounded(buildMs),
            processes: snapshot.processes.length,
            filesOpened: figures?.filesOpened ?? 0,
            dockerRequests,
        };
        tellTimings(line);
    }
    return { snapshot, topology };
}

/** Daemons that nobody has named and that the processes show: they are asked in the same look, and in all that follow. */
function openFound(
    { dockers, isExclusive }: OpenSources,
    topology: Topology,
    options: Options,
): readonly DockerSource[] {
    if (isExclusive) return [];
    const found = dockerdsBeside(dockers, topology).map((one) =>
        openDocker(foundEndpoint(one), { requestMs: deadlineOf(options) }),
    );
    dockers.push(...found);
    return found;
}

/** For the answer that a deadline itself is: that there was none. */
const graceMilliseconds = 250;

/** A timer may ring within the last millisecond before its time. */
const clockGrainMilliseconds = 20;

/**
 * What a view shows as it comes, a program that looks once waits for: versions, which follow the first list; the
 * commands of health checks, which inspect alone tells; and the State.Pid of the container that a person asks about, or
 * of one of which something speaks against Docker's word.
 */
async function completed(
    dockers: readonly DockerSource[],
    { snapshot: { engines }, topology }: Looked,
    inspections: Inspections,
    options: Options,
    wanted: string | undefined,
): Promise<readonly Engine[]> {
    const complete = async (engine: Engine): Promise<Engine> => {
        const docker = dockers.find(({ endpoint }) => endpoint.endpoint === engine.endpoint);
        if (!docker || engine.problem) return engine;
        const named = engine.containers.filter(
            ({ id, names }) => wanted !== undefined && (names.includes(wanted) || id.startsWith(wanted)),
        );
        const contested = containersToInspect(topology).flatMap(({ container, engine: its }) => {
            return container && its?.endpoint === engine.endpoint ? container : [];
        });
        const due = new Set([...named, ...contested, ...inspections.missing(engine)]);
        const inspected = [...due].map((container) => inspections.ask(docker, container.id, () => container));
        // Few are asked at once: many that hang would each add their own deadline.
        const [identity] = await Promise.all([
            docker.identity(),
            within(deadlineOf(options) + graceMilliseconds, Promise.all(inspected)),
        ]);
        inspections.believe(engine); // it has listed just now
        return inspections.addTo({ ...engine, ...identity });
    };
    return Promise.all(engines.map(complete));
}

/** The processes must be those of this machine, and the daemons not left out on purpose. */
function mayAskContainerd(options: Options): boolean {
    return (options.proc ?? '/proc') === '/proc' && options.containers === undefined && !options['no-docker'];
}

/** Which ones there are, only the look has told; each answers within its deadline. */
async function askContainerds(topology: Topology, deadline: number): Promise<readonly ContainerdFacts[]> {
    const addresses = containerdsToAsk(topology);
    if (addresses.length === 0) return [];
    const { openContainerd } = await import('./sources/containerd/client');
    return Promise.all(addresses.map((address) => openContainerd(address, { lookMilliseconds: deadline }).look()));
}

/** An engine that was named and is not there was asked in vain; one that was only looked for is a gap. */
function problemOf(options: Options, { engines, gaps, processes }: Snapshot): string | undefined {
    const failed = engines.flatMap(({ problem }) => problem ?? []);
    const dead = failed.find(({ reason }) => reason !== 'timeout');
    const told = (gap: Gap): string => oneLine(options['show-secrets'] ? gap : maskGap(gap));
    if (options.docker && dead) return told(dead);
    const nothing = processes.length === 0 && engines.every(({ listedAt }) => listedAt === undefined);
    const [first] = [...gaps, ...failed];
    return nothing && first ? told(first) : undefined;
}

/** One line for each look, for those who measure. */
function tellTimings(line: Readonly<Record<string, string | number>>): void {
    process.stderr.write(`${JSON.stringify(line)}\n`);
}

async function read(file: string): Promise<string> {
    const text = await readWhole(file, largestRecordingBytes);
    if (!text.ok) throw new Impossible(`cannot read ${file}: ${text.why}`);
    return text.value;
}

function rounded(milliseconds: number): number {
    return Math.round(milliseconds * 100) / 100;
}
