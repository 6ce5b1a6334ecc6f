import * as vscode from 'vscode';
import type { Snapshot } from '../model/snapshot';
import { maskSnapshot } from '../present/secrets';
import { buildTopology } from '../topology/build';
import type { CommandTable } from './commands';
import type { Hierarchy, OpenRecording } from './hierarchy';
import { warnOfFailure } from './notifications';
import { readSettings } from './settings';

/** Files of this machine: command lines may hold secrets, and only here can a file be kept to its owner. */
export interface RecordingFiles {
    readonly open: (
        path: string,
    ) => Promise<{ readonly ok: true; readonly snapshot: Snapshot } | { readonly ok: false; readonly message: string }>;
    readonly save: (
        path: string,
        snapshot: Snapshot,
        options: { readonly redact: boolean; readonly keepsOtherFiles: boolean },
    ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
}

export function recordingCommands(hierarchy: Hierarchy, files: RecordingFiles, extensionUri: vscode.Uri): CommandTable {
    async function show(uri: vscode.Uri, name?: string): Promise<boolean> {
        const recording = await openRecordingAt(files, uri, name);
        if (!recording) return false;
        hierarchy.showRecording(recording);
        await vscode.commands.executeCommand('dockerRuntime.hierarchy.focus');
        return true;
    }

    return {
        'dockerRuntime.recordSnapshot': async (argument) => {
            const wish = readWish(argument) ?? (await askForWish());
            if (!wish) return undefined;
            const { snapshot } = await hierarchy.refresh();
            const saved = await saveAt(files, wish.uri, snapshot, wish);
            return saved ? wish.uri.fsPath : undefined;
        },
        'dockerRuntime.openSnapshot': async (argument) => {
            const uri = uriOf(argument) ?? (await askForRecording('Open a recorded host'));
            return uri !== undefined && show(uri);
        },
        'dockerRuntime.openSample': async () => {
            return show(vscode.Uri.joinPath(extensionUri, 'media', 'sample-host.json'), 'the sample host');
        },
        'dockerRuntime.closeSnapshot': () => {
            hierarchy.showRecording(undefined);
        },
    };
}

/** Undefined where it is refused, after that was said. */
export async function openRecordingAt(
    files: RecordingFiles,
    uri: vscode.Uri,
    name = nameOf(uri),
): Promise<OpenRecording | undefined> {
    const recording = isOfThisMachine(uri) ? await files.open(uri.fsPath) : elsewhere;
    if (recording.ok) return { name, topology: buildTopology(recording.snapshot) };
    warnOfFailure(`${name} can't be opened: ${recording.message}.`);
    return undefined;
}

async function saveAt(files: RecordingFiles, uri: vscode.Uri, snapshot: Snapshot, wish: Wish): Promise<boolean> {
    const { redact, isChosen } = wish;
    // Without arguments, what daemons said is still there, and may hold a secret.
    const isWhole = readSettings().showSecrets && !redact;
    const saved = isOfThisMachine(uri)
        ? await files.save(uri.fsPath, isWhole ? snapshot : maskSnapshot(snapshot), {
              redact,
              keepsOtherFiles: !isChosen,
          })
        : { ok: false as const, why: elsewhere.message };
    if (!saved.ok) warnOfFailure(`${nameOf(uri)} can't be written: ${saved.why}.`);
    return saved.ok;
}

const elsewhere = { ok: false, message: 'it is not a file of this machine' } as const;

function isOfThisMachine({ scheme }: vscode.Uri): boolean {
    return scheme === 'file';
}

function nameOf({ path }: vscode.Uri): string {
    return path.slice(path.lastIndexOf('/') + 1);
}

interface Wish {
    readonly uri: vscode.Uri;
    readonly redact: boolean;
    /** By the dialog, which asks before it lets a person replace a file; a script's path was shown to nobody. */
    readonly isChosen: boolean;
}

function readWish(argument: unknown): Wish | undefined {
    if (typeof argument !== 'object' || argument === null || argument instanceof vscode.Uri) {
        const uri = uriOf(argument);
        return uri && { uri, redact: false, isChosen: false };
    }
    const { path, redact } = argument as { readonly path?: unknown; readonly redact?: unknown };
    const uri = uriOf(path);
    return uri && { uri, redact: redact === true, isChosen: false };
}

export function uriOf(argument: unknown): vscode.Uri | undefined {
    if (argument instanceof vscode.Uri) return argument;
    return typeof argument === 'string' && argument.startsWith('/') ? vscode.Uri.file(argument) : undefined;
}

async function askForWish(): Promise<Wish | undefined> {
    const redacted = {
        label: 'Without arguments',
        description: 'command lines and labels are left out; names, images, paths and addresses stay',
        redact: true,
    };
    const complete = {
        label: 'With arguments',
        description: readSettings().showSecrets
            ? 'as they are, passwords too; so say the settings'
            : 'what looks like a secret is masked, as well as can be told',
        redact: false,
    };
    const picked = await vscode.window.showQuickPick([redacted, complete], {
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
    return uri && { uri, redact: picked.redact, isChosen: true };
}

export async function askForRecording(title: string): Promise<vscode.Uri | undefined> {
    const chosen = await vscode.window.showOpenDialog({
        title,
        filters: { 'Docker Runtime recording': ['json'] },
    });
    return chosen?.[0];
}
