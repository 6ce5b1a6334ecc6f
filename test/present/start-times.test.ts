import assert from 'node:assert/strict';
import { witnessesOf } from '../../src/present/witnesses';
import { buildTopology } from '../../src/topology/build';
import { startedAt } from '../../src/topology/start-time';
import type { ContainerNode } from '../../src/topology/topology';
import { inspectionOf } from '../inspection';
import { machine } from '../machines/machine-files';

/** Docker says that the only container of a machine has this pid, and runs since so long after that process began. */
function told(name: string, pid: number, millisecondsAfter: number): { verdict: string; words: string; pid?: number } {
    const { snapshot } = machine(name);
    const process = snapshot.processes.find((one) => one.pid === pid) ?? assert.fail();
    const began = startedAt(snapshot, process) ?? assert.fail();
    const inspected = inspectionOf({ pid, startedAt: new Date(began + millisecondsAfter).toISOString() });
    const engines = snapshot.engines.map((engine) => ({
        ...engine,
        listedAt: Date.parse(snapshot.takenAt),
        containers: engine.containers.map((container) => ({ ...container, inspected })),
    }));
    const topology = buildTopology({ ...snapshot, engines });
    const node = [...topology.nodes.values()].find((one): one is ContainerNode => one.kind === 'container');
    assert.ok(node);
    const { verdict, mainPid } = node;
    const words = witnessesOf(topology, node).find((line) => line.startsWith('start times')) ?? '';
    return { verdict, words, ...(mainPid !== undefined && { pid: mainPid }) };
}

describe('the start times that Docker and the kernel tell', () => {
    // By cgroup and shim, and where no cgroup holds an id.
    for (const [name, pid] of [
        ['systemd-v2', 720],
        ['rootless-v1', 720],
    ] as const) {
        it(`are a witness of their own, which contradicts nobody: ${name}`, () => {
            const hour = 3_600_000;
            for (const close of [0, 200, -4_000, 4_000]) {
                assert.deepEqual(told(name, pid, close), {
                    verdict: 'agree',
                    words: 'start times of Docker and the kernel: agree',
                    pid,
                });
            }
            for (const apart of [6_000, -6_000, hour, -hour]) {
                const { verdict, words, pid: mainPid } = told(name, pid, apart);
                assert.match(
                    words,
                    /^start times of Docker and the kernel: differ by (6 seconds|1 hour): Docker says /,
                );
                assert.equal(verdict, 'agree', 'a clock was set; the process is in this container all the same');
                assert.equal(mainPid, pid);
            }
        });
    }

    it('make no process of another place that of the container, however well they fit', () => {
        for (const name of ['systemd-v2', 'rootless-v1']) {
            const { verdict, pid } = told(name, 1, 0);
            assert.equal(verdict, 'pid-of-another');
            assert.equal(pid, 720);
        }
    });
});
