import * as vscode from 'vscode';
import type { CommandTable } from './commands';

const installGuide = vscode.Uri.parse('https://docs.docker.com/engine/install/');
const permissionGuide = vscode.Uri.parse('https://docs.docker.com/engine/install/linux-postinstall/');
const startCommand = 'sudo systemctl start docker';

/** What the empty view's buttons do. Nothing is installed, started or changed on a person's behalf. */
export function guidanceCommands(): CommandTable {
    return {
        'dockerRuntime.openInstallGuide': () => vscode.env.openExternal(installGuide),
        'dockerRuntime.openPermissionGuide': () => vscode.env.openExternal(permissionGuide),
        'dockerRuntime.typeStartCommand': () => {
            const terminal = vscode.window.createTerminal('Docker');
            terminal.show();
            terminal.sendText(startCommand, false);
        },
        'dockerRuntime.openSettings': () =>
            vscode.commands.executeCommand('workbench.action.openSettings', 'dockerRuntime.'),
    };
}
