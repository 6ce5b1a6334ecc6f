import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTopology } from '../../src/topology/build';
import { type Machine, readMachine } from './read-machine';
import type { Topology } from '../../src/topology/topology';

// The tests run from dist/test/<room>; the machines stay where they are written.
const folder = join(__dirname, '../../../test/machines');

/** The names of all machine files, without their ending: `systemd-v2`, `hostile/loops-in-ppid` … */
export const machineNames: readonly string[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.machine'))
    .map((file) => file.slice(0, -'.machine'.length))
    .sort();

export function machineFile(name: string): string {
    return join(folder, `${name}.machine`);
}

export function machine(name: string): Machine {
    return readMachine(readFileSync(machineFile(name), 'utf8'));
}

export function topologyOf(name: string): Topology {
    return buildTopology(machine(name).snapshot);
}
