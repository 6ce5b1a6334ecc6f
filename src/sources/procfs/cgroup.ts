import type { CgroupLine } from '../../model/process';
import { decodeBytes } from './byte-text';

/**
 * The lines `hierarchy:controllers:path` of /proc/PID/cgroup, cgroups(7). The kernel refuses newlines in a cgroup's
 * name and nothing else: a path may hold colons and blanks, and ends in " (deleted)" when the cgroup was removed; it is
 * kept as the kernel writes it. Undefined when a line is anything else: half of the truth would attribute wrongly.
 *
 * As one string: searching the bytes for the colons took twice as long.
 */
export function parseCgroup(bytes: Buffer, length: number): readonly CgroupLine[] | undefined {
    const lines: CgroupLine[] = [];
    for (const line of decodeBytes(bytes, 0, length).split('\n')) {
        if (line === '') {
            continue; // after the last newline
        }
        const afterHierarchy = line.indexOf(':');
        const afterControllers = line.indexOf(':', afterHierarchy + 1);
        const hierarchy = line.slice(0, Math.max(afterHierarchy, 0));
        if (afterControllers < 0 || !/^\d{1,9}$/.test(hierarchy)) {
            return undefined;
        }
        lines.push({
            hierarchy: Number(hierarchy),
            controllers: line.slice(afterHierarchy + 1, afterControllers),
            path: line.slice(afterControllers + 1),
        });
    }
    return lines;
}
