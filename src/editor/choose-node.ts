import * as vscode from 'vscode';
import { describe } from '../present/describe';
import { findNodes } from '../topology/lineage';
import type { Topology, TopologyNode } from '../topology/topology';
import type { Hierarchy } from './hierarchy';
import { withoutIcons } from './markdown';
import { inform } from './notifications';

/**
 * The node that a command is about: the row it was called on, what a script named (a node's id, a pid, a container's
 * name or id), or what the person picks. Undefined when nothing fits, or the person changed their mind.
 */
export async function chooseNode<Node extends TopologyNode>(
    hierarchy: Hierarchy,
    argument: unknown,
    isWanted: (node: TopologyNode) => node is Node,
    question: string,
): Promise<Node | undefined> {
    const isNamed = typeof argument === 'string' || typeof argument === 'number';
    // What is known may be old when no face is visible: nobody chooses from that.
    const looked = isNamed && hierarchy.shown ? hierarchy.shown : await hierarchy.refresh();
    const topology = hierarchy.shown ?? looked;
    if (isNamed) {
        const named = topology.nodes.get(String(argument));
        const found = (named ? [named] : findNodes(topology, String(argument))).filter(isWanted);
        if (found.length > 1) return pickNode(topology, found, question);
        if (found.length === 0) inform('Nothing in the hierarchy matches that any more.');
        return found[0];
    }
    const selected = hierarchy.selected;
    const nodes = [...topology.nodes.values()].filter(isWanted);
    nodes.sort((one, other) => Number(other.id === selected) - Number(one.id === selected));
    return pickNode(topology, nodes, question);
}

/** Asks which of several is meant; with none there is nothing to ask. */
export async function pickNode<Node extends TopologyNode>(
    topology: Topology,
    nodes: readonly Node[],
    question: string,
): Promise<Node | undefined> {
    if (nodes.length === 0) {
        inform('There is nothing in the hierarchy to choose from.');
        return undefined;
    }
    const items = nodes.map((node) => {
        const { label, description } = describe(topology, node);
        return { label: withoutIcons(label), description: withoutIcons(description), node };
    });
    const picked = await vscode.window.showQuickPick(items, { placeHolder: question, matchOnDescription: true });
    return picked?.node;
}
