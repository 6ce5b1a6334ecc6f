import type { NodeId, Topology, TopologyNode } from '../topology/topology';
import { pidOf } from '../topology/lineage';
import { describe } from './describe';
import type { Hover } from './hover';

/** The tree as `ps axf` would draw it, with names: a pid column, then branches. */
export function topologyText(topology: Topology): string {
    const width = Math.max(5, ...[...topology.nodes.values()].map((node) => String(pidColumn(node)).length));
    const lines = [`${'PID'.padStart(width)}`];
    const draw = (id: NodeId, indent: string, isLast: boolean | undefined): void => {
        const node = topology.nodes.get(id);
        if (!node) return;
        const branch = isLast === undefined ? '' : ' \\_ ';
        lines.push(`${pidColumn(node).padStart(width)}  ${indent}${branch}${line(topology, node)}`);
        const below = isLast === undefined ? indent : `${indent}${isLast ? '    ' : ' |  '}`;
        node.children.forEach((child, index) => {
            draw(child, below, index === node.children.length - 1);
        });
    };
    for (const root of topology.roots) draw(root, '', undefined);
    return lines.length === 1 ? '' : `${lines.join('\n')}\n`;
}

/** What `explain` prints: the hover of the node, and how it is known. */
export function hoverText(hover: Hover): string {
    const lines = [hover.title, `  ${hover.purpose}`];
    for (const section of hover.sections) {
        lines.push('', section.title);
        const width = Math.max(...section.rows.map(({ label }) => label.length));
        for (const { label, value, evidence } of section.rows) {
            lines.push(`  ${label.padEnd(width)}  ${value}`);
            for (const piece of evidence) lines.push(`  ${' '.repeat(width)}    known by ${piece}`);
        }
    }
    return `${lines.join('\n')}\n`;
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
