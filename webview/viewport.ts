/** What is on the screen: only that is drawn, so that five thousand nodes cost what fifty do. */
import type { NodeId } from '../src/topology/topology';
import { clamp, type Item, type Layout } from './layout';

/** From the picture's coordinates to the window's: `window = picture * k + (x, y)`. */
export interface View {
    readonly x: number;
    readonly y: number;
    readonly k: number;
}

export interface Size {
    readonly width: number;
    readonly height: number;
}

export interface Shown {
    readonly items: readonly Placed[];
    readonly links: readonly PlacedLink[];
}

/** An item, at the height where it stands now. */
export interface Placed {
    readonly item: Item;
    readonly y: number;
}

export interface PlacedLink {
    readonly parent: Placed;
    readonly child: Placed;
}

/** The range of scales; below `overview`, text would be dust, and cards are drawn as plain shapes. */
export const scales = { smallest: 0.005, overview: 0.4, largest: 2.5 } as const;

/**
 * What the window shows, and `kept` in any case (a screen reader must find the active item in the document).
 *
 * A node whose descendants reach further down than the window's top stays at the top, beside them, as a heading does:
 * whatever part of a long list is on the screen, its daemon is too. Nothing else can stand there: every row that
 * it passes belongs to its own descendants.
 */
export function shownIn(layout: Layout, view: View, size: Size, kept: ReadonlySet<NodeId>): Shown {
    const { cardHeight, row } = layout.sizes;
    const left = -view.x / view.k;
    const top = -view.y / view.k;
    const right = left + size.width / view.k;
    const bottom = top + size.height / view.k;
    const place = (item: Item): Placed => ({ item, y: stickyRow(item, top + row / 2) });

    const items: Placed[] = [];
    const links: PlacedLink[] = [];
    for (const item of layout.items) {
        const placed = place(item);
        const inRows = placed.y + cardHeight / 2 >= top && placed.y - cardHeight / 2 <= bottom;
        if ((inRows && item.x <= right && item.x + item.width >= left) || kept.has(item.node.id)) {
            items.push(placed);
        }
        const firstChild = item.children[0];
        if (inRows && firstChild && item.x + item.width <= right && firstChild.x >= left) {
            for (const link of linksInRows(placed, top, bottom, place)) links.push(link);
        }
    }
    return { items, links };
}

/**
 * To the children on the screen, and to the nearest one on either side: the further ones run along the same line.
 * A link ends soon after it has left the window: a dashed line of a million pixels takes seconds to paint.
 */
function linksInRows(parent: Placed, top: number, bottom: number, place: (item: Item) => Placed): PlacedLink[] {
    const { children } = parent.item;
    const firstBelowTop = children.findIndex((child) => child.lastRow >= top);
    const firstBelowBottom = children.findIndex((child) => child.y > bottom);
    const from = firstBelowTop < 0 ? children.length - 1 : Math.max(firstBelowTop - 1, 0);
    const to = firstBelowBottom < 0 ? children.length : firstBelowBottom + 1;
    const margin = bottom - top;
    return children.slice(from, to).map((child) => {
        const { item, y } = place(child);
        return { parent, child: { item, y: clamp(y, top - margin, bottom + margin) } };
    });
}

function stickyRow(item: Item, top: number): number {
    return Math.min(Math.max(item.y, top), item.lastRow);
}

const margin = 24;

/** The whole picture in the window, as long as anything could be recognised. */
export function fitAll(layout: Layout, size: Size): View {
    const k = clamp(
        Math.min((size.width - margin * 2) / layout.width, (size.height - margin * 2) / layout.height),
        scales.smallest,
        1,
    );
    return placedTopLeft(layout, size, k);
}

/** Below this, the second line of a card is less than 8.5 pixels high at the usual size of text: an effort to read. */
const smallestToRead = 0.75;

/**
 * The whole picture when it can be read so, else its beginning, from daemon to process as far as the width allows: who
 * wants to see the rest pulls it in, or asks for all of it.
 */
export function firstView(layout: Layout, size: Size): View {
    const whole = fitAll(layout, size);
    if (whole.k >= smallestToRead) {
        return whole;
    }
    return placedTopLeft(layout, size, clamp((size.width - margin * 2) / layout.width, smallestToRead, 1));
}

/** In the middle where there is room to spare. */
function placedTopLeft(layout: Layout, size: Size, k: number): View {
    const spare = (room: number, needed: number): number => Math.max((room - needed * k) / 2, margin);
    return { k, x: spare(size.width, layout.width), y: Math.min(spare(size.height, layout.height), margin * 2) };
}

/** A node with everything beneath it, no larger than life. */
export function fitItem(layout: Layout, item: Item, size: Size): View {
    const width = rightEdge(layout, item) - item.x;
    const height = item.lastRow - item.y + layout.sizes.row;
    const k = clamp(
        Math.min((size.width - margin * 2) / width, (size.height - margin * 2) / height),
        scales.overview,
        1.25,
    );
    return {
        k,
        x: Math.max((size.width - width * k) / 2, margin) - item.x * k,
        y: Math.max((size.height - height * k) / 2, margin) - (item.y - layout.sizes.row / 2) * k,
    };
}

/** The same view, moved just as far as it takes to see the item whole; the same object when it is seen already. */
export function bringIntoView(layout: Layout, item: Item, view: View, size: Size): View {
    const k = Math.max(view.k, scales.overview);
    const half = layout.sizes.row / 2;
    const x = moved(view.x, item.x * k, (item.x + item.width) * k, size.width);
    const sticky = stickyRow(item, -view.y / view.k + half);
    const y =
        sticky === item.y || k !== view.k
            ? moved(view.y, (item.y - half) * k, (item.y + half) * k, size.height)
            : view.y;
    return x === view.x && y === view.y && k === view.k ? view : { x, y, k };
}

/** The offset that brings `from`…`to` within a window of this length. */
function moved(offset: number, from: number, to: number, length: number): number {
    if (to + offset > length - margin) {
        offset = length - margin - to;
    }
    return from + offset < margin ? margin - from : offset;
}

/** Of the item and its descendants: these follow it, and stand deeper. */
function rightEdge(layout: Layout, item: Item): number {
    let right = item.x + item.width;
    for (let index = item.index + 1; (layout.items[index]?.depth ?? 0) > item.depth; index++) {
        const { x, width } = layout.items[index] ?? item;
        right = Math.max(right, x + width);
    }
    return right;
}
