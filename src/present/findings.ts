import { pidOf } from '../topology/lineage';
import type { Finding, Topology, TopologyNode } from '../topology/topology';
import { containerName, describe } from './describe';
import { evidenceWords } from './evidence';
import { commandFor } from './finding-commands';
import { meanings } from './finding-words';
import type { HoverRow, HoverSection } from './hover';

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
    const doubt = finding.unverified ? ' (seen in one look only, so it may have passed already)' : '';
    return {
        message: `${title({ subject: subjectOf(topology, finding), count: finding.nodes.length })}${doubt}`,
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
    const { snapshot, gaps } = topology;
    return { schema: findingsSchema, takenAt: snapshot.takenAt, findings: findingsToJson(topology), gaps };
}

const findingsSchema = 'docker-runtime/findings@1';

/** What `findings` prints. */
export function findingsText(topology: Topology): string {
    if (topology.findings.length === 0) return 'Nothing is found wrong here.\n';
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
    return `${blocks.join('\n\n')}\n`;
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
