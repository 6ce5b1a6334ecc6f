import * as vscode from 'vscode';

export const comparisonScheme = 'docker-runtime-comparison';

export interface ComparisonDocuments extends vscode.TextDocumentContentProvider, vscode.Disposable {
    /** Shows the text as a read-only document; it is held until that is closed. */
    readonly show: (name: string, text: string) => Promise<void>;
}

export function createComparisonDocuments(): ComparisonDocuments {
    const texts = new Map<string, string>();
    let shown = 0;
    const closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        texts.delete(uri.toString());
    });
    return {
        async show(name, text) {
            const path = `/${String(++shown)}/${name.replace(/[^\w.-]/g, '_')}.txt`;
            const uri = vscode.Uri.from({ scheme: comparisonScheme, path });
            texts.set(uri.toString(), text);
            await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
        },
        // A window that was closed comes back with its tabs, but without what was compared in them.
        provideTextDocumentContent: (uri) =>
            texts.get(uri.toString()) ?? 'This is no longer held: compare once more.\n',
        dispose() {
            closing.dispose();
        },
    };
}
