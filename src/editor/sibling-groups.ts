import type { NodeId, Topology } from '../topology/topology';

/** What a row of the tree stands for: a node, or a group of siblings. */
export type RowId = string;

/**
 * So many siblings stand as rows of their own; those that follow are put into groups of as many. The workbench's tree
 * fails at some 13,000 siblings, and nobody reads a thousand.
 */
export const mostSiblings = 500;

/** The rows below one; undefined stands for the root. */
export function rowsBelow(topology: Topology, row: RowId | undefined): RowId[] {
    const group = groupOf(row);
    if (group) return siblingsBelow(topology, group.parent).slice(group.start, group.start + mostSiblings);
    const siblings = siblingsBelow(topology, row);
    const rows = siblings.slice(0, mostSiblings);
    for (let start = mostSiblings; start < siblings.length; start += mostSiblings) {
        rows.push(idOf({ parent: row, start }));
    }
    return rows;
}

export function rowAbove(topology: Topology, row: RowId): RowId | undefined {
    const group = groupOf(row);
    if (group) return group.parent;
    const parent = topology.nodes.get(row)?.parent ?? undefined;
    const place = siblingsBelow(topology, parent).indexOf(row);
    return place < mostSiblings ? parent : idOf({ parent, start: place - (place % mostSiblings) });
}

/** `501 – 1,000 of 7,500`; undefined for a row that is no group, or not any more. */
export function labelOfGroup(topology: Topology, row: RowId): string | undefined {
    const group = groupOf(row);
    const { length } = group ? siblingsBelow(topology, group.parent) : [];
    if (!group || group.start >= length) return undefined;
    const numbers = [group.start + 1, Math.min(group.start + mostSiblings, length), length];
    const [first, last, all] = numbers.map((number) => number.toLocaleString('en'));
    return `${first} – ${last} of ${all}`;
}

function siblingsBelow({ nodes, roots }: Topology, parent: NodeId | undefined): readonly NodeId[] {
    return parent === undefined ? roots : (nodes.get(parent)?.children ?? []);
}

interface SiblingGroup {
    readonly parent: NodeId | undefined;
    /** The place of its first node among all siblings, from 0. */
    readonly start: number;
}

/** No node's id begins like this. */
function idOf({ parent, start }: SiblingGroup): RowId {
    return `siblings ${start} ${parent ?? ''}`;
}

function groupOf(row: RowId | undefined): SiblingGroup | undefined {
    const [, start, parent] = /^siblings (\d+) (.*)$/s.exec(row ?? '') ?? [];
    return start === undefined ? undefined : { start: Number(start), parent: parent === '' ? undefined : parent };
}
