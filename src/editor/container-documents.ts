import * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import type { ContainerNode } from '../topology/topology';
import { documentAt, type DocumentKind, documentPath } from './document-paths';
import { documentText } from './document-text';
import type { Hierarchy } from './hierarchy';

export const documentScheme = 'docker-runtime';

export function documentUri(kind: DocumentKind, node: ContainerNode): vscode.Uri {
    return vscode.Uri.from({ scheme: documentScheme, path: documentPath(kind, node) });
}

/** Read-only documents about containers; their environments and secrets stay hidden. */
export function createContainerDocuments(
    hierarchy: Hierarchy,
    showsSecrets: () => boolean,
): vscode.TextDocumentContentProvider {
    return {
        async provideTextDocumentContent({ path, query, fragment, authority }) {
            const found = query + fragment + authority === '' ? documentAt(hierarchy.whole, path) : undefined;
            if (!found) throw vscode.FileSystemError.FileNotFound();
            const { kind, node } = found;
            const answer = await (kind === 'spec' ? hierarchy.specDocument(node) : hierarchy.inspectDocument(node));
            if ('why' in answer) return `// ${visible(answer.why, 1000)}\n`;
            return documentText(answer.value, showsSecrets());
        },
    };
}
