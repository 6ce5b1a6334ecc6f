import * as vscode from 'vscode';
import type { Snapshot } from '../model/snapshot';
import { visible } from '../present/plain-text';
import { buildTopology } from '../topology/build';
import type { CommandTable } from './commands';
import type { Hierarchy } from './hierarchy';
import { withoutLinks } from './markdown';

/** How recordings are written and read; the editor knows their files, not their format. */
export interface RecordingFormat {
    readonly write: (snapshot: Snapshot, options: { readonly redact: boolean }) => string;
    readonly read: (
        text: string,
    ) => { readonly ok: true; readonly snapshot: Snapshot } | { readonly ok: false; readonly message: string };
    /** Larger files are not read at all. */
    readonly largestBytes: number;
}

export function recordingCommands(
    hierarchy: Hierarchy,
    format: RecordingFormat,
    extensionUri: vscode.Uri,
): CommandTable {
    async function open(uri: vscode.Uri, name: string): Promise<boolean> {
        const text = await readText(uri, format.largestBytes);
        const recording = text.ok ? format.read(text.text) : text;
        if (!recording.ok) {
            const message = `${visible(name)} can't be opened: ${visible(recording.message)}.`;
            void vscode.window.showErrorMessage(withoutLinks(message));
            return false;
        }
        hierarchy.showRecording({ name, topology: buildTopology(recording.snapshot) });
        return true;
    }

    return {
        'dockerRuntime.recordSnapshot': async (argument) => {
            const wish = readWish(argument) ?? (await askForWish());
            if (!wish) return undefined;
            const { snapshot } = await hierarchy.refresh();
            await writeWhole(wish.uri, format.write(snapshot, wish));
            return wish.uri.fsPath;
        },
        'dockerRuntime.openSnapshot': async (argument) => {
            const uri = uriOf(argument) ?? (await askForFile());
            if (!uri || !(await open(uri, uri.path.slice(uri.path.lastIndexOf('/') + 1)))) return false;
            await vscode.commands.executeCommand('dockerRuntime.hierarchy.focus');
            return true;
        },
        'dockerRuntime.openSample': async () => {
            const opened = await open(
                vscode.Uri.joinPath(extensionUri, 'media', 'sample-host.json'),
                'the sample host',
            );
            if (opened) await vscode.commands.executeCommand('dockerRuntime.hierarchy.focus');
            return opened;
        },
        'dockerRuntime.closeSnapshot': () => {
            hierarchy.showRecording(undefined);
        },
    };
}

interface Wish {
    readonly uri: vscode.Uri;
    readonly redact: boolean;
}

function readWish(argument: unknown): Wish | undefined {
    if (typeof argument !== 'object' || argument === null || argument instanceof vscode.Uri) {
        const uri = uriOf(argument);
        return uri && { uri, redact: false };
    }
    const { path, redact } = argument as { readonly path?: unknown; readonly redact?: unknown };
    const uri = uriOf(path);
    return uri && { uri, redact: redact === true };
}

function uriOf(argument: unknown): vscode.Uri | undefined {
    if (argument instanceof vscode.Uri) return argument;
    return typeof argument === 'string' && argument.startsWith('/') ? vscode.Uri.file(argument) : undefined;
}

async function askForWish(): Promise<Wish | undefined> {
    const redacted = { label: 'Without arguments', description: 'fit to be shared', redact: true };
    const whole = { label: 'Everything', description: 'command lines may hold passwords', redact: false };
    const picked = await vscode.window.showQuickPick([redacted, whole], {
        placeHolder: 'What should the recording hold?',
    });
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const uri =
        picked &&
        (await vscode.window.showSaveDialog({
            title: 'Record this host',
            filters: { 'Docker Runtime recording': ['json'] },
            ...(folder && { defaultUri: vscode.Uri.joinPath(folder, 'docker-host.json') }),
        }));
    return uri && { uri, redact: picked.redact };
}

async function askForFile(): Promise<vscode.Uri | undefined> {
    const chosen = await vscode.window.showOpenDialog({
        title: 'Open a recorded host',
        filters: { 'Docker Runtime recording': ['json'] },
    });
    return chosen?.[0];
}

type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

async function readText(uri: vscode.Uri, largestBytes: number): Promise<Text> {
    try {
        const { size } = await vscode.workspace.fs.stat(uri);
        if (size > largestBytes) return { ok: false, message: 'it is larger than any recording' };
        return { ok: true, text: new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)) };
    } catch (error) {
        return { ok: false, message: error instanceof vscode.FileSystemError ? error.code : String(error) };
    }
}

/** Under another name first, so that a full disk leaves no half recording under the chosen one. */
async function writeWhole(uri: vscode.Uri, text: string): Promise<void> {
    const unfinished = uri.with({ path: `${uri.path}.unfinished` });
    await vscode.workspace.fs.writeFile(unfinished, new TextEncoder().encode(text));
    await vscode.workspace.fs.rename(unfinished, uri, { overwrite: true });
}
