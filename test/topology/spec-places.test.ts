import assert from 'node:assert/strict';
import { buildTopology } from '../../src/topology/build';
import { specPlacesOf } from '../../src/topology/spec-places';
import type { ContainerNode, Topology } from '../../src/topology/topology';
import { topologyOf } from '../machines/machine-files';

function containerIn(topology: Topology, isMeant: (node: ContainerNode) => boolean): ContainerNode {
    const node = [...topology.nodes.values()].find((one) => one.kind === 'container' && isMeant(one));
    assert.ok(node?.kind === 'container');
    return node;
}

describe('where an OCI spec can be had', () => {
    const asked = topologyOf('containerd-asked');

    it('is its containerd, and the bundle of its shim', () => {
        const places = specPlacesOf(
            asked,
            containerIn(asked, ({ mainPid }) => mainPid === 820),
        );
        assert.deepEqual(places, {
            namespace: 'default',
            id: 'tool',
            address: '/run/containerd/containerd.sock',
            shimPid: 800,
            folders: [
                '/run/containerd/io.containerd.runtime.v2.task/default/tool',
                '/run/containerd/io.containerd.runtime.v1.linux/default/tool',
                '/run/containerd/daemon/io.containerd.runtime.v2.task/default/tool',
                '/run/containerd/daemon/io.containerd.runtime.v1.linux/default/tool',
            ],
        });
    });

    it('is its containerd alone where it has no task, and none where Docker has only stopped it', () => {
        const made = specPlacesOf(
            asked,
            containerIn(asked, ({ containerId }) => containerId === 'made'),
        );
        assert.ok('address' in made && made.address === '/run/containerd/containerd.sock');
        assert.equal(made.shimPid, undefined);
        const db = specPlacesOf(
            asked,
            containerIn(asked, ({ container }) => container?.state === 'exited'),
        );
        assert.ok('why' in db && /only while it runs/.test(db.why));
    });

    it('is none that its id leads out of, nor one inside of another container', () => {
        const node = containerIn(asked, ({ mainPid }) => mainPid === 820);
        for (const containerId of ['../../etc', '..', 'a/b', '', '-x', 'a\0b', 'x'.repeat(200)]) {
            assert.ok('why' in specPlacesOf(asked, { ...node, containerId }), containerId);
        }
        const nested = topologyOf('dind-two-deep');
        const inner = [...nested.nodes.values()].filter((one) => one.kind === 'container');
        const reasons = inner.map((one) => ('why' in specPlacesOf(nested, one) ? 'none' : 'some'));
        assert.deepEqual([...new Set(reasons)].sort(), ['none', 'some']);
    });

    it('is no folder of another mount namespace', () => {
        const { snapshot } = asked;
        const processes = snapshot.processes.map((one) => (one.pid === 800 ? { ...one, namespaces: { mnt: 2 } } : one));
        const elsewhere = buildTopology({ ...snapshot, processes, host: { ...snapshot.host, namespaces: { mnt: 1 } } });
        const places = specPlacesOf(
            elsewhere,
            containerIn(elsewhere, ({ mainPid }) => mainPid === 820),
        );
        assert.ok('folders' in places && places.shimPid === undefined);
    });
});
