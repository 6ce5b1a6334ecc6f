import * as vscode from 'vscode';
import type { CommandTable } from './commands';
import type { Hierarchy } from './hierarchy';
import { noticesOf } from './notices';
import { explain, inform } from './notifications';
import { typeIntoTerminal } from './terminal';

const installGuide = vscode.Uri.parse('https://docs.docker.com/engine/install/');
const permissionGuide = vscode.Uri.parse('https://docs.docker.com/engine/install/linux-postinstall/');

/** What the empty view's buttons do. Nothing is installed, started or changed on a person's behalf. */
export function guidanceCommands(hierarchy: Hierarchy): CommandTable {
    return {
        'dockerRuntime.explainProblem': async () => {
            await hierarchy.refresh(); // nobody may have looked for long
            const notices = noticesOf(hierarchy, Date.now());
            const paragraphs = notices.length === 0 ? ['Everything that was asked has answered.'] : notices;
            explain('What could not be seen', paragraphs);
            return paragraphs.join('\n\n');
        },
        'dockerRuntime.openInstallGuide': () => vscode.env.openExternal(installGuide),
        'dockerRuntime.openPermissionGuide': () => vscode.env.openExternal(permissionGuide),
        'dockerRuntime.typeStartCommand': () => {
            const command = hierarchy.whole?.gaps.find(({ remedy }) => remedy === 'start')?.command;
            if (command !== undefined) return typeIntoTerminal('Docker', command) ? command : undefined;
            inform('No command is known that would start Docker here.');
            return undefined;
        },
        'dockerRuntime.openSettings': () =>
            vscode.commands.executeCommand('workbench.action.openSettings', 'dockerRuntime.'),
    };
}
