import { access } from 'node:fs/promises';
import type { Snapshot } from '../../model/snapshot';
import { largestRecordingBytes, readRecording, type Recording, writeRecording } from './recording';
import { type FileOutcome, readWhole, writeWhole } from './whole-files';

/** Where it is refused, the message is the end of a sentence that names the file: `it is a directory`. */
export async function openRecording(path: string): Promise<Recording> {
    const text = await readWhole(path, largestRecordingBytes);
    if (!text.ok) return { ok: false, message: text.why };
    const recording = readRecording(text.value);
    return recording.ok ? { ok: true, snapshot: { ...recording.snapshot, recorded: true } } : recording;
}

export interface SaveOptions {
    readonly redact: boolean;
    /** Only what is no file yet, or a recording, is written: no person has chosen the path. */
    readonly keepsOtherFiles?: boolean;
}

export async function saveRecording(
    path: string,
    snapshot: Snapshot,
    options: SaveOptions,
): Promise<FileOutcome<undefined>> {
    if (options.keepsOtherFiles && (await isThere(path)) && !(await openRecording(path)).ok) {
        return { ok: false, why: 'a file that is not a recording already exists there; not overwritten' };
    }
    return writeWhole(path, writeRecording(snapshot, options));
}

async function isThere(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}
