import * as vscode from 'vscode';
import { describeFinding } from '../present/findings';
import type { Finding, Severity } from '../topology/topology';
import { findingMarkdown } from './finding-markdown';
import type { Hierarchy } from './hierarchy';
import { findingsMessageOf, timeOf } from './notices';

/** What is wrong, the gravest first. Elements are the findings' ids: a row stays the same from look to look. */
export function createFindingsView(hierarchy: Hierarchy): vscode.Disposable {
    const changed = new vscode.EventEmitter<undefined>();
    const view = vscode.window.createTreeView<string>('dockerRuntime.findings', {
        treeDataProvider: {
            onDidChangeTreeData: changed.event,
            getChildren: (id) => (id === undefined ? shownFindings(hierarchy).map((finding) => finding.id) : []),
            getTreeItem: (id) => findingItemOf(hierarchy, id),
            resolveTreeItem(item, id) {
                const finding = findingCalled(hierarchy, id);
                if (hierarchy.shown && finding) item.tooltip = findingMarkdown(hierarchy.shown, finding);
                return item;
            },
        },
    });
    let drawn = '';
    let toldLooked = false;
    let attending: vscode.Disposable | undefined;

    function update(): void {
        tellLooked();
        const findings = shownFindings(hierarchy);
        view.badge = badgeOf(hierarchy, findings);
        if (!view.visible) return;
        const message = findingsMessageOf(hierarchy, findings, Date.now());
        if (message !== view.message) view.message = message;
        const appearance = findings.map((finding) => appearanceOf(hierarchy, finding)).join('\n');
        if (appearance === drawn) return;
        drawn = appearance;
        changed.fire(undefined);
    }

    /** Before the first look, an empty view is no good news. */
    function tellLooked(): void {
        const hasLooked = hierarchy.whole !== undefined;
        if (hasLooked === toldLooked) return;
        toldLooked = hasLooked;
        void vscode.commands.executeCommand('setContext', 'dockerRuntime.looked', hasLooked);
    }

    function attendWhileVisible(): void {
        if (view.visible) {
            attending ??= hierarchy.attend();
            update();
            return;
        }
        attending?.dispose();
        attending = undefined;
    }

    const disposables = [view, changed, hierarchy.onDidChange(update), view.onDidChangeVisibility(attendWhileVisible)];
    attendWhileVisible();
    return new vscode.Disposable(() => {
        attending?.dispose();
        vscode.Disposable.from(...disposables).dispose();
    });
}

/** What one look alone has seen is told of a recording, which has no other; of the live host the next look tells it. */
export function shownFindings({ shown, recording }: Hierarchy): readonly Finding[] {
    return (shown?.findings ?? []).filter(({ unverified }) => recording !== undefined || !unverified);
}

export function findingCalled(hierarchy: Hierarchy, id: unknown): Finding | undefined {
    return shownFindings(hierarchy).find((finding) => finding.id === id);
}

/** A row without its hover, which is made when somebody points at it. */
export function findingItemOf(hierarchy: Hierarchy, id: string): vscode.TreeItem {
    const finding = findingCalled(hierarchy, id);
    // A row that is about to go may be asked for once more.
    if (!hierarchy.shown || !finding) return new vscode.TreeItem('');
    const { message, command } = describeFinding(hierarchy.shown, finding);
    const item = new vscode.TreeItem(message);
    item.id = id;
    item.description = finding.code;
    item.iconPath = icons[finding.severity];
    item.accessibilityInformation = { label: `${finding.severity}: ${message}`, role: 'treeitem' };
    item.contextValue = command === undefined ? 'finding' : 'finding command';
    const [node] = finding.nodes;
    if (node !== undefined) {
        item.command = { command: 'dockerRuntime.reveal', title: 'Show in the Hierarchy', arguments: [node] };
    }
    return item;
}

/** Equal for rows that look the same. */
function appearanceOf({ shown }: Hierarchy, finding: Finding): string {
    const message = shown ? describeFinding(shown, finding).message : '';
    return JSON.stringify([finding.id, finding.severity, message, finding.nodes[0]]);
}

/** Of what needs somebody: information is no problem. It is as old as the last look of whatever face was visible. */
function badgeOf({ whole }: Hierarchy, findings: readonly Finding[]): vscode.ViewBadge | undefined {
    const value = findings.filter(({ severity }) => severity !== 'information').length;
    if (value === 0 || !whole) return undefined;
    const at = timeOf(Date.parse(whole.snapshot.takenAt), Date.now());
    return { value, tooltip: `${String(value)} ${value === 1 ? 'finding' : 'findings'}, as of ${at}` };
}

const icons: Readonly<Record<Severity, vscode.ThemeIcon>> = {
    error: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
    warning: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    information: new vscode.ThemeIcon('info'),
};
