import * as vscode from 'vscode';
import type { ContainerNode } from '../topology/topology';
import type { Hierarchy } from './hierarchy';
import { maskSecrets } from './mask-secrets';

export const inspectScheme = 'docker-runtime';

/** `docker-runtime:/inspect/<64 hex>/<name>.json`: the id decides, the name is for the tab. */
export function inspectDocumentUri({ containerId, container }: ContainerNode): vscode.Uri {
    const name = (container?.names[0] ?? containerId.slice(0, 12)).replace(/[^\w.-]/g, '_');
    return vscode.Uri.from({ scheme: inspectScheme, path: `/inspect/${containerId}/${name}.json` });
}

/** Read-only documents with what the engine tells of a container; its environment and its secrets stay hidden. */
export function createInspectDocuments(
    hierarchy: Hierarchy,
    showsSecrets: () => boolean,
): vscode.TextDocumentContentProvider {
    return {
        async provideTextDocumentContent(uri) {
            const node = containerOf(hierarchy, uri);
            const answer = await hierarchy.inspectDocument(node);
            if ('why' in answer) return `// ${answer.why}\n`;
            return `${JSON.stringify(showsSecrets() ? answer.value : maskSecrets(answer.value), null, 4)}\n`;
        },
    };
}

const grammar = /^\/inspect\/([0-9a-f]{64})\/[\w.-]+\.json$/;

/** Any extension can ask for any URI: only a container that is in the hierarchy is asked for. */
function containerOf(hierarchy: Hierarchy, { path, query, fragment, authority }: vscode.Uri): ContainerNode {
    const id = query + fragment + authority === '' ? grammar.exec(path)?.[1] : undefined;
    for (const node of hierarchy.whole?.nodes.values() ?? []) {
        if (node.kind === 'container' && node.container && node.containerId === id) return node;
    }
    throw vscode.FileSystemError.FileNotFound();
}
