import * as vscode from 'vscode';
import { describe } from '../present/describe';
import type { Icon, Tone } from '../present/scene';
import { likelyRoleOf } from '../topology/claims';
import { pidOf } from '../topology/lineage';
import type { NodeId, Topology, TopologyNode } from '../topology/topology';
import { hasProcess, hasSpec, isListed } from './document-paths';

/** A row without its hover, which is made when somebody points at it. */
export function treeItemOf(topology: Topology, node: TopologyNode): vscode.TreeItem {
    const { label, description, icon, tone, accessibleLabel } = describe(topology, node);
    const item = new vscode.TreeItem(label, collapsibleState(topology, node));
    // Each order remembers for itself what is folded.
    item.id = `${topology.order} ${node.id}`;
    item.description = description;
    item.iconPath = new vscode.ThemeIcon(icons[icon], colorOf(icon, tone));
    item.accessibilityInformation = { label: accessibleLabel, role: 'treeitem' };
    item.contextValue = contextValueOf(node);
    return item;
}

/** A part of many siblings; folded, for most of them are not what somebody looks for. */
export function groupItem(topology: Topology, id: string, label: string): vscode.TreeItem {
    const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `${topology.order} ${id}`;
    item.iconPath = new vscode.ThemeIcon('ellipsis');
    return item;
}

/** Equal for rows that look the same. */
export function appearanceOf(topology: Topology, node: TopologyNode): string {
    const { label, description, icon, tone } = describe(topology, node);
    return [label, description, icon, tone, contextValueOf(node), node.children.length > 0].join('\n');
}

const icons: Readonly<Record<Icon, string>> = {
    engine: 'server-process',
    containerd: 'layers',
    shim: 'plug',
    'container-running': 'package',
    'container-paused': 'debug-pause',
    'container-stopped': 'debug-stop',
    'container-restarting': 'sync',
    main: 'circle-filled',
    init: 'gear',
    exec: 'terminal',
    healthcheck: 'pulse',
    process: 'circle-outline',
    zombie: 'circle-slash',
    proxy: 'arrow-swap',
    runc: 'zap',
};

const colors: Readonly<Record<Exclude<Tone, 'normal'>, string>> = {
    muted: 'disabledForeground',
    warning: 'list.warningForeground',
    error: 'list.errorForeground',
};

function colorOf(icon: Icon, tone: Tone): vscode.ThemeColor | undefined {
    if (tone !== 'normal') return new vscode.ThemeColor(colors[tone]);
    return icon === 'container-running' ? new vscode.ThemeColor('testing.iconPassed') : undefined;
}

/** Flags for the menus' conditions, matched with `=~ /\bpid\b/`. */
function contextValueOf(node: TopologyNode): string {
    const flags: string[] = [node.kind];
    if (pidOf(node) !== undefined) flags.push('pid');
    if (containerIdOf(node) !== undefined) flags.push('id');
    if (isListed(node)) flags.push('inspectable');
    if (hasSpec(node)) flags.push('spec');
    if (hasProcess(node)) flags.push('cmdline');
    return flags.join(' ');
}

export function containerIdOf(node: TopologyNode): string | undefined {
    return node.kind === 'engine'
        ? undefined
        : (node.containerId ?? (node.kind === 'process' ? node.shim?.id : undefined));
}

/** Open down to the containers, and into those that hold little; in kernel order, down to what the runtime started. */
function collapsibleState(topology: Topology, node: TopologyNode): vscode.TreeItemCollapsibleState {
    // The workbench folds away the first child of a row that could not be folded before: a daemon's first container.
    if (node.children.length === 0 && !(isDaemon(node) && topology.order === 'ownership')) {
        return vscode.TreeItemCollapsibleState.None;
    }
    const open = topology.order === 'kernel' ? leadsToRuntime(topology, node.id) : !holdsMany(topology, node);
    return open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

const fewProcesses = 5;

function holdsMany(topology: Topology, node: TopologyNode): boolean {
    return !isDaemon(node) && countBelow(topology, node, fewProcesses + 1) > fewProcesses;
}

/** An engine, a containerd or a shim; for a moment after its fork, a shim has the argv of the helper that starts it. */
function isDaemon(node: TopologyNode): boolean {
    if (node.kind !== 'process') return node.kind === 'engine';
    return (node.shim ?? node.addresses) !== undefined || likelyRoleOf(node.process) === 'shim';
}

/** Counts no further than it has to. */
function countBelow(topology: Topology, node: TopologyNode, enough: number): number {
    const below = nodesBelow(topology, node.id);
    let count = 0;
    while (count < enough && !below.next().done) count++;
    return count;
}

function leadsToRuntime(topology: Topology, id: NodeId): boolean {
    for (const node of nodesBelow(topology, id)) if (node.kind === 'process' && node.role !== 'host') return true;
    return false;
}

/** Without recursion: a chain of processes may be as long as somebody cares to make it. */
function* nodesBelow({ nodes }: Topology, id: NodeId): Generator<TopologyNode> {
    const pending = [...(nodes.get(id)?.children ?? [])].reverse();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const node = nodes.get(next);
        if (!node) continue;
        yield node;
        for (const child of [...node.children].reverse()) pending.push(child);
    }
}
