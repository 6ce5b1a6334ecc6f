import type { Topology, TopologyNode } from '../topology/topology';
import { describe } from './describe';

/**
 * A Mermaid flowchart: solid arrows where the kernel says so, dotted where a daemon is responsible.
 * Texts are strangers': Mermaid renders HTML in labels, so everything that could be markup becomes a number entity.
 */
export function topologyMermaid(topology: Topology): string {
    const names = numbered(topology);
    const lines = ['flowchart LR'];
    for (const node of topology.nodes.values())
        lines.push(`  ${names(node.id)}["${mermaidText(words(topology, node))}"]`);
    for (const { id, parent, link } of topology.nodes.values()) {
        if (parent !== null && link)
            lines.push(`  ${names(parent)} ${link.kind === 'managed' ? '-.->' : '-->'}|${link.kind}| ${names(id)}`);
    }
    return `${lines.join('\n')}\n`;
}

/** A Graphviz digraph, with the same meaning of solid and dashed. */
export function topologyDot(topology: Topology): string {
    const names = numbered(topology);
    const lines = ['digraph runtime {', '  rankdir=LR;', '  node [shape=box];'];
    for (const node of topology.nodes.values())
        lines.push(`  ${names(node.id)} [label="${dotText(words(topology, node))}"];`);
    for (const { id, parent, link } of topology.nodes.values()) {
        if (parent === null || !link) continue;
        const style = link.kind === 'managed' ? ', style=dashed' : '';
        lines.push(`  ${names(parent)} -> ${names(id)} [label="${link.kind}"${style}];`);
    }
    return `${lines.join('\n')}\n}\n`;
}

function words(topology: Topology, node: TopologyNode): readonly [string, string] {
    const { label, description } = describe(topology, node);
    return [label, description];
}

function numbered(topology: Topology): (id: string) => string {
    const names = new Map([...topology.nodes.keys()].map((id, index) => [id, `n${String(index)}`]));
    return (id) => names.get(id) ?? '';
}

function mermaidText([label, description]: readonly [string, string]): string {
    const escape = (text: string) =>
        text.replace(/[^\p{L}\p{N} .,:/_·@-]/gu, (character) => `#${String(character.codePointAt(0) ?? 0)};`);
    return `${escape(label)}<br/>${escape(description)}`;
}

function dotText([label, description]: readonly [string, string]): string {
    const escape = (text: string) => text.replace(/[\\"]/g, String.raw`\$&`);
    return `${escape(label)}\\n${escape(description)}`;
}
