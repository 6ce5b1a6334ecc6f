import type { Snapshot } from '../../model/snapshot';
import { largestRecordingBytes, readRecording, type Recording, writeRecording } from './recording';
import { type FileOutcome, readWhole, writeWhole } from './whole-files';

/** Where it is refused, the message is the end of a sentence that names the file: `it is a directory`. */
export async function openRecording(path: string): Promise<Recording> {
    const text = await readWhole(path, largestRecordingBytes);
    return text.ok ? readRecording(text.value) : { ok: false, message: text.why };
}

export async function saveRecording(
    path: string,
    snapshot: Snapshot,
    options: { readonly redact: boolean },
): Promise<FileOutcome<undefined>> {
    return writeWhole(path, writeRecording(snapshot, options));
}
