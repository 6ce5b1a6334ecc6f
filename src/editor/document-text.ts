import { visibleJson } from '../present/plain-text';
import { maskSecrets } from './mask-secrets';

/** JSON as its document shows it; of what no container is like, a line that says so. */
export function documentText(value: unknown, showsSecrets: boolean): string {
    if (isBeyondMeasure(value)) {
        return `// It is not shown: it has more than ${mostValues.toLocaleString('en')} values, or more than ${String(mostLevels)} levels of them.\n`;
    }
    return `${visibleJson(showsSecrets ? value : maskSecrets(value), 4)}\n`;
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
