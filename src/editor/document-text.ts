import type { CommandLine } from '../model/process';
import { visibleArgv, visibleJson } from '../present/plain-text';
import { maskSecrets } from './mask-secrets';

/** JSON as its document shows it; of what no container is like, a line that says so. */
export function documentText(value: unknown, showsSecrets: boolean): string {
    if (isBeyondMeasure(value)) {
        return `// It is not shown: it has more than ${mostValues.toLocaleString('en')} values, or more than ${String(mostLevels)} levels of them.\n`;
    }
    return `${visibleJson(showsSecrets ? value : maskSecrets(value), 4)}\n`;
}

/**
 * A command line as its document shows it: an argument a line, each quoted as wherever else one is shown. What we say
 * ourselves begins with `# `, which no argument can: one with a blank in it is quoted.
 */
export function commandLineText({ argv, argvTruncated }: CommandLine, isRecorded: boolean): string {
    const lines = argv.map((word) => visibleArgv([word], Infinity));
    if (isRecorded) lines.unshift('# From a recording, which holds 4 KiB of a command line at most.');
    if (argv.length === 0) lines.push('# It is empty, as it is for zombies and threads of the kernel.');
    if (argvTruncated) lines.push(`# ${truncationNote(isRecorded)}`);
    return `${lines.join('\n')}\n`;
}

/** What to say below what was cut off. */
export function truncationNote(isRecorded: boolean): string {
    return isRecorded
        ? 'Truncated: it was longer than 4 KiB.'
        : 'Truncated: it is longer than 64 KiB, and no more of it is read.';
}

/** A container has some hundred values, on ten levels. Indented, this many are up to 60 MB. */
const mostValues = 500_000;
const mostLevels = 30;

/** Level by level, and not by recursion: in a few megabytes, brackets can stand deeper than any stack. */
function isBeyondMeasure(value: unknown): boolean {
    let level = [value];
    let count = 1;
    for (let levels = 1; level.length > 0; levels++) {
        if (levels > mostLevels || count > mostValues) return true;
        level = level.flatMap((one): unknown[] => (typeof one === 'object' && one !== null ? Object.values(one) : []));
        count += level.length;
    }
    return false;
}
