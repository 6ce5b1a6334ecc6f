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

export async function saveRecording(
    path: string,
    snapshot: Snapshot,
    options: { readonly redact: boolean },
): Promise<FileOutcome<undefined>> {
    return writeWhole(path, writeRecording(snapshot, options));
}
