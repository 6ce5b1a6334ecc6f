import * as vscode from 'vscode';

/** What a command does, by its id; scripts get what it returns from `executeCommand`. */
export type CommandTable = Readonly<Record<string, (argument?: unknown) => unknown>>;

/** A command that fails says so in one line, and the log keeps the rest. */
export function registerCommands(commands: CommandTable, log: vscode.LogOutputChannel): vscode.Disposable {
    const registered = Object.entries(commands).map(([id, run]) =>
        vscode.commands.registerCommand(id, async (argument?: unknown) => {
            try {
                return await run(argument);
            } catch (error) {
                log.error(id, error instanceof Error ? error : String(error));
                throw error;
            }
        }),
    );
    return vscode.Disposable.from(...registered);
}
