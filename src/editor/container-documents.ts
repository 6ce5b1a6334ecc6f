import * as vscode from 'vscode';
import type { ContainerNode, TopologyNode } from '../topology/topology';
import { containerName } from '../present/describe';
import { visible } from '../present/plain-text';
import type { Hierarchy } from './hierarchy';
import { maskSecrets } from './mask-secrets';
import { hasSpec } from './tree-item';

export const documentScheme = 'docker-runtime';

/** What the engine tells of a container, or its OCI spec. */
export type DocumentKind = 'inspect' | 'spec';

/**
 * `docker-runtime:/inspect/<id>/<name>.json`, `docker-runtime:/spec/<namespace>/<id>/<name>.json`: what stands before
 * the name decides, the name is for the tab.
 */
export function documentUri(kind: DocumentKind, node: ContainerNode): vscode.Uri {
    const name = containerName(node).replace(/[^\w.-]/g, '_');
    return vscode.Uri.from({ scheme: documentScheme, path: `/${kind}/${keyOf(kind, node)}/${name}.json` });
}

/** Read-only documents about containers; their environments and secrets stay hidden. */
export function createContainerDocuments(
    hierarchy: Hierarchy,
    showsSecrets: () => boolean,
): vscode.TextDocumentContentProvider {
    return {
        async provideTextDocumentContent(uri) {
            const { kind, node } = meantBy(hierarchy, uri);
            const answer = await (kind === 'spec' ? hierarchy.specDocument(node) : hierarchy.inspectDocument(node));
            if ('why' in answer) return `// ${visible(answer.why, 1000)}\n`;
            return `${JSON.stringify(showsSecrets() ? answer.value : maskSecrets(answer.value), null, 4)}\n`;
        },
    };
}

const grammar = /^\/(?<kind>inspect|spec)\/(?<key>.+)\/[\w.-]+\.json$/;

/** Any extension can ask for any URI: only a container that is in the hierarchy is asked for. */
function meantBy(hierarchy: Hierarchy, { path, query, fragment, authority }: vscode.Uri) {
    const parts = query + fragment + authority === '' ? grammar.exec(path)?.groups : undefined;
    const kind = parts?.['kind'] === 'spec' ? 'spec' : 'inspect';
    for (const node of hierarchy.whole?.nodes.values() ?? []) {
        if (isWanted(kind, node) && keyOf(kind, node) === parts?.['key']) return { kind, node } as const;
    }
    throw vscode.FileSystemError.FileNotFound();
}

function isWanted(kind: DocumentKind, node: TopologyNode): node is ContainerNode {
    return kind === 'spec' ? hasSpec(node) : node.kind === 'container' && node.container !== undefined;
}

/** Ids are unique in one namespace of containerd. */
function keyOf(kind: DocumentKind, { namespace, containerId }: ContainerNode): string {
    return kind === 'spec' ? `${namespace ?? ''}/${containerId}` : containerId;
}
