import * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import type { NodeId } from '../topology/topology';
import type { Hierarchy } from './hierarchy';
import { messageOf, titleOf } from './notices';
import { createHierarchyTree } from './tree-provider';
import { viewStateOf } from './view-state';

export interface HierarchyView extends vscode.Disposable {
    /** Opens the view if need be, and selects the node's row. */
    readonly reveal: (id: NodeId) => Promise<void>;
}

/** The sidebar's view. While it is hidden it draws nothing and nobody looks on its behalf. */
export function createHierarchyView(hierarchy: Hierarchy): HierarchyView {
    const tree = createHierarchyTree(hierarchy);
    const view = vscode.window.createTreeView('dockerRuntime.hierarchy', {
        treeDataProvider: tree,
        showCollapseAll: true,
    });
    const setContexts = createContexts();
    let attending: vscode.Disposable | undefined;
    /** When the workbench was last told to draw, by the monotonic clock. */
    let toldAt = -Infinity;
    let tellingLater: NodeJS.Timeout | undefined;

    function update(): void {
        setContexts(hierarchy);
        clearTimeout(tellingLater);
        if (!view.visible) return;
        const untilHeard = toldAt + workbenchDelay - performance.now();
        if (untilHeard > 0) tellingLater = setTimeout(update, untilHeard);
        else tell();
    }

    function tell(): void {
        const filter = hierarchy.filter === '' ? '' : `filter: ${visible(hierarchy.filter, 80)}`;
        const description = [titleOf(hierarchy), filter].filter(Boolean).join(' · ');
        if (description !== view.description) view.description = description;
        if (tree.update()) toldAt = performance.now();
        // A message would hide the welcome text that explains an empty view.
        const isShowing = viewStateOf(hierarchy.shown, hierarchy.filter) === 'showing';
        const message = (isShowing && messageOf(hierarchy, Date.now())) || undefined;
        if (message === view.message) return;
        view.message = message;
        toldAt = performance.now();
    }

    function attendWhileVisible(): void {
        if (!view.visible) {
            clearTimeout(tellingLater);
            attending?.dispose();
            attending = undefined;
            return;
        }
        attending ??= hierarchy.attend();
        update();
        void followSelection(hierarchy.selected);
    }

    /** What was selected elsewhere is selected here, too; never the other way round, or the two would chase each other. */
    async function followSelection(id: NodeId | null): Promise<void> {
        if (id === null || !view.visible || view.selection[0] === id || !hierarchy.shown?.nodes.has(id)) return;
        tree.update();
        try {
            await view.reveal(id, { select: true, focus: false, expand: false });
        } catch {
            // Its row went while it was looked for; nobody asked for it here.
        }
    }

    const disposables = [
        view,
        tree,
        hierarchy.onDidChange(update),
        hierarchy.onDidSelect((id) => followSelection(id)),
        view.onDidChangeVisibility(attendWhileVisible),
        view.onDidChangeSelection(({ selection }) => {
            const [row] = selection;
            hierarchy.select(row !== undefined && hierarchy.shown?.nodes.has(row) ? row : null); // not a group
        }),
    ];
    attendWhileVisible();
    setContexts(hierarchy);

    return {
        async reveal(id) {
            await vscode.commands.executeCommand('dockerRuntime.hierarchy.focus');
            tree.update();
            await view.reveal(id, { select: true, focus: true, expand: true });
        },
        dispose() {
            clearTimeout(tellingLater);
            attending?.dispose();
            vscode.Disposable.from(...disposables).dispose();
        },
    };
}

/**
 * In milliseconds. The workbench follows a change of a tree view at once, its message being one whatever it says; what
 * comes within this time after a change only when it has passed without another one, which on a busy host is never.
 */
const workbenchDelay = 200;

/** The keys that the manifest's conditions ask for. */
function createContexts(): (hierarchy: Hierarchy) => void {
    const told = new Map<string, unknown>();
    return ({ whole, shown, filter, order, recording }) => {
        const contexts = {
            'dockerRuntime.state': viewStateOf(shown, filter),
            'dockerRuntime.order': order,
            'dockerRuntime.filtered': filter !== '',
            'dockerRuntime.recording': recording !== undefined,
            'dockerRuntime.unseen': !recording && whole !== undefined && whole.gaps.length > 0,
        };
        for (const [key, value] of Object.entries(contexts)) {
            // Each is a message to the window: only changes are sent.
            if (told.get(key) === value) continue;
            told.set(key, value);
            void vscode.commands.executeCommand('setContext', key, value);
        }
    };
}
