import * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import { plainWords } from './notifications';

/** What a command does, by its id; scripts get what it returns from `executeCommand`. */
export type CommandTable = Readonly<Record<string, (argument?: unknown) => unknown>>;

/** A command that fails says so in one line, and the log keeps the rest. */
export function registerCommands(commands: CommandTable, log: vscode.LogOutputChannel): vscode.Disposable {
    const registered = Object.entries(commands).map(([id, run]) =>
        vscode.commands.registerCommand(id, async (argument?: unknown) => {
            try {
                return await run(argument);
            } catch (error) {
                const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
                const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
                log.error([`${id}: ${visible(message, 1000)}`, ...frames.map((line) => visible(line))].join('\n'));
                throw new Error(plainWords(message), { cause: error });
            }
        }),
    );
    return vscode.Disposable.from(...registered);
}
