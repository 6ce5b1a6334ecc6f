import type { Topology, TopologyNode } from '../topology/topology';
import { pidOf } from '../topology/lineage';
import { describe } from './describe';
import type { Hover } from './hover';

/** The tree as `ps axf` would draw it, with names: a pid column, then branches. `mark` stands before each line. */
export function topologyText(topology: Topology, mark: (node: TopologyNode | undefined) => string = () => ''): string {
    const width = widestOf([...topology.nodes.values()].map(pidColumn), 5);
    const lines = [`${mark(undefined)}${'PID'.padStart(width)}`];
    const pending = topology.roots.map((id) => ({ id, indent: '', branch: '', continued: '' })).reverse();
    for (let next = pending.pop(); next; next = pending.pop()) {
        const node = topology.nodes.get(next.id);
        if (!node) continue;
        const { indent, branch, continued } = next;
        lines.push(`${mark(node)}${pidColumn(node).padStart(width)}  ${indent}${branch}${line(topology, node)}`);
        // A chain of processes may be as long as somebody cares to make it, a line may not.
        const below = indent.length < widestIndent ? indent + continued : indent;
        for (const [index, id] of [...node.children.entries()].reverse()) {
            const isLast = index === node.children.length - 1;
            pending.push({ id, indent: below, branch: ' \\_ ', continued: isLast ? '    ' : ' |  ' });
        }
    }
    return lines.length === 1 ? '' : `${lines.join('\n')}\n`;
}

const widestIndent = 240;

/** What `explain` prints: the hover of the node, and how it is known. */
export function hoverText(hover: Hover): string {
    const lines = [hover.title, `  ${hover.purpose}`];
    for (const section of hover.sections) {
        lines.push('', section.title);
        const width = widestOf(section.rows.map(({ label }) => label));
        for (const { label, value, evidence } of section.rows) {
            lines.push(`  ${label.padEnd(width)}  ${value}`);
            for (const piece of evidence) lines.push(`  ${' '.repeat(width)}    known by ${piece}`);
        }
    }
    return `${lines.join('\n')}\n`;
}

/** Without spreading: Math.max takes some hundred thousand arguments at most, and a node may have more children. */
function widestOf(texts: readonly string[], least = 0): number {
    return texts.reduce((widest, text) => Math.max(widest, text.length), least);
}

function line(topology: Topology, node: TopologyNode): string {
    const { label, description } = describe(topology, node);
    // The column in front has the pid already.
    const rest = description.replace(/^pid \d+(?: · )?/, '');
    return rest === '' ? label : `${label} · ${rest}`;
}

function pidColumn(node: TopologyNode): string {
    return node.kind === 'container' ? '-' : String(pidOf(node) ?? '?');
}
