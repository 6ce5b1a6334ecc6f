import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { sceneOf } from '../present/scene';
import { parseMessageToExtension, textOfMessage, type MessageToPage } from '../protocol';
import type { NodeId } from '../topology/topology';
import type { Hierarchy } from './hierarchy';
import { noticesOf, titleOf } from './notices';
import { pageHtml } from './page-html';
import { createSceneFeed } from './scene-feed';

export const graphPanelType = 'dockerRuntime.graph';

export interface GraphPanels extends vscode.WebviewPanelSerializer, vscode.Disposable {
    /** There is one panel; asking again brings it to the front. */
    readonly show: () => void;
}

export function createGraphPanels(
    hierarchy: Hierarchy,
    extensionUri: vscode.Uri,
    log: vscode.LogOutputChannel,
): GraphPanels {
    let panel: vscode.WebviewPanel | undefined;

    function adopt(adopted: vscode.WebviewPanel): void {
        panel?.dispose();
        panel = adopted;
        const empty = fillPanel(adopted, hierarchy, extensionUri, log);
        adopted.onDidDispose(() => {
            empty();
            if (panel === adopted) panel = undefined;
        });
    }

    return {
        show() {
            if (panel) {
                panel.reveal();
                return;
            }
            adopt(
                vscode.window.createWebviewPanel(
                    graphPanelType,
                    'Docker Runtime',
                    vscode.ViewColumn.Active,
                    optionsOf(extensionUri),
                ),
            );
        },
        async deserializeWebviewPanel(restored) {
            restored.webview.options = optionsOf(extensionUri);
            adopt(restored);
        },
        dispose() {
            panel?.dispose();
        },
    };
}

function optionsOf(extensionUri: vscode.Uri): vscode.WebviewOptions {
    const folders = ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder));
    return { enableScripts: true, enableCommandUris: false, localResourceRoots: folders };
}

/** Fills a panel with the page and keeps it true while it is visible; the answer ends that. */
function fillPanel(
    panel: vscode.WebviewPanel,
    hierarchy: Hierarchy,
    extensionUri: vscode.Uri,
    log: vscode.LogOutputChannel,
): () => void {
    const { webview } = panel;
    const uri = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...path)).toString();
    let isReady = false;
    let attending: vscode.Disposable | undefined;
    const feed = createSceneFeed();
    let selectionOnPage: NodeId | null | undefined;
    let hasWarned = false;

    function post(message: MessageToPage): void {
        void webview.postMessage(textOfMessage(message));
    }

    function postScene(): void {
        const topology = hierarchy.shown;
        if (!isReady || !panel.visible || !topology) return;
        const message = feed.messageFor(sceneOf(topology, titleOf(hierarchy), noticesOf(hierarchy, Date.now())));
        if (message) post(message);
    }

    function postSelection(id: NodeId | null): void {
        if (!isReady || !panel.visible || id === selectionOnPage) return;
        selectionOnPage = id;
        post({ type: 'select', id });
    }

    /** A page that comes back knows nothing that this side remembers having told it. */
    function startAfresh(): void {
        feed.forget();
        selectionOnPage = undefined;
        postScene();
        postSelection(hierarchy.selected);
    }

    function attendWhileVisible(): void {
        if (panel.visible) {
            attending ??= hierarchy.attend();
            return;
        }
        attending?.dispose();
        attending = undefined;
        isReady = false; // a hidden page is discarded; it says when it is back
    }

    const disposables = [
        panel.onDidChangeViewState(attendWhileVisible),
        hierarchy.onDidChange(postScene),
        hierarchy.onDidSelect(postSelection),
        webview.onDidReceiveMessage(async (value: unknown) => {
            const message = parseMessageToExtension(value);
            if (!message) {
                // Once: a page that was taken over could fill the disk with it.
                if (!hasWarned) log.warn('The picture sent an invalid message; further ones are ignored silently.');
                hasWarned = true;
                return;
            }
            switch (message.type) {
                case 'ready':
                    isReady = true;
                    startAfresh();
                    break;
                case 'select':
                    selectionOnPage = message.id;
                    if (message.id === null || hierarchy.shown?.nodes.has(message.id)) hierarchy.select(message.id);
                    break;
                case 'refresh':
                    await hierarchy.refresh();
                    break;
                case 'order':
                    hierarchy.setOrder(message.order);
                    break;
            }
        }),
    ];
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    webview.html = pageHtml({
        nonce: randomBytes(18).toString('base64'),
        cspSource: webview.cspSource,
        scriptUri: uri('dist', 'page.js'),
        styleUri: uri('media', 'page.css'),
    });
    attendWhileVisible();

    return () => {
        attending?.dispose();
        attending = undefined;
        vscode.Disposable.from(...disposables).dispose();
    };
}
