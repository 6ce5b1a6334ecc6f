import * as vscode from 'vscode';
import type { ContainerdStore } from '../model/containerd';
import type { Gap } from '../model/gap';
import { hoverOf } from '../present/hover';
import { differenceOf } from '../topology/difference';
import type { NodeId, Topology, TopologyNode } from '../topology/topology';
import type { Hierarchy } from './hierarchy';
import { hoverMarkdown } from './hover-markdown';
import { labelOfGroup, rowAbove, type RowId, rowsBelow } from './sibling-groups';
import { appearanceOf, groupItem, treeItemOf } from './tree-item';
import { isWorthShowing } from './view-state';

/** How long a hover waits for a daemon; it shows without what is late. */
const inspectPatienceMs = 800;

/**
 * Elements are the ids of nodes and of groups of them: the same thing keeps its row, its expansion and its selection over
 * every look.
 */
export interface HierarchyTree extends vscode.TreeDataProvider<RowId>, vscode.Disposable {
    /** Brings the rows from what was last drawn to what is shown now, touching only those that differ; false for none. */
    readonly update: () => boolean;
}

export function createHierarchyTree(hierarchy: Hierarchy): HierarchyTree {
    const changed = new vscode.EventEmitter<RowId | RowId[] | undefined>();
    let drawn: Topology | undefined;

    function nodeOf(id: RowId): TopologyNode | undefined {
        return drawn?.nodes.get(id);
    }

    return {
        onDidChangeTreeData: changed.event,
        update() {
            const previous = drawn;
            drawn = hierarchy.shown;
            if (previous === drawn) return false;
            const rows = previous && drawn && isSameKind(previous, drawn) ? rowsToDraw(previous, drawn) : undefined;
            if (rows?.length === 0) return false;
            changed.fire(rows);
            return true;
        },
        getChildren(id) {
            if (!drawn || !isWorthShowing(drawn)) return [];
            return rowsBelow(drawn, id);
        },
        getParent: (id) => drawn && rowAbove(drawn, id),
        getTreeItem(id) {
            const node = nodeOf(id);
            if (drawn && node) return treeItemOf(drawn, node);
            const group = drawn && labelOfGroup(drawn, id);
            // A row that is about to go may be asked for once more.
            return drawn && group !== undefined ? groupItem(drawn, id, group) : new vscode.TreeItem('');
        },
        async resolveTreeItem(item, id, token) {
            const node = nodeOf(id);
            if (!drawn || !node) return item;
            const topology = drawn;
            const [detailed, stores] = await Promise.all([withInspection(hierarchy, node), storesOf(hierarchy, node)]);
            const clock = { now: Date.now(), isRecording: hierarchy.recording !== undefined };
            if (!token.isCancellationRequested)
                item.tooltip = hoverMarkdown(hoverOf(topology, detailed, clock, stores));
            return item;
        },
        dispose: () => {
            changed.dispose();
        },
    };
}

/** Undefined for all of them: the roots are others. */
function rowsToDraw(previous: Topology, next: Topology): NodeId[] | undefined {
    const { changed, reordered } = differenceOf(previous, next, appearanceOf);
    const parents = reordered.filter((id) => id !== null);
    return parents.length < reordered.length ? undefined : [...new Set([...parents, ...changed])];
}

/** Whether rows of one can go on as rows of the other. */
function isSameKind(one: Topology, other: Topology): boolean {
    return one.order === other.order && isWorthShowing(one) === isWorthShowing(other);
}

async function withInspection(hierarchy: Hierarchy, node: TopologyNode): Promise<TopologyNode> {
    if (node.kind !== 'container' || !node.container || node.container.inspected || hierarchy.recording) return node;
    const { container } = node;
    const answer = await withinPatience(hierarchy.inspect(node));
    if (!answer) return node;
    if (answer === late) {
        return { ...node, container: { ...container, inspectProblem: container.inspectProblem ?? notYet } };
    }
    const told = 'reason' in answer ? { inspectProblem: answer } : { inspected: answer, inspectProblem: undefined };
    return { ...node, container: { ...container, ...told } };
}

const notYet: Gap = { source: 'docker', reason: 'timeout', detail: 'not answered yet', help: 'Hover again' };

async function storesOf(hierarchy: Hierarchy, node: TopologyNode): Promise<readonly ContainerdStore[] | undefined> {
    if (node.kind !== 'process' || node.role !== 'containerd') return undefined;
    const answer = await withinPatience(hierarchy.stores(node));
    return answer === late ? undefined : answer;
}

const late = 'late';

async function withinPatience<Answer>(answer: Promise<Answer>): Promise<Answer | typeof late> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<typeof late>((resolve) => {
        timer = setTimeout(resolve, inspectPatienceMs, late);
    });
    try {
        return await Promise.race([answer, patience]);
    } finally {
        clearTimeout(timer);
    }
}
