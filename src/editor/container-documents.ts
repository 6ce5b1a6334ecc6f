import * as vscode from 'vscode';
import type { Process } from '../model/process';
import { visible } from '../present/plain-text';
import type { ContainerNode } from '../topology/topology';
import { commandLinePath, documentAt, type DocumentKind, documentPath } from './document-paths';
import { commandLineText, documentText } from './document-text';
import type { Hierarchy } from './hierarchy';

export const documentScheme = 'docker-runtime';

export function documentUri(kind: DocumentKind, node: ContainerNode): vscode.Uri {
    return vscode.Uri.from({ scheme: documentScheme, path: documentPath(kind, node) });
}

export function commandLineUri(process: Process): vscode.Uri {
    return vscode.Uri.from({ scheme: documentScheme, path: commandLinePath(process) });
}

/** Read-only documents about containers and processes; their environments and secrets stay hidden. */
export function createContainerDocuments(
    hierarchy: Hierarchy,
    showsSecrets: () => boolean,
): vscode.TextDocumentContentProvider {
    return {
        async provideTextDocumentContent({ path, query, fragment, authority }) {
            const found = query + fragment + authority === '' ? documentAt(hierarchy.whole, path) : undefined;
            if (!found) throw vscode.FileSystemError.FileNotFound();
            if (found.kind === 'cmdline') {
                const isRecorded = hierarchy.recording !== undefined;
                const told = await hierarchy.commandLine(found.process);
                return 'why' in told ? `# ${visible(told.why, 1000)}\n` : commandLineText(told, isRecorded);
            }
            const { kind, node } = found;
            const answer = await (kind === 'spec' ? hierarchy.specDocument(node) : hierarchy.inspectDocument(node));
            if ('why' in answer) return `// ${visible(answer.why, 1000)}\n`;
            return documentText(answer.value, showsSecrets());
        },
    };
}
