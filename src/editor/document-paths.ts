import type { Process } from '../model/process';
import { containerName } from '../present/describe';
import type { ContainerNode, Topology, TopologyNode } from '../topology/topology';

/** What the engine tells of a container, or its OCI spec. */
export type DocumentKind = 'inspect' | 'spec';

/** What a document is about: `cmdline` is a process's whole command line. */
export type Documented =
    | { readonly kind: DocumentKind; readonly node: ContainerNode }
    | { readonly kind: 'cmdline'; readonly process: Process };

/**
 * `/inspect/<id>/<name>.json`, `/spec/<namespace>/<id>/<name>.json`: what stands before the name decides, the name is
 * for the tab.
 */
export function documentPath(kind: DocumentKind, node: ContainerNode): string {
    return `/${kind}/${keyOf(kind, node)}/${tabName(containerName(node))}.json`;
}

/** `/cmdline/<pid>-<start ticks>/<name>-<pid>.txt`, likewise: a pid alone may be another process's by now. */
export function commandLinePath(process: Process): string {
    return `/cmdline/${identityOf(process)}/${tabName(`${process.comm}-${String(process.pid)}`)}.txt`;
}

/** Anybody can ask for any path: only what is in the hierarchy is found, whichever order and filter it is shown in. */
export function documentAt(topology: Topology | undefined, path: string): Documented | undefined {
    const { kind, key } = (grammar.exec(path) ?? commandLineGrammar.exec(path))?.groups ?? {};
    if (kind === 'cmdline') {
        const process = topology?.snapshot.processes.find((one) => identityOf(one) === key);
        return process && { kind, process };
    }
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

/** Of what is no process, or whose process is not seen, there is no command line. */
export function hasProcess(node: TopologyNode): node is TopologyNode & { readonly process: Process } {
    return node.kind !== 'container' && node.process !== undefined;
}

const has = { inspect: isListed, spec: hasSpec } as const;

const grammar = /^\/(?<kind>inspect|spec)\/(?<key>.+)\/[\w.-]*\.json$/s;
const commandLineGrammar = /^\/(?<kind>cmdline)\/(?<key>[^/]+)\/[\w.-]*\.txt$/;

function identityOf({ pid, startTicks }: Process): string {
    return `${String(pid)}-${String(startTicks)}`;
}

function tabName(name: string): string {
    return name.replace(/[^\w.-]/g, '_');
}

/** Ids are unique in one namespace of containerd. */
function keyOf(kind: DocumentKind, { namespace, containerId }: ContainerNode): string {
    return kind === 'spec' ? `${namespace ?? ''}/${containerId}` : containerId;
}
