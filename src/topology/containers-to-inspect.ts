import type { ContainerNode, Topology, Verdict } from './topology';

/** As many at once: where much is wrong, the next look has the next ones. */
const mostAtOnce = 8;

/**
 * Containers of which inspect would tell more than a detail: Docker says that they run, something speaks against it, and
 * only State.Pid shows whether Docker would signal a stranger. The engine that lists one is its `engine`.
 */
export function containersToInspect({ nodes }: Topology): readonly ContainerNode[] {
    const found: ContainerNode[] = [];
    for (const node of nodes.values()) {
        if (found.length === mostAtOnce) break;
        if (node.kind !== 'container' || !node.container || !contested.has(node.verdict)) continue;
        const { pid, inspected, inspectProblem } = node.container;
        if (pid === undefined && !inspected && !inspectProblem) found.push(node);
    }
    return found;
}

const contested: ReadonlySet<Verdict> = new Set([
    'running-without-process',
    'shim-without-process',
    'first-process-ended',
    'shim-gone',
    'containerd-disagrees',
]);
