import { readRecording } from '../../src/sources/recording/recording';
import type { Machine } from './read-machine';

/**
 * Reads what `docker-runtime record` wrote on a real host, and the truth that the host's own tools told at the same
 * moment. The lines of the truth: `#` and a title, `container WORD ID`, and `PID WORD` for each process of a container.
 * What has no line runs on the host itself.
 */
export function readRecordedMachine(recording: string, truthText: string): Machine {
    const read = readRecording(recording);
    if (!read.ok) throw new Error(read.message);
    const lines = truthText.split('\n').filter((line) => line !== '');
    const ids = new Map<string, string>();
    for (const line of lines) {
        const [, word = '', id = ''] = /^container (\S+) (\S+)$/.exec(line) ?? [];
        if (id !== '') ids.set(word, id);
    }
    const told = new Map<number, string>();
    for (const line of lines) {
        const [pid = '', word = ''] = line.split(' ');
        const id = ids.get(word);
        if (/^\d+$/.test(pid) && id !== undefined) told.set(Number(pid), id);
        else if (!/^(#|container) /.test(line)) throw new Error(`this line is none of a truth: ${line}`);
    }
    return {
        title: lines.flatMap((line) => (line.startsWith('#') ? line.slice(2) : [])).join(' '),
        snapshot: read.snapshot,
        truth: new Map(read.snapshot.processes.map(({ pid }) => [pid, told.get(pid) ?? null])),
        // An id that a person chose reads as well as a word for it.
        idWords: new Map([...ids].flatMap(([word, id]) => (/^[0-9a-f]{64}$/.test(id) ? [[id, word] as const] : []))),
    };
}
