import assert from 'node:assert/strict';
import type { Snapshot } from '../../src/model/snapshot';
import { createHierarchy, type Hierarchy } from '../../src/editor/hierarchy';
import { createHierarchyTree, type HierarchyTree } from '../../src/editor/tree-provider';
import { buildTopology } from '../../src/topology/build';
import { fakeWatcher } from './fake-watcher';
import { containerId, smallHost } from './small-host';

describe('how little a change costs', () => {
    let hierarchy: Hierarchy;
    let tree: HierarchyTree;
    let fired: (readonly string[] | 'everything')[];
    let snapshot: Snapshot;

    /** What the live host would show from now on. */
    function show(next: Snapshot): void {
        snapshot = next;
        hierarchy.showRecording({ name: 'a host', topology: buildTopology(next) });
        tree.update();
    }

    beforeEach(() => {
        hierarchy = createHierarchy(
            () => fakeWatcher(),
            () => false,
        );
        tree = createHierarchyTree(hierarchy);
        show(crowded());
        fired = [];
        tree.onDidChangeTreeData?.((rows) => fired.push(Array.isArray(rows) ? rows : rows ? [rows] : 'everything'));
    });
    afterEach(() => {
        tree.dispose();
        hierarchy.dispose();
    });

    it('draws no row again when nothing changed that a person can see', () => {
        show({ ...snapshot, takenAt: '2026-01-01T00:00:02.000Z', host: { ...snapshot.host, uptimeSeconds: 1002 } });
        show({
            ...snapshot,
            processes: snapshot.processes.map((one) => ({ ...one, residentBytes: one.residentBytes + 4096 })),
            engines: snapshot.engines.map((engine) => ({
                ...engine,
                containers: engine.containers.map((one) => ({ ...one, status: 'Up 11 minutes' })),
            })),
        });
        assert.deepEqual(fired, []);
    });

    it('draws one row again when one process of many says something else', () => {
        show({
            ...snapshot,
            processes: snapshot.processes.map((one) => (one.pid === 150 ? { ...one, state: 'T' } : one)),
        });
        assert.deepEqual(fired, [['process:150@15000']]);
    });

    it('draws only the parent again when a process came or went', () => {
        show({ ...snapshot, processes: snapshot.processes.filter(({ pid }) => pid !== 150) });
        assert.deepEqual(fired, [['process:21@2100']]);
    });

    it('draws only the container again when it is paused', () => {
        show({
            ...snapshot,
            engines: snapshot.engines.map((engine) => ({
                ...engine,
                containers: engine.containers.map((one) => ({ ...one, state: 'paused' as const })),
            })),
        });
        assert.deepEqual(fired, [[`container:${containerId}`]]);
    });
});

/** A hundred processes more in the one container. */
function crowded(): Snapshot {
    const host = smallHost();
    const first = host.processes.find(({ pid }) => pid === 21);
    assert.ok(first);
    const more = Array.from({ length: 100 }, (_, index) => ({
        ...first,
        pid: 100 + index,
        ppid: 21,
        startTicks: (100 + index) * 100,
        session: 21,
        namespacePids: [100 + index, 2 + index],
    }));
    return { ...host, processes: [...host.processes, ...more] };
}
