/** The whole page, from the state: notices, controls, the picture, details, legend. */
import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { guard } from 'lit-html/directives/guard.js';
import type { Scene } from '../src/present/scene';
import type { NodeId, Order } from '../src/topology/topology';
import { drawDetails, drawLegend } from './details';
import { drawTree, elementId } from './draw-tree';
import { toolDrawings } from './icons';
import type { Item, Layout } from './layout';
import { readable } from './readable';
import type { PageState } from './state';
import { button, dropdown, textField } from './toolkit';
import type { Shown } from './viewport';

/** What the person can do. */
export interface Actions {
    readonly refresh: () => void;
    readonly order: (order: Order) => void;
    readonly zoomIn: () => void;
    readonly zoomOut: () => void;
    readonly fit: () => void;
    readonly fitSelection: () => void;
    readonly foldContainers: () => void;
    readonly unfoldAll: () => void;
    readonly query: (query: string) => void;
    /** To the next match, or, with -1, to the one before. */
    readonly nextMatch: (direction: 1 | -1) => void;
    readonly leaveSearch: () => void;
    readonly key: (event: KeyboardEvent) => void;
    readonly press: (item: Item) => void;
    readonly fold: (item: Item) => void;
    readonly focus: () => void;
}

export interface Drawing {
    readonly state: PageState;
    readonly layout: Layout | null;
    readonly shown: Shown;
    readonly matches: readonly NodeId[];
}

export const searchFieldName = 'search';

export function drawPage(drawing: Drawing, actions: Actions): TemplateResult {
    const { state } = drawing;
    return html`
        ${guard([state.scene], () => drawNotices(state.scene))} ${drawControls(drawing, actions)}
        ${drawPicture(drawing, actions)} ${guard([state.scene, state.selection], () => drawSelected(state))}
        <footer>${drawLegend()} ${guard([state.scene], () => drawSummary(state.scene))}</footer>
    `;
}

function drawSelected({ scene, selection }: PageState): TemplateResult {
    const selected = scene?.nodes.find((node) => node.id === selection);
    const parent = selected && scene?.nodes.find((node) => node.id === selected.parent);
    return drawDetails(selected, parent);
}

/** There before it has anything to say: a live region speaks only of what changes in it. */
function drawNotices(scene: Scene | null): TemplateResult {
    const notices = scene?.notices ?? [];
    return html`<div role="status" class=${notices.length ? 'notices' : 'notices none'}>
        ${notices.slice(0, mostNotices).map(
            (notice) =>
                html`<p>
                    <svg viewBox="0 0 16 16" aria-hidden="true">
                        ${svg`<path d="M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4zM8 7.4v3.4M8 5.1h.01"></path>`}
                    </svg>
                    <span>${readable(notice, 500)}</span>
                </p>`,
        )}
    </div>`;
}

function drawControls({ state, matches, layout }: Drawing, actions: Actions): TemplateResult {
    const empty = !layout?.items.length;
    return html`<header>
        <h1 title=${readable(state.scene?.title ?? '', 500)}>
            ${readable(state.scene?.title ?? 'Docker Runtime', 200)}
        </h1>
        <div class="controls" role="group" aria-label="View">
            ${button({ label: 'Refresh', drawing: toolDrawings.refresh, onPress: actions.refresh })}
            ${dropdown({
                label: 'Order',
                choices: orders,
                value: state.scene?.order ?? 'ownership',
                onChoose: actions.order,
            })}
            <span class="divider"></span>
            ${button({ label: 'Zoom out (-)', drawing: toolDrawings.out, disabled: empty, onPress: actions.zoomOut })}
            ${button({ label: 'Zoom in (+)', drawing: toolDrawings.in, disabled: empty, onPress: actions.zoomIn })}
            ${button({ label: 'Fit to window (0)', drawing: toolDrawings.fit, disabled: empty, onPress: actions.fit })}
            ${button({
                label: 'Fit selection (.)',
                drawing: toolDrawings.selection,
                disabled: state.selection === null || !layout?.byId.has(state.selection),
                onPress: actions.fitSelection,
            })}
            <span class="divider"></span>
            ${button({ label: 'Fold containers', drawing: toolDrawings.fold, disabled: empty, onPress: actions.foldContainers })}
            ${button({
                label: 'Unfold all',
                drawing: toolDrawings.unfold,
                disabled: state.folded.size === 0,
                onPress: actions.unfoldAll,
            })}
        </div>
        ${drawSearch(state, matches, actions)}
    </header>`;
}

const orders = [
    { value: 'ownership', text: 'Ownership' },
    { value: 'kernel', text: 'Kernel (PPID)' },
] as const;

function drawSearch(state: PageState, matches: readonly NodeId[], actions: Actions): TemplateResult {
    const place = state.active === null ? 0 : matches.indexOf(state.active) + 1;
    const count = matches.length === 0 ? 'No match' : `${place || '–'} of ${matches.length}`;
    const pressed = (event: KeyboardEvent): void => {
        if (event.key === 'Enter') {
            actions.nextMatch(event.shiftKey ? -1 : 1);
        } else if (event.key === 'Escape') {
            actions.leaveSearch();
        }
    };
    return html`<div class="search" role="search">
        ${textField({
            name: searchFieldName,
            label: 'Search in the picture',
            placeholder: 'Search ( / )',
            value: state.query,
            status: state.query.trim() ? count : '',
            onInput: actions.query,
            onKey: pressed,
        })}
        ${button({
            label: 'Previous match (Shift+Enter)',
            drawing: toolDrawings.previous,
            disabled: matches.length === 0,
            onPress: () => actions.nextMatch(-1),
        })}
        ${button({
            label: 'Next match (Enter)',
            drawing: toolDrawings.next,
            disabled: matches.length === 0,
            onPress: () => actions.nextMatch(1),
        })}
    </div>`;
}

function drawPicture({ state, layout, shown, matches }: Drawing, actions: Actions): TemplateResult {
    const active = state.active === null ? undefined : layout?.byId.get(state.active);
    return html`<main>
        <svg
            class="picture"
            role="tree"
            aria-label="Runtime hierarchy"
            tabindex="0"
            aria-activedescendant=${active ? elementId(active) : nothing}
            @keydown=${actions.key}
            @focus=${actions.focus}
        >
            ${
                layout && state.view
                    ? drawTree({
                          layout,
                          shown,
                          view: state.view,
                          selection: state.selection,
                          active: state.active,
                          matches: new Set(matches),
                          onPress: actions.press,
                          onFold: actions.fold,
                      })
                    : nothing
            }
        </svg>
        <p class="empty" ?hidden=${Boolean(layout?.items.length)}>
            ${state.scene ? 'There is nothing to draw.' : 'Waiting for the first look at the host …'}
        </p>
    </main>`;
}

function drawSummary(scene: Scene | null): TemplateResult {
    if (!scene) {
        return html``;
    }
    const containers = scene.nodes.filter((node) => node.icon.startsWith('container-')).length;
    const taken = new Date(scene.takenAt);
    const time = Number.isNaN(taken.getTime()) ? readable(scene.takenAt, 40) : timeOfDay.format(taken);
    return html`<p class="summary">
        ${counted(containers, 'container')}, ${counted(scene.nodes.length, 'node')}, seen at
        <time datetime=${readable(scene.takenAt, 40)}>${time}</time>
    </p>`;
}

function counted(count: number, noun: string): string {
    return `${grouped.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const mostNotices = 10;

/** Made while the page loads: each takes the browser longer than a frame. */
const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const grouped = new Intl.NumberFormat();
/** The first one that is formatted, too. */
timeOfDay.format(0);
grouped.format(0);
