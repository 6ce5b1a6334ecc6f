/**
 * Where everything stands: one column for each depth, one row for each leaf, a parent beside its first child.
 *
 * The chain dockerd → containerd → shim → container → process so reads as one straight line, and a host with hundreds
 * of containers as a table of such lines. All lengths are in CSS pixels at scale 1.
 */
import { hierarchy, type HierarchyNode } from 'd3-hierarchy';
import type { Scene, SceneNode, Tone } from '../src/present/scene';
import type { NodeId } from '../src/topology/topology';
import { readable } from './readable';

export interface Layout {
    /** Parents before their children, in display order; only what no folded ancestor hides. */
    readonly items: readonly Item[];
    readonly byId: ReadonlyMap<NodeId, Item>;
    readonly width: number;
    readonly height: number;
    readonly sizes: Sizes;
}

export interface Item {
    readonly node: SceneNode;
    /** Place in `Layout.items`. */
    readonly index: number;
    readonly parent: Item | null;
    readonly children: readonly Item[];
    /** 0 for a root. */
    readonly depth: number;
    /** Among its siblings, from 1. */
    readonly position: number;
    readonly siblings: number;
    /** Left edge, and the middle of its row. */
    readonly x: number;
    readonly y: number;
    /** The row of the last leaf beneath it. */
    readonly lastRow: number;
    readonly width: number;
    /** Cut to the width. */
    readonly label: string;
    readonly description: string;
    readonly foldable: boolean;
    /** How many nodes are folded away beneath it; 0 when unfolded. */
    readonly hidden: number;
    /** Its own, or that of what is folded away beneath it, if that is worse. */
    readonly tone: Tone;
}

/** What the text needs, in the font that the page really has. */
export interface Metrics {
    readonly fontSize: number;
    readonly labelWidth: (text: string) => number;
    readonly descriptionWidth: (text: string) => number;
}

export interface Sizes {
    readonly row: number;
    readonly cardHeight: number;
    readonly icon: number;
    readonly padding: number;
    /** Between two columns: room for the links. */
    readonly gap: number;
    /** Between rows, besides, where one parent's children end and another's begin. */
    readonly family: number;
}

/** Longer texts are cut before they are measured. */
const longestText = 200;

export function sizesFor(fontSize: number): Sizes {
    return {
        row: Math.round(fontSize * 3.4),
        cardHeight: Math.round(fontSize * 2.9),
        icon: Math.round(fontSize * 1.25),
        padding: Math.round(fontSize * 0.65),
        gap: Math.round(fontSize * 3.4),
        family: Math.round(fontSize * 0.5),
    };
}

export function layOut(scene: Scene, folded: ReadonlySet<NodeId>, metrics: Metrics): Layout {
    const sizes = sizesFor(metrics.fontSize);
    const top = hierarchy(forest(scene), (branch) =>
        branch.node && folded.has(branch.node.id) ? [] : branch.children,
    );

    const columns = columnsOf(top, metrics, sizes);
    const items: MutableItem[] = [];
    const byId = new Map<NodeId, Item>();
    const itemOf = new Map<HierarchyNode<Branch>, MutableItem>();
    let bottom = 0;
    let lastLeaf: HierarchyNode<Branch> | null = null;
    top.eachBefore((place) => {
        const { node, children, position, size, worst } = place.data;
        if (!node) {
            return;
        }
        const startsFamily = position > 1 && (place.children || lastLeaf?.parent !== place.parent);
        bottom += startsFamily ? sizes.family : 0;
        const column = columns[place.depth - 1] ?? { x: 0, width: 0 };
        const room = column.width - textInset(sizes);
        const parent = (place.parent && itemOf.get(place.parent)) ?? null;
        const item: MutableItem = {
            node,
            index: items.length,
            parent,
            children: [],
            depth: place.depth - 1,
            position,
            siblings: place.parent?.data.children.length ?? 1,
            x: column.x,
            y: bottom + sizes.row / 2,
            lastRow: bottom + sizes.row / 2,
            width: column.width,
            label: cutToWidth(readable(node.label, longestText), room, metrics.labelWidth),
            description: cutToWidth(readable(node.description, longestText), room, metrics.descriptionWidth),
            foldable: children.length > 0,
            hidden: place.children ? 0 : size - 1,
            tone: place.children ? node.tone : worseOf(node.tone, worst),
        };
        parent?.children.push(item);
        items.push(item);
        itemOf.set(place, item);
        byId.set(node.id, item);
        if (!place.children) {
            bottom += sizes.row;
            for (let reached = parent; reached; reached = reached.parent) {
                reached.lastRow = item.y;
            }
            lastLeaf = place;
        }
    });

    const last = columns.at(-1);
    return { items, byId, width: last ? last.x + last.width : 0, height: bottom, sizes };
}

interface MutableItem extends Item {
    readonly parent: MutableItem | null;
    readonly children: Item[];
    lastRow: number;
}

/** Left of the text: padding, icon, padding; right of it: padding. */
export function textInset(sizes: Sizes): number {
    return sizes.icon + sizes.padding * 3;
}

interface Branch {
    /** Null for what holds the roots together. */
    readonly node: SceneNode | null;
    readonly parent: Branch | null;
    readonly children: Branch[];
    /** Among its siblings, from 1. */
    readonly position: number;
    /** How many nodes it is, with all beneath it. */
    size: number;
    /** The worst tone of all these. */
    worst: Tone;
}

/** A node whose parent is not there, or has not come before it, is a root: better drawn than lost. */
function forest(scene: Scene): Branch {
    const top: Branch = { node: null, parent: null, children: [], position: 1, size: 1, worst: 'normal' };
    const branches = new Map<NodeId, Branch>();
    for (const node of scene.nodes) {
        if (branches.has(node.id)) {
            continue;
        }
        const parent = (node.parent !== null && branches.get(node.parent)) || top;
        const position = parent.children.length + 1;
        const branch: Branch = { node, parent, children: [], position, size: 1, worst: node.tone };
        parent.children.push(branch);
        branches.set(node.id, branch);
    }
    for (const { parent, size, worst } of [...branches.values()].reverse()) {
        if (parent) {
            parent.size += size;
            parent.worst = worseOf(parent.worst, worst);
        }
    }
    return top;
}

/** A muted or normal node stays what it is, unless something is wrong beneath it. */
function worseOf(tone: Tone, other: Tone): Tone {
    return other === 'error' || (other === 'warning' && tone !== 'error') ? other : tone;
}

interface Column {
    readonly x: number;
    readonly width: number;
}

/** Every card of a column is as wide as its widest text wants, within limits. */
function columnsOf(top: HierarchyNode<Branch>, metrics: Metrics, sizes: Sizes): readonly Column[] {
    const widths: number[] = [];
    top.each(({ data: { node }, depth }) => {
        if (node) {
            const text = Math.max(
                metrics.labelWidth(readable(node.label, longestText)),
                metrics.descriptionWidth(readable(node.description, longestText)),
            );
            widths[depth - 1] = Math.max(widths[depth - 1] ?? 0, text);
        }
    });
    let x = 0;
    return widths.map((text) => {
        const wanted = Math.ceil(text) + textInset(sizes);
        const width = Math.min(Math.max(wanted, metrics.fontSize * 9), metrics.fontSize * 20);
        const column = { x, width };
        x += width + sizes.gap;
        return column;
    });
}

/** The longest beginning that fits, with an ellipsis that says that there is more. */
export function cutToWidth(text: string, width: number, measure: (text: string) => number): string {
    if (measure(text) <= width) {
        return text;
    }
    const characters = [...text];
    let fits = 0;
    let tooLong = characters.length;
    while (tooLong - fits > 1) {
        const middle = (fits + tooLong) >> 1;
        if (measure(`${characters.slice(0, middle).join('')}…`) <= width) {
            fits = middle;
        } else {
            tooLong = middle;
        }
    }
    return `${characters.slice(0, fits).join('').trimEnd()}…`;
}
