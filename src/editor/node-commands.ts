import * as vscode from 'vscode';
import { shellWords } from '../present/plain-text';
import { topologyText } from '../present/text';
import { findNodes, lineageOf, pidOf } from '../topology/lineage';
import type { TopologyNode } from '../topology/topology';
import { chooseNode, pickNode } from './choose-node';
import type { CommandTable } from './commands';
import type { Hierarchy } from './hierarchy';
import type { HierarchyView } from './hierarchy-view';
import { commandLineUri, documentUri } from './container-documents';
import { hasProcess, hasSpec, isListed } from './document-paths';
import { truncationNote } from './document-text';
import { inform } from './notifications';
import { restrictTo } from '../topology/restrict';
import { containerIdOf } from './tree-item';

/** Commands about one node: of the row they are called on, or of the one that they ask for. */
export function nodeCommands(hierarchy: Hierarchy, view: HierarchyView): CommandTable {
    return {
        'dockerRuntime.copyPid': async (argument) => {
            const node = await chooseNode(hierarchy, argument, hasPid, 'Copy the pid of …');
            return node && copy(String(pidOf(node)));
        },
        'dockerRuntime.copyId': async (argument) => {
            const node = await chooseNode(hierarchy, argument, hasContainerId, 'Copy the container id of …');
            return node && copy(containerIdOf(node) ?? '');
        },
        'dockerRuntime.copyCommandLine': async (argument) => {
            const node = await chooseNode(hierarchy, argument, hasProcess, 'Copy the command line of …');
            if (!node) return undefined;
            const isRecorded = hierarchy.recording !== undefined;
            const told = await hierarchy.commandLine(node.process);
            if ('why' in told) {
                inform(told.why);
                return undefined;
            }
            if (told.argvTruncated)
                inform(`The command line that is copied is not whole. ${truncationNote(isRecorded)}`);
            return copy(shellWords(told.argv));
        },
        'dockerRuntime.copyLineage': async (argument) => {
            const node = await chooseNode(hierarchy, argument, isAnything, 'Copy the lineage of …');
            const topology = hierarchy.shown;
            if (!node || !topology) return undefined;
            const lineage = new Set(lineageOf(topology, node.id).map(({ id }) => id));
            return copy(topologyText(restrictTo(topology, lineage)));
        },
        'dockerRuntime.inspect': async (argument) => {
            const node = await chooseNode(hierarchy, argument, isListed, 'Inspect which container?');
            return node && show(documentUri('inspect', node));
        },
        'dockerRuntime.openSpec': async (argument) => {
            const node = await chooseNode(hierarchy, argument, hasSpec, 'Open the OCI spec of which container?');
            return node && show(documentUri('spec', node));
        },
        'dockerRuntime.openCommandLine': async (argument) => {
            const node = await chooseNode(hierarchy, argument, hasProcess, 'Open the command line of which process?');
            return node && show(commandLineUri(node.process));
        },
        'dockerRuntime.reveal': async (argument) => {
            const words =
                typeof argument === 'string' || typeof argument === 'number' ? String(argument) : await askForWords();
            if (words === undefined) return undefined;
            const node = nodeCalled(hierarchy, words) ?? (await find(hierarchy, words));
            if (node) await view.reveal(node.id);
            return node?.id;
        },
    };
}

const hasPid = (node: TopologyNode): node is TopologyNode => pidOf(node) !== undefined;
const hasContainerId = (node: TopologyNode): node is TopologyNode => containerIdOf(node) !== undefined;
const isAnything = (_node: TopologyNode): _node is TopologyNode => true;

async function show(uri: vscode.Uri): Promise<vscode.Uri> {
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
    return document.uri;
}

async function copy(text: string): Promise<string> {
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage('Copied', 2_000);
    return text;
}

async function askForWords(): Promise<string | undefined> {
    return vscode.window.showInputBox({
        title: 'Reveal in the hierarchy',
        prompt: 'A pid of this host, a container name, or the beginning of a container id',
    });
}

/** By its own id, as our other views name it; a container has no row in the kernel's order, nor has what a filter hides. */
function nodeCalled(hierarchy: Hierarchy, id: string): TopologyNode | undefined {
    if (!hierarchy.whole?.nodes.has(id)) return undefined;
    if (!hierarchy.shown?.nodes.has(id)) {
        hierarchy.setFilter('');
        hierarchy.setOrder('ownership');
    }
    return hierarchy.shown?.nodes.get(id);
}

async function find(hierarchy: Hierarchy, words: string): Promise<TopologyNode | undefined> {
    await hierarchy.refresh();
    if (hierarchy.filter !== '') hierarchy.setFilter('');
    const topology = hierarchy.shown;
    const found = topology ? findNodes(topology, words) : [];
    if (!topology || found.length === 0) {
        inform(`No process or container here matches “${words}”.`);
        return undefined;
    }
    return found.length === 1 ? found[0] : pickNode(topology, found, 'Which one?');
}
