#!/usr/bin/env node
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
    type CommandLine,
    Impossible,
    numberOfLooks,
    oneOf,
    type Options,
    parseCommandLine,
    usage,
} from './command-line';
import type { ContainerdFacts } from './model/containerd';
import type { Engine } from './model/engine';
import type { Gap } from './model/gap';
import type { Snapshot } from './model/snapshot';
import { topologyDot, topologyMermaid } from './present/diagrams';
import { findingsDocument, findingsText } from './present/findings';
import { findingCodes } from './present/finding-words';
import { hoverOf } from './present/hover';
import { topologyToJson } from './present/json';
import { visible } from './present/plain-text';
import { hoverText, topologyText } from './present/text';
import { type DockerSource, openDocker } from './sources/docker/client';
import { listFromFile } from './sources/docker/container-file';
import { resolveEndpoints } from './sources/docker/endpoint';
import { openProcfs } from './sources/procfs/reader-client';
import { largestRecordingBytes, readRecording, writeRecording } from './sources/recording/recording';
import { readWhole, writeWhole } from './sources/recording/whole-files';
import { buildTopology } from './topology/build';
import { containerdsToAsk } from './topology/containerd-word';
import { withoutFindings } from './topology/findings/findings';
import { shortestLastingMilliseconds } from './topology/findings/lasting';
import { inKernelOrder } from './topology/kernel-order';
import { findNodes } from './topology/lineage';
import type { Topology } from './topology/topology';
import { collect, type Sources } from './watch/collect';
import { Inspections } from './watch/inspections';

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: unknown) => {
        const text = error instanceof Impossible ? error.message : `unexpected failure: ${String(error)}`;
        process.stderr.write(`docker-runtime: ${visible(text, 1000)}\n`);
        process.exitCode = 2;
    },
);
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
    switch (asked.command) {
        case 'tree':
            return tree(asked);
        case 'explain':
            return explain(asked);
        case 'findings':
            return findings(asked);
        case 'record':
            return record(asked);
        default:
            throw new Impossible(`unknown command ${asked.command}; known are tree, explain, findings and record`);
    }
}

async function tree({ options, words }: CommandLine): Promise<number> {
    if (words.length > 0) throw new Impossible(`tree takes no argument, and got ${words.join(' ')}`);
    const format = oneOf('--format', options.format ?? 'text', ['text', 'json', 'mermaid', 'dot']);
    const order = oneOf('--order', options.order ?? 'ownership', ['ownership', 'kernel']);
    const { topology, problem } = await look(options);
    const shown = order === 'kernel' ? inKernelOrder(topology) : topology;
    process.stdout.write(write(shown, format));
    if (format === 'text' && problem === undefined) tellGaps(topology);
    if (problem === undefined) return 0;
    throw new Impossible(problem);
}

async function explain({ options, words: [name, ...others] }: CommandLine): Promise<number> {
    if (!name || others.length > 0) {
        throw new Impossible('explain takes one container (its name or the beginning of its id) or one pid');
    }
    const { topology, problem } = await look(options, { wanted: name });
    if (problem !== undefined) throw new Impossible(problem);
    const found = findNodes(topology, name);
    const [node] = found;
    if (!node) throw new Impossible(`no container and no process of one is called ${name}`);
    const distinct = new Set(found.map((one) => (one.kind === 'container' ? one.id : one.process)));
    if (distinct.size > 1 && found.some(({ kind }) => kind === 'container')) {
        throw new Impossible(`${name} fits ${String(distinct.size)} containers: give more of its id`);
    }
    process.stdout.write(hoverText(hoverOf(topology, node, Date.parse(topology.snapshot.takenAt))));
    return 0;
}

async function findings({ options, words }: CommandLine): Promise<number> {
    if (words.length > 0) throw new Impossible(`findings takes no argument, and got ${words.join(' ')}`);
    const format = oneOf('--format', options.format ?? 'text', ['text', 'json']);
    const silenced = (options.silence ?? []).map((code) => oneOf('--silence', code, findingCodes));
    const { topology, problem } = await look(options, { looksAgain: true });
    const shown = withoutFindings(topology, silenced);
    process.stdout.write(
        format === 'json' ? `${JSON.stringify(findingsDocument(shown), null, 2)}\n` : findingsText(shown),
    );
    if (format === 'text' && problem === undefined) tellGaps(topology);
    // That a daemon is down may be the very thing that was found.
    if (shown.findings.some(({ severity }) => severity === 'error')) return 1;
    if (problem === undefined) return 0;
    throw new Impossible(problem);
}

async function record({ options, words }: CommandLine): Promise<number> {
    const file = options.output;
    if (file === undefined || words.length > 0) throw new Impossible('record needs the file to write: record -o FILE');
    const { snapshot, problem } = await look(options);
    if (problem !== undefined) throw new Impossible(problem);
    const written = await writeWhole(file, writeRecording(snapshot, { redact: options.redact ?? false }));
    if (!written.ok) throw new Impossible(`cannot write ${file}: ${written.why}`);
    process.stdout.write(
        `${String(snapshot.processes.length)} processes and ${String(snapshot.engines.length)} engines are in ${file}\n`,
    );
    return 0;
}

interface Looked {
    readonly snapshot: Snapshot;
    readonly topology: Topology;
    /** What was asked for by name could not be had. */
    readonly problem?: string;
}

interface LookWishes {
    /** Inspected, if it is a container: its State.Pid is one more witness. */
    readonly wanted?: string;
    /** Whether what one look has seen is worth a second one, a second later: only that tells what lasts. */
    readonly looksAgain?: boolean;
}

async function look(options: Options, { wanted, looksAgain = false }: LookWishes = {}): Promise<Looked> {
    if (options.snapshot !== undefined) {
        const recording = readRecording(await read(options.snapshot));
        if (!recording.ok) throw new Impossible(`${options.snapshot}: ${recording.message}`);
        return { snapshot: recording.snapshot, topology: buildTopology(recording.snapshot) };
    }
    const sources = await openSources(options);
    try {
        const inspections = new Inspections();
        const lookWell = async (before?: Looked): Promise<Looked> => {
            const looked = await lookOnce(sources, inspections, before, options);
            const [engines, containerds] = await Promise.all([
                completed(sources.dockers, looked, inspections, wanted),
                mayAskContainerd(options) ? askContainerds(looked.topology) : undefined,
            ]);
            const snapshot = { ...looked.snapshot, engines, ...(containerds && { containerds }) };
            const topology = buildTopology(snapshot, before?.topology);
            return { snapshot, topology, problem: problemOf(options, snapshot) };
        };
        let looked: Looked | undefined;
        for (let times = numberOfLooks(options); times > 1; times--) {
            looked = await lookOnce(sources, inspections, looked, options);
        }
        looked = await lookWell(looked);
        if (!looksAgain || looked.topology.sightings.size === 0) return looked;
        await setTimeout(shortestLastingMilliseconds + clockGrainMilliseconds);
        return await lookWell(looked);
    } finally {
        sources.procfs.dispose();
        for (const docker of sources.dockers) docker.dispose();
    }
}

type OpenSources = Sources & { readonly procfs: { dispose(): void } };

async function openSources(options: Options): Promise<OpenSources> {
    const root = options.proc ?? '/proc';
    const procfs = openProcfs({ root, readerPath: join(__dirname, 'reader.js'), deadlineMilliseconds: 10_000 });
    if (options.containers !== undefined) {
        const list = listFromFile(await read(options.containers), options.containers);
        if (!list.ok) throw new Impossible(list.message);
        return { procfs, dockers: [], givenEngines: list.engines, gaps: [] };
    }
    if (options['no-docker']) return { procfs, dockers: [], givenEngines: [], gaps: [] };
    const { endpoints, gaps } = await resolveEndpoints({ configured: options.docker ?? [], configuredBy: '--docker' });
    const [malformed] = gaps;
    if (malformed && options.docker) throw new Impossible(`${malformed.source}: ${malformed.detail}`);
    return { procfs, dockers: endpoints.map((endpoint) => openDocker(endpoint)), givenEngines: [], gaps };
}

async function lookOnce(
    sources: Sources,
    inspections: Inspections,
    before: Looked | undefined,
    options: Options,
): Promise<Looked> {
    const startedAt = performance.now();
    const { snapshot, figures, dockerRequests } = await collect(sources, { previous: before?.snapshot });
    const collectedAt = performance.now();
    if (!figures && options.proc !== undefined)
        throw new Impossible(`--proc: ${snapshot.gaps.at(-1)?.detail ?? 'not readable'}`);
    const known = { ...snapshot, engines: snapshot.engines.map((engine) => inspections.addTo(engine)) };
    const topology = buildTopology(known, before?.topology);
    if (options.timings) {
        const line = {
            look: figures?.look ?? 'full',
            ms: rounded(collectedAt - startedAt),
            buildMs: rounded(performance.now() - collectedAt),
            processes: snapshot.processes.length,
            filesOpened: figures?.filesOpened ?? 0,
            dockerRequests,
        };
        process.stderr.write(`${JSON.stringify(line)}\n`);
    }
    return { snapshot, topology };
}

/** A timer may ring within the last millisecond before its time. */
const clockGrainMilliseconds = 20;

/**
 * What a view shows as it comes, a program that looks once waits for: versions, which follow the first list; the
 * commands of health checks, which inspect alone tells; and the State.Pid of the container that a person asks about.
 */
async function completed(
    dockers: readonly DockerSource[],
    { snapshot: { engines } }: Looked,
    inspections: Inspections,
    wanted: string | undefined,
): Promise<readonly Engine[]> {
    const complete = async (engine: Engine): Promise<Engine> => {
        const docker = dockers.find(({ endpoint }) => endpoint.endpoint === engine.endpoint);
        if (!docker || engine.problem) return engine;
        const named = engine.containers.filter(
            ({ id, names }) => wanted !== undefined && (names.includes(wanted) || id.startsWith(wanted)),
        );
        const due = new Set([...inspections.missing(engine), ...named]);
        const inspected = [...due].map(async (container) => {
            inspections.remember(engine, container, await docker.inspect(container.id));
        });
        const [identity] = await Promise.all([docker.identity(), ...inspected]);
        return inspections.addTo({ ...engine, ...identity });
    };
    return Promise.all(engines.map(complete));
}

/** The processes must be those of this machine, and the daemons not left out on purpose. */
function mayAskContainerd(options: Options): boolean {
    return (options.proc ?? '/proc') === '/proc' && options.containers === undefined && !options['no-docker'];
}

/** Which ones there are, only the look has told; each answers within its deadline. */
async function askContainerds(topology: Topology): Promise<readonly ContainerdFacts[]> {
    const addresses = containerdsToAsk(topology);
    if (addresses.length === 0) return [];
    const { openContainerd } = await import('./sources/containerd/client');
    return Promise.all(addresses.map((address) => openContainerd(address).look()));
}

/** An engine that was named and is not there was asked in vain; one that was only looked for is a gap. */
function problemOf(options: Options, { engines, gaps, processes }: Snapshot): string | undefined {
    const failed = engines.flatMap(({ problem }) => problem ?? []);
    const dead = failed.find(({ reason }) => reason !== 'timeout');
    if (options.docker && dead) return oneLine(dead);
    const nothing = processes.length === 0 && engines.every(({ listedAt }) => listedAt === undefined);
    const [first] = [...gaps, ...failed];
    return nothing && first ? oneLine(first) : undefined;
}

function tellGaps({ gaps }: Topology): void {
    for (const gap of gaps) process.stderr.write(`note: ${visible(oneLine(gap), 1000)}\n`);
}

function oneLine({ source, detail, help }: Gap): string {
    return `${source}: ${detail}. ${help}`;
}

function write(topology: Topology, format: string): string {
    if (format === 'json') return `${JSON.stringify(topologyToJson(topology), null, 2)}\n`;
    if (format === 'mermaid') return topologyMermaid(topology);
    if (format === 'dot') return topologyDot(topology);
    return topologyText(topology) || 'No container engine, shim or container is to be seen here.\n';
}

async function read(file: string): Promise<string> {
    const text = await readWhole(file, largestRecordingBytes);
    if (!text.ok) throw new Impossible(`cannot read ${file}: ${text.why}`);
    return text.value;
}

function rounded(milliseconds: number): number {
    return Math.round(milliseconds * 100) / 100;
}
