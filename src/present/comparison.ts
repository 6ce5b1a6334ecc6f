import type { Snapshot } from '../model/snapshot';
import type { Comparison, Doubt, Look, Pair } from '../topology/comparison';
import { restrictTo, withAncestors } from '../topology/restrict';
import type { NodeId, Topology, TopologyNode } from '../topology/topology';
import { describe } from './describe';
import { lineageLine } from './hover';
import { nodeToJson } from './json';
import { age, moment } from './moments';
import { visible } from './plain-text';
import { topologyText } from './text';

/** The whole comparison to be read, in the terminal as in the editor. */
export function comparisonText(comparison: Comparison): string {
    const { before, after, appeared, gone, moved, changed, doubts } = comparison;
    const sections = [
        section('Appeared', appeared.length, () => markedTree(after, appeared, '+')),
        section('Gone', gone.length, () => markedTree(before, gone, '-')),
        section('Moved', moved.length, () => moved.map((pair) => movedText(comparison, pair)).join('')),
        section('Changed', changed.length, () => changed.map((change) => changedText(after, change)).join('')),
    ];
    const notes = doubts.map((doubt) => `Note: ${doubtWords(doubt)}\n`).join('');
    const nothing = 'Nothing appeared, went, moved or changed.\n';
    return [titleOf(comparison), notes, ...sections, sections.every((text) => text === '') ? nothing : '']
        .filter((text) => text !== '')
        .join('\n');
}

/** The name and version of the format; it may gain fields, and these stay. */
const comparisonSchema = 'docker-runtime/comparison@1';

/** For tools. A node that appeared or is gone is told whole, as in the topology's JSON; ids are those of its own look. */
export function comparisonToJson(comparison: Comparison): Readonly<Record<string, unknown>> {
    const { before, after, appeared, gone, moved, changed, doubts } = comparison;
    return {
        schema: comparisonSchema,
        before: lookToJson(before.snapshot),
        after: lookToJson(after.snapshot),
        appeared: appeared.map((node) => nodeToJson(after, node)),
        gone: gone.map((node) => nodeToJson(before, node)),
        moved: moved.map((pair) => ({ ...idsOf(pair), from: pair.before.parent, to: pair.after.parent })),
        changed: changed.map((change) => ({ ...idsOf(change), aspects: change.aspects })),
        doubts: doubts.map((doubt) => ({
            kind: doubt.kind,
            ...('look' in doubt && { look: doubt.look }),
            ...('engine' in doubt && { endpoint: doubt.engine.endpoint ?? null }),
            message: doubtWords(doubt),
        })),
    };
}

function idsOf({ before, after }: Pair): { readonly before: NodeId; readonly after: NodeId } {
    return { before: before.id, after: after.id };
}

function lookToJson({ takenAt, host }: Snapshot) {
    return { takenAt, hostname: host.hostname ?? null, bootId: host.bootId ?? null };
}

function titleOf({ before, after }: Comparison): string {
    const [one, other] = [before, after].map(({ snapshot }) => Date.parse(snapshot.takenAt)) as [number, number];
    const relation = other < one ? 'earlier' : 'later';
    return [
        `Before: ${hostName(before.snapshot)}, ${moment(one)}`,
        `After:  ${hostName(after.snapshot)}, ${moment(other)}, ${age(Math.abs(other - one))} ${relation}\n`,
    ].join('\n');
}

function hostName({ host }: Snapshot): string {
    return host.hostname === undefined ? 'a host without a name' : visible(host.hostname, 64);
}

function section(title: string, count: number, text: () => string): string {
    return count === 0 ? '' : `${title}: ${String(count)}\n${text()}`;
}

/** Each node where it stands, below what is above it; that has no mark. */
function markedTree(topology: Topology, nodes: readonly TopologyNode[], mark: string): string {
    const marked = new Set(nodes.map(({ id }) => id));
    const shown = restrictTo(topology, withAncestors(topology, marked));
    return topologyText(shown, (node) => (node && marked.has(node.id) ? `${mark} ` : '  '));
}

function movedText({ before, after }: Comparison, pair: Pair): string {
    return [
        `  ${nameOf(after, pair.after)}\n`,
        `      from  ${placeWords(before, pair.before)}\n`,
        `      to    ${placeWords(after, pair.after)}\n`,
    ].join('');
}

function placeWords(topology: Topology, { parent }: TopologyNode): string {
    const node = parent === null ? undefined : topology.nodes.get(parent);
    return node ? lineageLine(topology, node) : 'the top: nobody is known to be above it';
}

function changedText(after: Topology, change: Comparison['changed'][number]): string {
    const width = Math.max(...change.aspects.map(({ aspect }) => aspect.length));
    const lines = change.aspects.map((one) => {
        return `      ${one.aspect.padEnd(width)}  ${visible(one.before)} → ${visible(one.after)}\n`;
    });
    return `  ${nameOf(after, change.after)}\n${lines.join('')}`;
}

function nameOf(topology: Topology, node: TopologyNode): string {
    const { label, description } = describe(topology, node);
    return description === '' ? label : `${label} · ${description}`;
}

function doubtWords(doubt: Doubt): string {
    switch (doubt.kind) {
        case 'other-boot':
            return 'the two are from different boots (or hosts), so no process of the one is a process of the other.';
        case 'other-pid-namespace':
            return 'the two were taken in different pid namespaces, so no process can be followed from one to the other.';
        case 'unknown-boot':
            return 'which boot they are from is not known: processes are followed by pid and start time alone.';
        case 'other-user':
            return 'the two were taken by different users: what only one of them may see is missing from the other.';
        case 'redacted':
            return 'arguments were left out of a recording, so commands are not compared.';
        case 'processes-not-seen':
            return `${lookWords(doubt.look)} not every process could be seen: what is missing there may have run all the same.`;
        case 'engine-not-heard': {
            const engine = visible(doubt.engine.endpoint ?? doubt.engine.foundBy);
            return `${lookWords(doubt.look)} ${engine} was not heard: what only it tells of is missing there, or old.`;
        }
    }
}

function lookWords(look: Look): string {
    return look === 'before' ? 'in the look before,' : 'in the look after,';
}
