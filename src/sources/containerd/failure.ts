import { status } from '@grpc/grpc-js';
import type { Gap } from '../../model/gap';
import { NoAnswer } from '../hanging-files';
import { TooMuch } from './connection';

/** Why containerd did not answer, for a person. */
export function gapOf(address: string, error: unknown, milliseconds: number): Gap {
    const { code, details, message } = error as { code?: unknown; details?: unknown; message?: unknown };
    const source = `containerd ${address}`;
    const said = oneLine(details === undefined || details === '' ? message : details);
    if ((error as Error).name === 'TimeoutError') {
        return {
            source,
            reason: 'timeout',
            detail: `no answer within ${String(milliseconds)} ms`,
            help: 'It, or one of its shims, may hang; it is asked again by itself.',
        };
    }
    if (error instanceof NoAnswer) {
        return {
            source,
            reason: 'timeout',
            detail: message as string,
            help: 'It may be on a network that is away; it is asked again by itself.',
        };
    }
    if ((error as Error).name === 'AbortError') {
        return { source, reason: 'gone', detail: 'it is not asked any more', help: 'Look again.' };
    }
    // A single message that is too large, grpc-js refuses by itself.
    if (error instanceof TooMuch || code === status.RESOURCE_EXHAUSTED) {
        return {
            source,
            reason: 'unsupported',
            detail: `it keeps more than is read here: ${said}`,
            help: 'See what it keeps, in each of its namespaces: ctr -n NAMESPACE containers ls.',
        };
    }
    switch (code) {
        case 'EACCES':
        case 'EPERM':
        case status.PERMISSION_DENIED:
            return {
                source,
                reason: 'forbidden',
                detail: 'this user may not use its socket',
                help: "containerd's socket is usable by root only, by default; all else is shown without it.",
            };
        case 'ENOENT':
        case 'ENOTDIR':
            return {
                source,
                reason: 'unreachable',
                detail: 'there is no such socket',
                help: 'It may have ended, or see another file system than this program.',
            };
        case status.UNIMPLEMENTED:
            return { source, reason: 'unsupported', detail: said, help: 'containerd 1.3 or newer is required.' };
        case status.UNAVAILABLE:
            return {
                source,
                reason: 'unreachable',
                detail: said,
                help: 'It has ended, or is just starting; it is asked again by itself.',
            };
        case status.NOT_FOUND:
            return { source, reason: 'gone', detail: said, help: 'Refresh.' };
        default:
            return {
                source,
                reason: 'malformed',
                detail: `the answer is none of containerd's: ${said}`,
                help: 'Something else may serve at this socket.',
            };
    }
}

function oneLine(text: unknown): string {
    const line = String(text)
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim();
    return line.length > 300 ? `${line.slice(0, 300)}…` : line || 'no explanation';
}
