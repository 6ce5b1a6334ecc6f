import { pidOf } from '../topology/lineage';
import type { Finding, Topology, TopologyNode } from '../topology/topology';
import { containerName, describe } from './describe';
import { evidenceWords } from './evidence';
import { commandFor } from './finding-commands';
import { meanings } from './finding-words';
import type { HoverRow, HoverSection } from './hover';
import { speakerOf } from './verdicts';

/** What every face shows of a finding. All texts are plain, with control characters made visible. */
export interface FindingDescription {
    /** What is wrong, with the name of what it is wrong with. */
    readonly message: string;
    /** What it means, in a sentence or two that a learner can use. */
    readonly meaning: string;
    /** What a person can do, the harmless first. */
    readonly next: string;
    /** A command that looks closer and changes nothing: to be shown, copied or typed, never run for a person. */
    readonly command?: string;
    /** How it is known. */
    readonly evidence: readonly string[];
}

export function describeFinding(topology: Topology, finding: Finding): FindingDescription {
    const { title, meaning, next } = meanings[finding.code];
    const command = commandFor(topology, finding);
    const about = topology.allNodes.get(finding.nodes[0] ?? '');
    const speaker = about?.kind === 'container' ? speakerOf(about) : 'Docker';
    const doubt = finding.unverified ? ' (seen in one look only, so it may have passed already)' : '';
    return {
        message: `${title({ subject: subjectOf(topology, finding), count: finding.count, speaker })}${doubt}`,
        meaning,
        next,
        ...(command !== undefined && { command }),
        evidence: finding.evidence.map(evidenceWords),
    };
}

/** The findings by the contract: ids, codes and evidence as they are, and the words for people. */
export function findingsToJson(topology: Topology): readonly Readonly<Record<string, unknown>>[] {
    return topology.findings.map((finding) => {
        const { message, meaning, next, command } = describeFinding(topology, finding);
        const { code, severity, nodes, evidence, since, unverified } = finding;
        return { code, severity, nodes, message, meaning, next, command, evidence, since, unverified };
    });
}

/** What `findings --format json` prints. */
export function findingsDocument(topology: Topology) {
    const { snapshot, unjudged, gaps } = topology;
    const { takenAt } = snapshot;
    return { schema: findingsSchema, takenAt, findings: findingsToJson(topology), unjudged, gaps };
}

const findingsSchema = 'docker-runtime/findings@1';

/** What `findings` prints. */
export function findingsText(topology: Topology): string {
    const unjudged = unjudgedWords(topology);
    const rest = unjudged === undefined ? '' : `${unjudged}\n`;
    if (topology.findings.length === 0) return `Nothing is found wrong here.\n${rest}`;
    const blocks = topology.findings.map((finding) => {
        const { message, meaning, next, command, evidence } = describeFinding(topology, finding);
        return [
            `${finding.severity}: ${message} [${finding.code}]`,
            `  ${meaning}`,
            ...evidence.map((piece) => `    known by ${piece}`),
            `  ${next}`,
            ...(command === undefined ? [] : [`    $ ${command}`]),
        ].join('\n');
    });
    return `${blocks.join('\n\n')}\n${rest && `\n${rest}`}`;
}

/** What nobody can be sure of, though nothing of it is found; undefined where all was judged. */
export function unjudgedWords({ unjudged }: Topology): string | undefined {
    if (unjudged.length === 0) return undefined;
    return `Not judged, because too little of the host can be seen from here: ${unjudged.join(', ')}.`;
}

/** The part of a node's hover that tells what is wrong with it. */
export function findingsSection(topology: Topology, { id }: TopologyNode): HoverSection {
    const rows = (topology.findingsAt.get(id) ?? []).flatMap((finding): readonly HoverRow[] => {
        const { message, meaning, next, evidence } = describeFinding(topology, finding);
        return [
            { label: finding.severity, value: `${message}. ${meaning}`, evidence },
            { label: 'next', value: next, evidence: [] },
        ];
    });
    return { title: 'Findings', rows };
}

/** The name of what the finding is shown at. */
function subjectOf(topology: Topology, { nodes: [first = ''] }: Finding): string {
    const node = topology.allNodes.get(first);
    if (!node) return 'something that is gone';
    if (node.kind === 'container') return containerName(node);
    const pid = pidOf(node);
    return `${describe(topology, node).label}${pid === undefined ? '' : ` (${String(pid)})`}`;
}
