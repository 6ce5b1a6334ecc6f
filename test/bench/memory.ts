import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Snapshot } from '../../src/model/snapshot';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { buildTopology } from '../../src/topology/build';
import { collect } from '../../src/watch/collect';
import { residentBytes } from '../lab/processes';
import type { Plan } from './bench';
import { processesPerContainer, startCrowd } from './crowd';
import type { Report } from './report';

const execute = promisify(execFile);
const looksOfAnHour = 1440;
/** In bytes: what is stated in README.md, and held here. */
const boundPerProcess = 1000;
const boundPerContainer = 25_000;

/** An hour's worth of looks, one every two seconds and a half, in as little time as they take; processes come and go meanwhile. */
export async function measureMemory(plan: Plan, report: Report): Promise<void> {
    const crowd = startCrowd(join(plan.labFolder, 'crowd'));
    const procfs = openProcfs({
        root: '/proc',
        readerPath: join(plan.repository, 'dist/reader.js'),
        deadlineMilliseconds: 60_000,
    });
    try {
        let previous: Snapshot | undefined;
        const look = async (full: boolean) => {
            const { snapshot } = await collect(
                { procfs, dockers: [], givenEngines: [], gaps: [] },
                { previous, look: { full } },
            );
            previous = snapshot;
            return buildTopology(snapshot);
        };
        const heap = async () => {
            await look(true);
            gc?.();
            return process.memoryUsage().heapUsed;
        };
        const processes = 2000;
        const containers = 100;
        const empty = await heap();
        const hosts = previous?.processes.length ?? 0;
        await crowd.grow(processes, 0);
        const idle = await heap();
        await crowd.grow(processes + containers * (processesPerContainer + 1), containers);
        const full = await heap();
        report.heading('Memory of the calling thread', 'its heap after a collection; facts and topology together');
        report.goal('of a process', (idle - empty) / (processes - hosts), boundPerProcess, ' bytes');
        report.goal(
            'of a container with its shim and three processes',
            (full - idle) / containers,
            boundPerContainer,
            ' bytes',
        );
        const reader = readerOf(process.pid);
        report.heading(
            `An hour's worth of looks: ${String(looksOfAnHour)}, at ${String(previous?.processes.length)} processes and 100 containers`,
            'resident memory of the reader process, heap of the calling thread after a collection',
        );
        const figures: { readonly reader: number; readonly heap: number }[] = [];
        for (let number = 0; number <= looksOfAnHour; number++) {
            if (number % 5 === 0) await execute('true');
            await look(number % 15 === 14);
            if (number % (looksOfAnHour / 6) !== 0) continue;
            gc?.();
            const { heapUsed } = process.memoryUsage();
            figures.push({ reader: residentBytes(reader), heap: heapUsed });
            report.figure(
                `after look ${String(number)}`,
                `reader ${megabytes(residentBytes(reader))}, calling thread ${megabytes(heapUsed)}`,
            );
        }
        const [early, late] = [figures[1], figures.at(-1)];
        if (!early || !late) return;
        report.goal(
            'growth of the reader process, from a sixth of the hour to its end',
            late.reader / early.reader,
            1.1,
        );
        report.goal('growth of the calling thread, from a sixth of the hour to its end', late.heap / early.heap, 1.1);
    } finally {
        procfs.dispose();
        await crowd.close();
    }
}

export function readerOf(pid: number): number {
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
    const reader = children.find((name) => readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('reader.js'));
    if (reader === undefined) throw new Error('the reader process is not to be found');
    return Number(reader);
}

function parentOf(pid: string): number | undefined {
    try {
        return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    } catch {
        return undefined; // it ended meanwhile
    }
}

function megabytes(bytes: number): string {
    return `${(bytes / 1e6).toFixed(1)} MB`;
}
