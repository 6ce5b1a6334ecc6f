import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { defaultContainerdSocket } from '../../src/topology/addresses';
import { buildTopology } from '../../src/topology/build';
import { type Machine, readMachine } from './read-machine';
import { readRecordedMachine } from './read-recorded-machine';
import type { Topology } from '../../src/topology/topology';

// The tests run from dist/test/<room>; the machines stay where they are written.
const folder = join(__dirname, '../../../test/machines');

/** All machines, written and recorded, without their ending: `systemd-v2`, `hostile/loops-in-ppid`, `recorded/docker` … */
export const machineNames: readonly string[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(machine|truth)$/.test(file))
    .map((file) => file.replace(/\.(machine|truth)$/, ''))
    .sort();

export function goldenFile(name: string): string {
    return join(folder, `${name}.golden`);
}

export function machine(name: string): Machine {
    const written = join(folder, `${name}.machine`);
    if (existsSync(written)) return readMachine(readFileSync(written, 'utf8'));
    const [recording = '', truth = ''] = ['json', 'truth'].map((ending) =>
        readFileSync(join(folder, `${name}.${ending}`), 'utf8'),
    );
    return readRecordedMachine(recording, truth);
}

export function topologyOf(name: string): Topology {
    return buildTopology(machine(name).snapshot);
}

/** The snapshot with what only root sees of a containerd: its files, its user, and where the kernel says it listens. */
export function withContainerdsSeen(snapshot: Snapshot, changed: Partial<Process> = {}): Snapshot {
    const seen = { uid: 0, namespaces: { mnt: 1 }, exe: '/usr/bin/containerd', listens: [defaultContainerdSocket] };
    const processes = snapshot.processes.map((one) => {
        return /(^|\/)containerd$/.test(one.argv?.[0] ?? '') ? { ...one, ...seen, ...changed } : one;
    });
    return { ...snapshot, host: { ...snapshot.host, uid: 0, namespaces: { mnt: 1 } }, processes };
}
