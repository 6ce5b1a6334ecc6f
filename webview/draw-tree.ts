/** The picture itself, as SVG. Text goes in as text; places go in as attributes, which the policy allows. */
import { nothing, svg, type SVGTemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { NodeId } from '../src/topology/topology';
import { iconOf, markOf } from './icons';
import { textsOf, type Item, type Layout, type Sizes } from './layout';
import { linkWords } from './details';
import { readable } from './readable';
import { scales, type Placed, type PlacedLink, type Shown, type View } from './viewport';

export interface Picture {
    readonly layout: Layout;
    readonly shown: Shown;
    readonly view: View;
    readonly selection: NodeId | null;
    readonly active: NodeId | null;
    readonly matches: ReadonlySet<NodeId>;
    readonly onPress: (item: Item) => void;
    readonly onFold: (item: Item) => void;
}

/** The id in the document of an item, for aria-activedescendant. */
export function elementId(item: Item): string {
    return `item-${item.index}`;
}

export function drawTree(picture: Picture): SVGTemplateResult {
    const { shown, view } = picture;
    const far = view.k < scales.overview;
    const near = far ? shown.items.filter(({ item }) => item.node.id === picture.active) : shown.items;
    return svg`<g role="none" transform=${`translate(${view.x},${view.y}) scale(${view.k})`}>
        ${
            far
                ? drawFromAfar(picture)
                : svg`<g aria-hidden="true">${repeat(
                      shown.links,
                      ({ child }) => child.item.node.id,
                      (link) => drawLink(link, picture.layout.sizes),
                  )}</g>`
        }
        ${repeat(
            near,
            ({ item }) => item.node.id,
            (placed) => drawItem(placed, picture),
        )}
    </g>`;
}

function drawItem({ item, y }: Placed, picture: Picture): SVGTemplateResult {
    const { node } = item;
    const { sizes } = picture.layout;
    const { cardHeight, icon, padding } = sizes;
    const classes = [
        'node',
        node.icon,
        `tone-${item.tone}`,
        node.id === picture.selection ? 'selected' : '',
        node.id === picture.active ? 'active' : '',
        picture.matches.has(node.id) ? 'match' : '',
    ];
    const { label, description } = textsOf(item, picture.layout);
    const text = padding * 2 + icon;
    return svg`<g
        id=${elementId(item)}
        class=${classes.join(' ')}
        role="treeitem"
        aria-level=${item.depth + 1}
        aria-posinset=${item.position}
        aria-setsize=${item.siblings}
        aria-selected=${node.id === picture.selection}
        aria-expanded=${item.foldable ? item.hidden === 0 : nothing}
        aria-label=${spoken(item)}
        transform=${`translate(${item.x},${y - cardHeight / 2})`}
        @click=${() => picture.onPress(item)}
        @dblclick=${() => item.foldable && picture.onFold(item)}
    >
        <g aria-hidden="true">
            <title>${spoken(item)}</title>
            <rect class="card" width=${item.width} height=${cardHeight} rx="5"></rect>
            <g transform=${`translate(${padding},${(cardHeight - icon) / 2}) scale(${icon / 16})`}>${iconOf(node.icon)}</g>
            <text class="label" x=${text} y=${description ? cardHeight * 0.42 : cardHeight * 0.61}>${label}</text>
            <text class="description" x=${text} y=${cardHeight * 0.78}>${description}</text>
            ${drawMark(item, sizes)}
            ${item.foldable ? drawFold(item, picture) : nothing}
        </g>
    </g>`;
}

function spoken({ node, hidden, tone }: Item): string {
    const worse = tone === node.tone ? '' : `, with ${tone === 'error' ? 'an error' : 'a warning'}`;
    return readable(node.accessibleLabel, longestSpoken) + (hidden ? `; ${hidden} folded beneath it${worse}` : '');
}

/** On the corner of the card, where it hides no text. */
function drawMark({ tone, width }: Item, { icon }: Sizes): SVGTemplateResult | undefined {
    const mark = markOf(tone);
    return (
        mark && svg`<g transform=${`translate(${width - icon * 0.75},${-icon * 0.4}) scale(${icon / 16})`}>${mark}</g>`
    );
}

function drawFold(item: Item, picture: Picture): SVGTemplateResult {
    const { cardHeight, padding } = picture.layout.sizes;
    const text = item.hidden ? `+${item.hidden}` : '−';
    const width = padding * (1 + 0.85 * text.length);
    const pressed = (event: Event): void => {
        event.stopPropagation();
        picture.onFold(item);
    };
    return svg`<g
        class=${item.hidden ? 'fold folded' : 'fold'}
        transform=${`translate(${item.width - (item.hidden ? padding : width / 2)},${cardHeight / 2})`}
        @click=${pressed}
        @dblclick=${(event: Event) => event.stopPropagation()}
    >
        <rect y=${-padding} width=${width} height=${padding * 2} rx=${padding}></rect>
        <text x=${width / 2} dy="0.35em">${text}</text>
    </g>`;
}

function drawLink({ parent, child }: PlacedLink, sizes: Sizes): SVGTemplateResult {
    const link = child.item.node.link;
    const path = elbow(parent.item.x + parent.item.width, parent.y, child.item.x, child.y, sizes);
    const known = link ? [linkWords[link.kind], ...link.evidence].map((line) => readable(line, longestSpoken)) : [];
    // The wide, unseen path beneath is for the pointer: nobody hits a line of one pixel.
    return svg`<g class=${`link ${link?.kind ?? 'spawned'}`}>
        <title>${known.join('\n')}</title>
        <path class="reach" d=${path}></path>
        <path class="line" d=${path}></path>
    </g>`;
}

/** Out of the parent, along one line that all its children share, into the child. */
function elbow(fromX: number, fromY: number, toX: number, toY: number, { gap }: Sizes): string {
    if (Math.abs(toY - fromY) < 0.5) {
        return `M${fromX},${fromY}H${toX}`;
    }
    const bus = toX - gap / 2;
    const radius = Math.min(gap / 4, Math.abs(toY - fromY) / 2);
    const down = Math.sign(toY - fromY) * radius;
    return `M${fromX},${fromY}H${bus - radius}q${radius},0 ${radius},${down}V${toY - down}q0,${down} ${radius},${down}H${toX}`;
}

/** Thousands of cards as a few shapes: one for each tone, one for each kind of link. */
function drawFromAfar({ layout, shown, view, selection, matches, onPress }: Picture): SVGTemplateResult {
    const { cardHeight } = layout.sizes;
    const cards = new Map<string, string[]>();
    for (const { item, y } of shown.items) {
        const { tone, node } = item;
        const { id } = node;
        const look = id === selection ? 'selected' : matches.has(id) ? 'match' : `tone-${tone}`;
        add(cards, look, `M${item.x},${y - cardHeight / 2}h${item.width}v${cardHeight}h${-item.width}z`);
    }
    const links = new Map<string, string[]>();
    for (const { parent, child } of shown.links) {
        const path = elbow(parent.item.x + parent.item.width, parent.y, child.item.x, child.y, layout.sizes);
        add(links, child.item.node.link?.kind ?? 'spawned', path);
    }
    const pressed = (event: MouseEvent): void => {
        const box = (event.currentTarget as SVGElement).ownerSVGElement?.getBoundingClientRect();
        const x = (event.clientX - (box?.left ?? 0) - view.x) / view.k;
        const y = (event.clientY - (box?.top ?? 0) - view.y) / view.k;
        const pressedItem = shown.items.find((placed) => covers(placed, x, y, cardHeight))?.item;
        if (pressedItem) {
            onPress(pressedItem);
        }
    };
    return svg`<g class="afar" aria-hidden="true" @click=${pressed}>
        ${[...links].map(([kind, paths]) => svg`<path class=${`link ${kind}`} d=${paths.join('')}></path>`)}
        ${[...cards].map(([look, shapes]) => svg`<path class=${`cards ${look}`} d=${shapes.join('')}></path>`)}
    </g>`;
}

function covers({ item, y: middle }: Placed, x: number, y: number, height: number): boolean {
    return x >= item.x && x <= item.x + item.width && Math.abs(y - middle) <= height / 2;
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
    const list = lists.get(key);
    if (list) {
        list.push(value);
    } else {
        lists.set(key, [value]);
    }
}

/** In characters: a screen reader reads all of it. */
const longestSpoken = 1000;
