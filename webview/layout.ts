/**
 * Where everything stands: one column for each depth, one row for each leaf, a parent beside its first child.
 *
 * The chain dockerd → containerd → shim → container → process so reads as one straight line, and a host with hundreds
 * of containers as a table of such lines. All lengths are in CSS pixels at scale 1.
 */
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
    readonly metrics: Metrics;
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

function sizesFor(fontSize: number): Sizes {
    return {
        row: Math.round(fontSize * 3.4),
        cardHeight: Math.round(fontSize * 2.9),
        icon: Math.round(fontSize * 1.25),
        padding: Math.round(fontSize * 0.65),
        gap: Math.round(fontSize * 3.4),
        family: Math.round(fontSize * 0.5),
    };
}

export function layOut({ nodes }: Scene, folded: ReadonlySet<NodeId>, metrics: Metrics): Layout {
    const sizes = sizesFor(metrics.fontSize);
    const items: MutableItem[] = [];
    const byId = new Map<NodeId, MutableItem>();
    /** From a root down to the node before, each with the item that stands for it: what is folded away has its own not. */
    const path: { readonly id: NodeId; readonly item: MutableItem; readonly isClosed: boolean }[] = [];
    let roots = 0;
    let bottom = 0;
    let lastLeaf: Item | null = null;
    nodes.forEach((node, index) => {
        if (byId.has(node.id)) {
            return;
        }
        while (path.length > 0 && path.at(-1)?.id !== node.parent) {
            path.pop();
        }
        const above = path.at(-1);
        if (above?.isClosed) {
            above.item.hidden++;
            above.item.tone = worseOf(above.item.tone, node.tone);
            path.push({ id: node.id, item: above.item, isClosed: true });
            return;
        }
        const parent = above?.item ?? null;
        const position = parent ? parent.children.length + 1 : ++roots;
        const item: MutableItem = {
            node,
            index: items.length,
            parent,
            children: [],
            depth: path.length,
            position,
            siblings: 0,
            x: 0,
            y: 0,
            lastRow: 0,
            width: 0,
            foldable: false,
            hidden: 0,
            tone: node.tone,
        };
        parent?.children.push(item);
        items.push(item);
        byId.set(node.id, item);
        const next = nodes[index + 1];
        item.foldable = next?.parent === node.id && !byId.has(next.id);
        const isClosed = folded.has(node.id);
        path.push({ id: node.id, item, isClosed });

        const isLeaf = !item.foldable || isClosed;
        bottom += position > 1 && (!isLeaf || lastLeaf?.parent !== parent) ? sizes.family : 0;
        item.y = bottom + sizes.row / 2;
        if (isLeaf) {
            bottom += sizes.row;
            for (let reached: MutableItem | null = item; reached; reached = reached.parent) {
                reached.lastRow = item.y;
            }
            lastLeaf = item;
        }
    });

    const columns = columnsOf(items, metrics, sizes);
    for (const item of items) {
        const { x, width } = columns[item.depth] ?? { x: 0, width: 0 };
        item.x = x;
        item.width = width;
        item.siblings = item.parent?.children.length ?? roots;
    }
    const last = columns.at(-1);
    return { items, byId, width: last ? last.x + last.width : 0, height: bottom, sizes, metrics };
}

type MutableItem = { -readonly [Key in keyof Item]: Item[Key] } & {
    readonly parent: MutableItem | null;
    readonly children: Item[];
};

/** Left of the text: padding, icon, padding; right of it: padding. */
function textInset(sizes: Sizes): number {
    return sizes.icon + sizes.padding * 3;
}

/** Both lines of an item, cut to its width: for what is on the screen, since most items never are. */
export function textsOf(
    item: Item,
    { metrics, sizes }: Layout,
): { readonly label: string; readonly description: string } {
    const room = item.width - textInset(sizes);
    return {
        label: cutToWidth(readable(item.node.label, longestText), room, metrics.labelWidth),
        description: cutToWidth(readable(item.node.description, longestText), room, metrics.descriptionWidth),
    };
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
function columnsOf(items: readonly Item[], metrics: Metrics, sizes: Sizes): readonly Column[] {
    const labels: LongestTexts[] = [];
    const descriptions: LongestTexts[] = [];
    for (const { node, depth } of items) {
        collect((labels[depth] ??= { length: 0, texts: [] }), node.label);
        collect((descriptions[depth] ??= { length: 0, texts: [] }), node.description);
    }
    let x = 0;
    return labels.map(({ texts }, depth) => {
        const wanted = Math.max(
            ...texts.map(metrics.labelWidth),
            ...(descriptions[depth]?.texts.map(metrics.descriptionWidth) ?? []),
        );
        // A shorter text of wider letters may want a letter more.
        const spare = metrics.fontSize / 2;
        const width = clamp(Math.ceil(wanted + spare) + textInset(sizes), metrics.fontSize * 9, metrics.fontSize * 20);
        const column = { x, width };
        x += width + sizes.gap;
        return column;
    });
}

/** Some of those with the most characters: measuring all texts of a large host takes longer than drawing it. */
interface LongestTexts {
    length: number;
    texts: string[];
}

const mostMeasured = 16;

function collect(longest: LongestTexts, text: string): void {
    const length = Math.min(text.length, longestText);
    if (length < longest.length || (length === longest.length && longest.texts.length >= mostMeasured)) {
        return;
    }
    if (length > longest.length) {
        longest.length = length;
        longest.texts = [];
    }
    longest.texts.push(text.slice(0, longestText));
}

export function clamp(value: number, low: number, high: number): number {
    return Math.min(Math.max(value, low), high);
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
