import * as vscode from 'vscode';
import { topologyToJson } from '../present/json';
import type { CommandTable } from './commands';
import type { GraphPanels } from './graph-panel';
import type { Hierarchy } from './hierarchy';

/** Commands about what is shown, and how. */
export function viewCommands(hierarchy: Hierarchy, graph: GraphPanels, log: vscode.LogOutputChannel): CommandTable {
    return {
        'dockerRuntime.refresh': async () => {
            await hierarchy.refresh();
        },
        'dockerRuntime.showGraph': (argument) => {
            if (typeof argument === 'string' && hierarchy.shown?.nodes.has(argument)) hierarchy.select(argument);
            graph.show();
        },
        'dockerRuntime.filter': async (argument) => {
            const words = typeof argument === 'string' ? argument : await askForFilter(hierarchy.filter);
            if (words !== undefined) hierarchy.setFilter(words);
        },
        'dockerRuntime.clearFilter': () => {
            hierarchy.setFilter('');
        },
        'dockerRuntime.toggleOrder': () => {
            hierarchy.setOrder(hierarchy.order === 'kernel' ? 'ownership' : 'kernel');
            return hierarchy.order;
        },
        'dockerRuntime.showKernelOrder': () => {
            hierarchy.setOrder('kernel');
        },
        'dockerRuntime.showOwnershipOrder': () => {
            hierarchy.setOrder('ownership');
        },
        'dockerRuntime.getTopology': async () => topologyToJson(await hierarchy.refresh()),
        'dockerRuntime.showLog': () => {
            log.show();
        },
    };
}

async function askForFilter(current: string): Promise<string | undefined> {
    return vscode.window.showInputBox({
        title: 'Filter the hierarchy',
        prompt: 'A part of a name, image, command or id, or a whole pid; empty shows everything',
        value: current,
    });
}
