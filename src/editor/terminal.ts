import * as vscode from 'vscode';
import { inform } from './notifications';

/**
 * Types a command into a new terminal and leaves it to the person to run it; false where the workspace is not trusted.
 * The commands that do so are disabled there, but another extension may call them all the same.
 */
export function typeIntoTerminal(name: string, command: string): boolean {
    if (!vscode.workspace.isTrusted) {
        inform('This workspace is not trusted: no command is typed into a terminal here.');
        return false;
    }
    const terminal = vscode.window.createTerminal(name);
    terminal.show();
    terminal.sendText(command, false);
    return true;
}
