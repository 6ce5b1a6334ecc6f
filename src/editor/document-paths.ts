import { containerName } from '../present/describe';
import type { ContainerNode, Topology, TopologyNode } from '../topology/topology';

/** What the engine tells of a container, or its OCI spec. */
export type DocumentKind = 'inspect' | 'spec';

/**
 * `/inspect/<id>/<name>.json`, `/spec/<namespace>/<id>/<name>.json`: what stands before the name decides, the name is
 * for the tab.
 */
export function documentPath(kind: DocumentKind, node: ContainerNode): string {
    return `/${kind}/${keyOf(kind, node)}/${containerName(node).replace(/[^\w.-]/g, '_')}.json`;
}

/** Anybody can ask for any path: only what is in the hierarchy is found. */
export function documentAt(
    topology: Topology | undefined,
    path: string,
): { readonly kind: DocumentKind; readonly node: ContainerNode } | undefined {
    const { kind, key } = grammar.exec(path)?.groups ?? {};
    if (kind !== 'inspect' && kind !== 'spec') return undefined;
    for (const node of topology?.nodes.values() ?? []) {
        if (has[kind](node) && keyOf(kind, node) === key) return { kind, node };
    }
    return undefined;
}

/** An engine can be asked about what it lists. */
export function isListed(node: TopologyNode): node is ContainerNode {
    return node.kind === 'container' && node.container !== undefined;
}

/** containerd has an OCI spec of what it keeps; Docker gives a container to it while that runs. */
export function hasSpec(node: TopologyNode): node is ContainerNode {
    return node.kind === 'container' && node.namespace !== undefined;
}

const has = { inspect: isListed, spec: hasSpec } as const;

const grammar = /^\/(?<kind>inspect|spec)\/(?<key>.+)\/[\w.-]*\.json$/s;

/** Ids are unique in one namespace of containerd. */
function keyOf(kind: DocumentKind, { namespace, containerId }: ContainerNode): string {
    return kind === 'spec' ? `${namespace ?? ''}/${containerId}` : containerId;
}
