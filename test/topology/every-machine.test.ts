import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { buildTopology } from '../../src/topology/build';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { lineageOf } from '../../src/topology/lineage';
import type { Topology } from '../../src/topology/topology';
import { machine, machineNames } from '../machines/machine-files';
import { assertSound, attributionsOf, placesOf } from '../machines/soundness';
import { arbitraryMachine } from './arbitrary-machine';

const written = machineNames.map(machine);

/** Written and generated hosts alike. Seeded: a failure today is a failure tomorrow. */
const anyMachine = fc.oneof(fc.constantFrom(...written), arbitraryMachine);
const often = { seed: 20_260_101, numRuns: 300 };

describe('the topology of any machine', function () {
    this.timeout(20_000);

    it('is one sound tree, in both orders', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const topology = buildTopology(snapshot);
                assertSound(topology);
                const kernel = inKernelOrder(topology);
                const shown = [...kernel.nodes.values()].map((node) => node.kind === 'process' && node.process);
                assert.equal(new Set(shown).size, snapshot.processes.filter((one) => !one.kernelThread).length);
            }),
            often,
        );
    });

    it('gives no process to another container, and none of the host to any', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot, truth }) => {
                for (const [pid, places] of placesOf(buildTopology(snapshot))) {
                    const container = truth.get(pid) ?? null;
                    // What a process makes of its own container, by cgroups and names of its own, stays inside of it.
                    const isInPlace = container === null ? places.length === 0 : places.includes(container);
                    assert.ok(isInPlace, `process ${String(pid)} is in ${places.join()}`);
                }
            }),
            often,
        );
    });

    it("shows nothing that a container's process pretends as what the host's engine lists", () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const topology = buildTopology(snapshot);
                for (const node of topology.nodes.values()) {
                    if (node.kind !== 'container' || !node.container) continue;
                    const above = lineageOf(topology, node.id).slice(1);
                    const outer = above.findIndex(({ kind }) => kind === 'container');
                    // Inside another container, only a daemon that runs there itself may have listed it.
                    const inner = outer < 0 ? above : above.slice(0, outer);
                    const lister = inner.some((one) => one.kind === 'engine' && one.engine === node.engine);
                    assert.ok(outer < 0 || lister, node.id);
                }
            }),
            often,
        );
    });

    it('shows every living process of a container', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot, truth }) => {
                const places = placesOf(buildTopology(snapshot));
                for (const { pid, state } of snapshot.processes) {
                    const isMember = typeof truth.get(pid) === 'string';
                    if (state !== 'Z' && isMember) assert.ok(places.has(pid), `process ${String(pid)}`);
                }
            }),
            often,
        );
    });

    it('does not depend on the order in which anything was listed', () => {
        const shuffled = anyMachine.chain(({ snapshot }) =>
            fc.record({
                snapshot: fc.constant(snapshot),
                processes: fc.shuffledSubarray([...snapshot.processes], { minLength: snapshot.processes.length }),
                engines: fc.shuffledSubarray([...snapshot.engines], { minLength: snapshot.engines.length }),
                isReversed: fc.boolean(),
            }),
        );
        fc.assert(
            fc.property(shuffled, ({ snapshot, processes, engines, isReversed }) => {
                const turned = engines.map((engine) => ({
                    ...engine,
                    containers: isReversed ? engine.containers.toReversed() : engine.containers,
                }));
                const other = buildTopology({ ...snapshot, processes, engines: turned });
                assert.deepEqual(comparable(other), comparable(buildTopology(snapshot)));
            }),
            often,
        );
    });

    for (const [source, without] of Object.entries<(snapshot: Snapshot) => Snapshot>({
        'the engines': (snapshot) => ({ ...snapshot, engines: [] }),
        'the executables': mapProcesses((process) => ({ ...process, exe: undefined })),
        'the sockets': mapProcesses((process) => ({ ...process, listens: undefined })),
        'the pids inside': mapProcesses((process) => ({ ...process, namespacePids: undefined })),
        'the users': mapProcesses((process) => ({ ...process, uid: undefined })),
        "the members' argv": mapProcesses((process, isMember) =>
            isMember ? { ...process, argv: undefined } : process,
        ),
    })) {
        it(`moves no process to another container for want of ${source}`, () => {
            fc.assert(
                fc.property(anyMachine, ({ snapshot, truth }) => {
                    // Without users, an ordinary user's shim can't be told from a daemon's.
                    if (source === 'the users' && snapshot.processes.some(({ uid }) => uid === 1000)) return;
                    memberPids = new Set([...truth].flatMap(([pid, container]) => (container ? pid : [])));
                    const before = placesOf(buildTopology(snapshot));
                    for (const [pid, container] of attributionsOf(buildTopology(without(snapshot)))) {
                        // What is nested is in the outer container, too, and may be known by that alone.
                        const wasThere = container === null || before.get(pid)?.includes(container);
                        assert.ok(wasThere, `process ${String(pid)}`);
                    }
                }),
                often,
            );
        });
    }

    it('keeps the id of every node from one look to the next', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const later = { ...snapshot, takenAt: '2026-01-01T00:00:05.000Z' };
                assert.deepEqual([...buildTopology(later).nodes.keys()], [...buildTopology(snapshot).nodes.keys()]);
            }),
            often,
        );
    });

    it('never takes more than a moment, however deep a chain of processes is', () => {
        const depth = 20_000;
        const { snapshot } = machine('systemd-v2');
        const last = snapshot.processes.find(({ pid }) => pid === 730);
        assert.ok(last);
        const chain = Array.from({ length: depth }, (_, index) => {
            return { ...last, pid: 10_000 + index, ppid: index === 0 ? 730 : 9_999 + index, startTicks: 5_000 };
        });
        const topology = buildTopology({ ...snapshot, processes: [...snapshot.processes, ...chain.toReversed()] });
        assertSound(topology);
        assert.equal(topology.nodes.get(`process:${String(9_999 + depth)}@5000`)?.kind, 'process');
    });
});

let memberPids: ReadonlySet<number> = new Set();

function mapProcesses(change: (process: Process, isMember: boolean) => Process): (snapshot: Snapshot) => Snapshot {
    return (snapshot) => ({
        ...snapshot,
        processes: snapshot.processes.map((process) => change(process, memberPids.has(process.pid))),
    });
}

/** Everything but the engines' own lists, which keep the order in which they came. */
function comparable({ nodes, roots, gaps, findings }: Topology) {
    const places = new Map(
        [...nodes.values()].map((node) => {
            return [node.id, node.kind === 'process' ? node : { ...node, engine: node.engine?.endpoint }];
        }),
    );
    const tellable = gaps.map(({ source, reason, detail }) => `${source} ${reason} ${detail}`).sort();
    return { places, roots, gaps: tellable, findings };
}
