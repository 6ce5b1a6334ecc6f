import type { Process } from '../model/process';
import { claimOf } from './claims';
import { Draft } from './draft';
import { isZombie, parentOf, processNodeId, tabulate } from './process-table';
import type { EngineNode, ProcessNode, Role, Topology } from './topology';

/**
 * The same processes as the kernel has them: every process of the host under its parent pid, with the roles that the
 * ownership order found. Here a shim's parent is PID 1, which is what `ps axf` and most other tools draw.
 */
export function inKernelOrder(ownership: Topology): Topology {
    const table = tabulate(ownership.snapshot.processes);
    const draft = new Draft();
    const understood = new Map<Process, ProcessNode | EngineNode>();
    for (const node of ownership.nodes.values()) {
        if (node.kind !== 'container' && node.process && !understood.has(node.process))
            understood.set(node.process, node);
    }
    for (const process of table.all) {
        const node = understood.get(process);
        const parent = parentOf(table, process);
        const place = parent && {
            parent: processNodeId(parent),
            link: {
                kind: 'spawned',
                evidence: [{ source: 'ppid', detail: `child of ${String(process.ppid)}` }],
            } as const,
        };
        if (node?.kind === 'process') {
            draft.add({ ...node, id: processNodeId(process) }, place);
            continue;
        }
        const role: Role = node ? 'dockerd' : roleOnHost(process);
        draft.addProcess({ process, role, evidence: node?.evidence ?? [] }, place);
    }
    return { ...ownership, order: 'kernel', ...draft.finish() };
}

/** A client has no part in the hierarchy, but is what people look for beside it. */
function roleOnHost(process: Process): Role {
    const claim = isZombie(process) ? undefined : claimOf(process);
    return claim?.role === 'cli' && !claim.contradicted ? 'cli' : 'host';
}
