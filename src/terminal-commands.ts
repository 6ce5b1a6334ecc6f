import { type CommandLine, Impossible, oneOf, type Options, refuseOptionsOfLiveHost } from './command-line';
import type { Gap } from './model/gap';
import type { Snapshot } from './model/snapshot';
import { comparisonText, comparisonToJson } from './present/comparison';
import { topologyDot, topologyMermaid } from './present/diagrams';
import { findingCodes } from './present/finding-words';
import { findingsDocument, findingsText } from './present/findings';
import { hoverOf } from './present/hover';
import { topologyToJson } from './present/json';
import { visible, visibleJson } from './present/plain-text';
import { recordingNotice } from './present/recording-words';
import { maskedAlike, maskSnapshot, withoutSecrets } from './present/secrets';
import { hoverText, topologyText } from './present/text';
import { saveRecording } from './sources/recording/recording-files';
import { comparisonOf } from './topology/comparison';
import { withoutFindings } from './topology/findings/findings';
import { inKernelOrder } from './topology/kernel-order';
import { findNodes } from './topology/lineage';
import type { Topology } from './topology/topology';

/**
 * What the terminal program can do, by the word for it. Each prints its answer and gives the exit status, or throws
 * {@link Impossible}.
 */
export const commands: Readonly<Record<string, Command>> = { tree, explain, findings, record, compare };

type Command = (asked: CommandLine, look: Look) => Promise<number>;

/** Looks at what the options name. */
export type Look = (options: Options, wishes?: LookWishes) => Promise<Looked>;

export interface LookWishes {
    /** Inspected, if it is a container: its State.Pid is one more witness. */
    readonly wanted?: string;
    /** Whether what one look has seen is worth a second one, a second later: only that tells what lasts. */
    readonly looksAgain?: boolean;
}

export interface Looked {
    readonly snapshot: Snapshot;
    readonly topology: Topology;
    /** What was asked for by name could not be had. */
    readonly problem?: string;
}

async function tree({ options, words }: CommandLine, look: Look): Promise<number> {
    if (words.length > 0) throw new Impossible(`tree takes no argument, and got ${words.join(' ')}`);
    const format = oneOf('--format', options.format ?? 'text', ['text', 'json', 'mermaid', 'dot']);
    const order = oneOf('--order', options.order ?? 'ownership', ['ownership', 'kernel']);
    const { topology, problem } = await look(options);
    const shown = fitToShow(order === 'kernel' ? inKernelOrder(topology) : topology, options);
    process.stdout.write(write(shown, format));
    if (problem !== undefined) throw new Impossible(problem);
    if (format === 'text') tellNotes(options, shown);
    return 0;
}

async function explain({ options, words: [name, ...others] }: CommandLine, look: Look): Promise<number> {
    if (!name || others.length > 0) {
        throw new Impossible('explain takes one container (its name or the beginning of its id) or one pid');
    }
    const silenced = silencedBy(options);
    const { topology: known, problem } = await look(options, { wanted: name });
    if (problem !== undefined) throw new Impossible(problem);
    const topology = withoutFindings(fitToShow(known, options), silenced);
    const found = findNodes(topology, name);
    const [node] = found;
    if (!node) throw new Impossible(`no container and no process of one is called ${name}`);
    const distinct = new Set(found.map((one) => (one.kind === 'container' ? one.id : one.process)));
    if (distinct.size > 1 && found.some(({ kind }) => kind === 'container')) {
        throw new Impossible(`${name} matches ${String(distinct.size)} containers: give more of its id`);
    }
    const isRecording = options.snapshot !== undefined;
    const now = isRecording ? Date.now() : Date.parse(topology.snapshot.takenAt);
    process.stdout.write(hoverText(hoverOf(topology, node, { now, isRecording })));
    return 0;
}

async function findings({ options, words }: CommandLine, look: Look): Promise<number> {
    if (words.length > 0) throw new Impossible(`findings takes no argument, and got ${words.join(' ')}`);
    const format = oneOf('--format', options.format ?? 'text', ['text', 'json']);
    const silenced = silencedBy(options);
    const { topology, problem } = await look(options, { looksAgain: true });
    const shown = withoutFindings(fitToShow(topology, options), silenced);
    process.stdout.write(format === 'json' ? `${visibleJson(findingsDocument(shown))}\n` : findingsText(shown));
    if (format === 'text' && problem === undefined) tellNotes(options, shown);
    // That a daemon is down may be the very thing that was found.
    if (shown.findings.some(({ severity }) => severity === 'error')) return 1;
    if (problem !== undefined) throw new Impossible(problem);
    return 0;
}

async function record({ options, words }: CommandLine, look: Look): Promise<number> {
    const file = options.output;
    if (file === undefined || words.length > 0) throw new Impossible('record needs the file to write: record -o FILE');
    const { snapshot, topology, problem } = await look(options);
    if (problem !== undefined) throw new Impossible(problem);
    const { redact = false, 'show-secrets': showsSecrets = false } = options;
    // Without arguments, what daemons said is still there, and may hold a secret.
    const isWhole = showsSecrets && !redact;
    const written = await saveRecording(file, isWhole ? snapshot : maskSnapshot(snapshot), { redact });
    if (!written.ok) throw new Impossible(`cannot write ${file}: ${written.why}`);
    process.stdout.write(
        `${String(snapshot.processes.length)} processes and ${String(snapshot.engines.length)} engines are in ${file}\n`,
    );
    // Who opens it later can't look again: what is missing must be known now.
    tellNotes(options, fitToShow(topology, options));
    if (!redact) process.stderr.write(`note: ${isWhole ? wholeNote : maskedNote}\n`);
    return 0;
}

const wholeNote =
    'it holds command lines as they are, passwords too; without --show-secrets they are masked, and --redact leaves them out';
const maskedNote =
    'what looks like a secret is masked in it, as well as can be told; --redact leaves out all arguments and labels';

async function compare({ options, words: [before, after, ...others] }: CommandLine, look: Look): Promise<number> {
    if (before === undefined || others.length > 0) {
        throw new Impossible('compare takes two recordings, or one to compare with this host: compare BEFORE [AFTER]');
    }
    const format = oneOf('--format', options.format ?? 'text', ['text', 'json']);
    if (after !== undefined) refuseOptionsOfLiveHost(options);
    const earlier = await look({ snapshot: before });
    const later = await look(after === undefined ? options : { snapshot: after });
    if (later.problem !== undefined) throw new Impossible(later.problem);
    const comparison = comparisonOf(
        ...maskedAlike(fitToShow(earlier.topology, options), fitToShow(later.topology, options)),
    );
    process.stdout.write(
        format === 'json' ? `${visibleJson(comparisonToJson(comparison))}\n` : comparisonText(comparison),
    );
    return 0;
}

function silencedBy({ silence = [] }: Options): readonly string[] {
    return silence.map((code) => oneOf('--silence', code, findingCodes));
}

function fitToShow(topology: Topology, options: Options): Topology {
    return options['show-secrets'] ? topology : withoutSecrets(topology);
}

function tellNotes(options: Options, { snapshot, gaps }: Topology): void {
    const recorded = options.snapshot === undefined ? [] : [recordingNotice(snapshot, Date.now())];
    for (const note of [...recorded, ...gaps.map(oneLine)]) process.stderr.write(`note: ${visible(note, 1000)}\n`);
}

export function oneLine({ source, detail, help }: Gap): string {
    return `${source}: ${detail}. ${help}`;
}

function write(topology: Topology, format: string): string {
    if (format === 'json') return `${visibleJson(topologyToJson(topology))}\n`;
    if (format === 'mermaid') return topologyMermaid(topology);
    if (format === 'dot') return topologyDot(topology);
    return topologyText(topology) || 'No container engine, shim or container is to be seen here.\n';
}
