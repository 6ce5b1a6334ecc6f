/** The picture's program: messages and gestures in, one state, the page drawn from it, intents out. */
import { render } from 'lit-html';
import type { Scene } from '../src/present/scene';
import { parseMessageToPage, type MessageToExtension } from '../src/protocol';
import type { NodeId } from '../src/topology/topology';
import { drawPage, searchFieldName, type Actions } from './draw';
import { stepFor } from './keyboard';
import { layOut, type Layout } from './layout';
import { readMetrics } from './metrics';
import { changed, foldContainers, restore, search, toStore, unfoldAbove, type PageState } from './state';
import { registerControls } from './toolkit';
import { bringIntoView, firstView, fitAll, fitItem, shownIn, type Shown, type Size, type View } from './viewport';
import { zoomOn } from './zoom';

/** What VS Code gives to the page of a webview, once. */
declare function acquireVsCodeApi(): {
    postMessage(message: MessageToExtension): void;
    getState(): unknown;
    setState(state: unknown): void;
};

const host = acquireVsCodeApi();
const root = document.getElementById('page') ?? document.body;
let state: PageState = restore(host.getState());
let metrics = readMetrics(root);
let size: Size = { width: 0, height: 0 };
/** To be moved into the window as soon as it is drawn; it may not be there yet. */
let wanted: NodeId | null = state.view ? null : state.selection;
let layout: Layout | null = null;
const nothingShown: Shown = { items: [], links: [] };
let shown: Shown = nothingShown;
/** Chosen for the size of the window, and chosen again with it until the person moves. */
let ownView: View | null = null;
/** The one that was posted with the scene. */
let sceneNumber = 0;
let drawRequested = false;
let storeRequested = 0;

const layOutOnce = rememberLast(layOut);
const searchOnce = rememberLast(search);

const actions: Actions = {
    refresh: () => host.postMessage({ type: 'refresh' }),
    order: (order) => host.postMessage({ type: 'order', order }),
    zoomIn: () => zoom.by(1.25),
    zoomOut: () => zoom.by(0.8),
    fit: () => layout && change({ view: fitAll(layout, size) }),
    fitSelection() {
        const item = layout?.byId.get(state.selection ?? state.active ?? '');
        if (layout && item) {
            change({ view: fitItem(layout, item, size) });
        }
    },
    foldContainers() {
        if (state.scene) {
            wanted = state.active;
            change({ folded: foldContainers(state.scene, state.folded), view: null });
        }
    },
    unfoldAll: () => goTo(state.active, { folded: new Set() }),
    query(query) {
        change({ query });
        const first = matches()[0];
        if (first !== undefined && !matches().includes(state.active ?? '')) {
            goTo(first);
        }
    },
    nextMatch(direction) {
        const found = matches();
        const here = found.indexOf(state.active ?? '');
        const next = here < 0 ? 0 : (here + direction + found.length) % found.length;
        goTo(found[next] ?? null);
    },
    leaveSearch() {
        change({ query: '' });
        picture.focus();
    },
    key(event) {
        if (layout && !event.ctrlKey && !event.metaKey && !event.altKey && act(event.key, layout)) {
            event.preventDefault();
        }
    },
    press({ node }) {
        choose(node.id);
        picture.focus();
    },
    fold({ node, hidden }) {
        fold(node.id, hidden === 0);
    },
    focus() {
        if (state.active === null || !layout?.byId.has(state.active)) {
            change({ active: shown.items[0]?.item.node.id ?? null });
        }
    },
};

registerControls();
draw();
const picture = root.querySelector('.picture') as SVGSVGElement;
const zoom = zoomOn(picture, (view) => layout && change({ view }));

new ResizeObserver(() => {
    size = { width: picture.clientWidth, height: picture.clientHeight };
    if (state.view === ownView) {
        state = { ...state, view: null };
    }
    requestDraw();
}).observe(picture);

// A theme comes as variables on the root element, and may bring another font.
new MutationObserver(() => {
    metrics = readMetrics(root);
    requestDraw();
}).observe(document.documentElement, { attributeFilter: ['style', 'class'] });

window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = parseMessageToPage(event.data);
    switch (message?.type) {
        case 'scene':
            show(message.scene, message.number);
            break;
        case 'change':
            if (state.scene && message.number === sceneNumber + 1) {
                show(changed(state.scene, message.change), message.number);
            } else {
                host.postMessage({ type: 'ready' });
            }
            break;
        case 'select':
            goTo(message.id, { selection: message.id });
    }
});
window.addEventListener('pagehide', store);
host.postMessage({ type: 'ready' });

function show(scene: Scene, number: number): void {
    const isFirst = state.scene === null;
    const otherOrder = state.scene !== null && state.scene.order !== scene.order;
    change(otherOrder ? { scene, view: null } : { scene });
    sceneNumber = number;
    if (isFirst) {
        draw(); // not in the next frame only: somebody waits
    }
}

/** What a key does; false when it does nothing here. */
function act(key: string, current: Layout): boolean {
    const step = stepFor(key, current, state.active);
    switch (step?.type) {
        case undefined:
            return false;
        case 'move':
            goTo(step.id);
            return true;
        case 'fold':
        case 'unfold':
            fold(step.id, step.type === 'fold');
            return true;
        case 'select':
            choose(step.id);
            return true;
        case 'deselect':
            choose(null);
            return true;
        case 'search':
            document.getElementById(searchFieldName)?.focus();
            return true;
        case 'zoom-in':
            actions.zoomIn();
            return true;
        case 'zoom-out':
            actions.zoomOut();
            return true;
        case 'fit':
            actions.fit();
            return true;
        case 'fit-selection':
            actions.fitSelection();
            return true;
    }
}

function choose(id: NodeId | null): void {
    change({ selection: id, active: id ?? state.active });
    host.postMessage({ type: 'select', id });
}

function fold(id: NodeId, folding: boolean): void {
    const folded = new Set(state.folded);
    if (folding) {
        folded.add(id);
    } else {
        folded.delete(id);
    }
    goTo(id, { folded });
}

/** Makes the node the active one, unfolds what hides it, and moves it into the window. */
function goTo(id: NodeId | null, changes: Partial<PageState> = {}): void {
    if (id === null) {
        change(changes);
        return;
    }
    const folded = changes.folded ?? state.folded;
    wanted = id;
    change({ ...changes, active: id, folded: state.scene ? unfoldAbove(state.scene, folded, id) : folded });
}

function matches(): readonly NodeId[] {
    return state.scene ? searchOnce(state.scene, state.query) : [];
}

function change(changes: Partial<PageState>): void {
    state = { ...state, ...changes };
    requestDraw();
    window.clearTimeout(storeRequested);
    storeRequested = window.setTimeout(store, storeDelay);
}

/** In milliseconds: a drag changes the view with every frame. */
const storeDelay = 200;

function store(): void {
    host.setState(toStore(state));
}

function requestDraw(): void {
    if (!drawRequested) {
        drawRequested = true;
        requestAnimationFrame(() => {
            if (drawRequested) {
                draw();
            }
        });
    }
}

function draw(): void {
    drawRequested = false;
    shown = arrange();
    render(drawPage({ state, layout, shown, matches: matches() }, actions), root);
}

/** Lays out the scene and decides what of it the window shows. */
function arrange(): Shown {
    if (!state.scene) {
        return nothingShown;
    }
    const before = layout;
    layout = layOutOnce(state.scene, state.folded, metrics);
    state = { ...state, active: stillThere(state.active, before, layout) };
    if (size.width === 0 || size.height === 0 || layout.items.length === 0) {
        return nothingShown;
    }
    let view = state.view ?? (ownView = firstView(layout, size));
    const item = layout.byId.get(stillThere(wanted, before, layout) ?? '');
    if (item) {
        view = bringIntoView(layout, item, view, size);
        wanted = null;
    }
    state = { ...state, view };
    zoom.limit(layout, size);
    zoom.show(view);
    return shownIn(layout, view, size, new Set(state.active === null ? [] : [state.active]));
}

/** The same node, or the nearest one above it that has not gone or been folded away. */
function stillThere(id: NodeId | null, before: Layout | null, now: Layout): NodeId | null {
    if (id === null || now.byId.has(id)) {
        return id;
    }
    for (let item = before?.byId.get(id)?.parent; item; item = item.parent) {
        if (now.byId.has(item.node.id)) {
            return item.node.id;
        }
    }
    return before ? null : id;
}

/** A function that answers at once when it is asked the same again. */
function rememberLast<Arguments extends readonly unknown[], Answer>(
    compute: (...parameters: Arguments) => Answer,
): (...parameters: Arguments) => Answer {
    let last: { readonly parameters: Arguments; readonly answer: Answer } | undefined;
    return (...parameters) => {
        if (!last || parameters.some((parameter, index) => parameter !== last?.parameters[index])) {
            last = { parameters, answer: compute(...parameters) };
        }
        return last.answer;
    };
}
