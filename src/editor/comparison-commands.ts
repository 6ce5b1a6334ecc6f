import * as vscode from 'vscode';
import { comparisonText, comparisonToJson } from '../present/comparison';
import { maskedAlike } from '../present/secrets';
import { comparisonOf } from '../topology/comparison';
import type { CommandTable } from './commands';
import type { ComparisonDocuments } from './comparison-documents';
import type { Hierarchy, OpenRecording } from './hierarchy';
import { askForRecording, openRecordingAt, type RecordingFiles, uriOf } from './recording-commands';

/** Two recordings, or one and the live host, side by side in words. A script gets the same as JSON. */
export function comparisonCommands(
    hierarchy: Hierarchy,
    files: RecordingFiles,
    documents: ComparisonDocuments,
): CommandTable {
    async function compare(before: OpenRecording, after: OpenRecording) {
        const comparison = comparisonOf(
            ...maskedAlike(hierarchy.fitToShow(before.topology), hierarchy.fitToShow(after.topology)),
        );
        await documents.show(`${before.name}-and-${after.name}`, comparisonText(comparison));
        return comparisonToJson(comparison);
    }

    async function liveHost(): Promise<OpenRecording> {
        return { name: 'this-host', topology: await hierarchy.lookLive() };
    }

    return {
        'dockerRuntime.compareSnapshots': async (argument) => {
            const wish = readWish(argument) ?? (await askForWish());
            const before = wish && (await openRecordingAt(files, wish.before));
            const after = before && (await (wish.after ? openRecordingAt(files, wish.after) : liveHost()));
            return after && compare(before, after);
        },
        'dockerRuntime.compareWithLive': async () => {
            return hierarchy.recording && compare(hierarchy.recording, await liveHost());
        },
    };
}

interface Wish {
    readonly before: vscode.Uri;
    /** The live host, where it is absent. */
    readonly after?: vscode.Uri;
}

function readWish(argument: unknown): Wish | undefined {
    if (typeof argument !== 'object' || argument === null) return undefined;
    const { before, after } = argument as { readonly before?: unknown; readonly after?: unknown };
    const uris = { before: uriOf(before), after: uriOf(after) };
    return uris.before && { before: uris.before, ...(uris.after && { after: uris.after }) };
}

async function askForWish(): Promise<Wish | undefined> {
    const before = await askForRecording('Compare which recorded host?');
    if (!before) return undefined;
    const live = { label: 'With this host, now', isLive: true };
    const picked = await vscode.window.showQuickPick([live, { label: 'With another recording…', isLive: false }], {
        placeHolder: 'What should it be compared with?',
    });
    if (!picked) return undefined;
    if (picked.isLive) return { before };
    const after = await askForRecording('Compare with which recorded host?');
    return after && { before, after };
}
