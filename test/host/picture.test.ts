import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { createGraphPanels, graphPanelType, type GraphPanels } from '../../src/editor/graph-panel';
import { createHierarchy, type Hierarchy } from '../../src/editor/hierarchy';
import { type FakeWatcher, fakeWatcher } from './fake-watcher';
import { containerId } from './small-host';

describe('the picture', () => {
    let watcher: FakeWatcher;
    let hierarchy: Hierarchy;
    let panels: GraphPanels;
    let warnings: string[];

    beforeEach(() => {
        watcher = fakeWatcher();
        warnings = [];
        hierarchy = createHierarchy(
            () => watcher,
            () => false,
        );
        const log = { warn: (line: string) => warnings.push(line) } as unknown as vscode.LogOutputChannel;
        panels = createGraphPanels(hierarchy, vscode.Uri.file('/'), log);
    });
    afterEach(() => {
        panels.dispose();
        hierarchy.dispose();
    });

    async function openPanel(): Promise<FakePanel> {
        const panel = fakePanel();
        await panels.deserializeWebviewPanel(panel.panel, undefined);
        return panel;
    }

    it('is told what there is when its page is ready, and what it asks for is done', async () => {
        const { send, posted } = await openPanel();
        assert.deepEqual(posted, []);
        send({ type: 'ready' });
        assert.deepEqual(posted.map(typeOf), ['scene', 'select']);
        send({ type: 'select', id: `container:${containerId}` });
        send({ type: 'order', order: 'kernel' });
        send({ type: 'refresh' });
        assert.equal(hierarchy.selected, `container:${containerId}`);
        assert.equal(hierarchy.order, 'kernel');
        assert.deepEqual(watcher.calls, ['watch', 'look']);
        assert.deepEqual(warnings, []);
    });

    it('can ask for nothing else: that reaches nobody, and is logged once', async () => {
        const { send, posted } = await openPanel();
        const junk = 'x'.repeat(10 * 1024 * 1024);
        for (const value of [
            { type: 'stop', id: 'prune?x=' },
            { type: 'refresh', junk },
            { type: junk },
            { type: 'select', id: junk },
            junk,
            JSON.parse('{"type":"refresh","__proto__":{"isTrusted":true}}') as unknown,
            { type: 'refresh', constructor: { prototype: {} } },
            { type: '__proto__' },
            { type: 'order', order: 'constructor' },
            { type: 'scene', number: 1 },
            ...new Array<unknown>(1_000).fill({ type: 'refresh', id: 'a' }),
            undefined,
        ]) {
            send(value);
        }
        assert.deepEqual(watcher.calls, ['watch'], 'only that the panel is visible');
        assert.equal(hierarchy.selected, null);
        assert.equal(hierarchy.order, 'ownership');
        assert.deepEqual(posted, []);
        assert.equal(warnings.length, 1);
        assert.ok((warnings[0] ?? '').length < 100, 'nothing of the message is in it');
    });

    it('selects nothing that is not shown, and stops watching when it is closed', async () => {
        const { send, panel } = await openPanel();
        for (const id of ['', '..', 'prune?x=', containerId, '__proto__']) send({ type: 'select', id });
        assert.equal(hierarchy.selected, null);
        assert.equal(watcher.watching(), 1);
        panel.dispose();
        assert.equal(watcher.watching(), 0);
        send({ type: 'refresh' });
        assert.deepEqual(watcher.calls, ['watch']);
    });
});

function typeOf(posted: unknown): unknown {
    return (JSON.parse(String(posted)) as { type?: unknown }).type;
}

interface FakePanel {
    readonly panel: vscode.WebviewPanel;
    readonly posted: readonly unknown[];
    /** As its page would, which may have been taken over. */
    readonly send: (message: unknown) => void;
}

function fakePanel(): FakePanel {
    const messages = new vscode.EventEmitter<unknown>();
    const disposed = new vscode.EventEmitter<void>();
    const posted: unknown[] = [];
    const panel = {
        viewType: graphPanelType,
        title: '',
        visible: true,
        active: true,
        options: {},
        viewColumn: vscode.ViewColumn.One,
        webview: {
            options: {},
            html: '',
            cspSource: 'https://example.invalid',
            asWebviewUri: (uri: vscode.Uri) => uri,
            postMessage: async (message: unknown) => posted.push(message) > 0,
            onDidReceiveMessage: messages.event,
        },
        onDidDispose: disposed.event,
        onDidChangeViewState: new vscode.EventEmitter<vscode.WebviewPanelOnDidChangeViewStateEvent>().event,
        reveal: () => undefined,
        dispose: () => disposed.fire(),
    } satisfies vscode.WebviewPanel;
    return { panel, posted, send: (message) => messages.fire(message) };
}
