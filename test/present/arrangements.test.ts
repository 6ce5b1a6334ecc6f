import assert from 'node:assert/strict';
import { hoverOf } from '../../src/present/hover';
import { findNodes } from '../../src/topology/lineage';
import { topologyOf } from '../machines/machine-files';
import { idOf } from '../machines/read-machine';

describe('what is told of a container beside Docker', () => {
    it('Swarm: service, task, and the node where it is this engine', () => {
        const rows = rowsOf('swarm', 'shop_web.2.t1a2s3k4', /^Docker says/);
        assert.equal(rows.get('swarm service'), 'shop_web');
        assert.equal(rows.get('swarm task'), 'shop_web.2.t1a2s3k4');
        assert.equal(rows.get('swarm node'), 'k4o5l0w1n2o3d4e5: this engine, active, a manager');
    });

    it('Kubernetes: the pod by its labels, and by its cgroup where nobody could be asked', () => {
        const named = rowsOf('k3s', 'coredns-0/coredns', /^Pod$/);
        assert.equal(named.get('name'), 'coredns-0');
        assert.equal(named.get('namespace'), 'kube-system');
        assert.equal(named.get('class'), 'besteffort');
        const bare = rowsOf('rke2-beside-docker', idOf('etcd'), /^Pod$/);
        assert.deepEqual([...bare.keys()], ['uid', 'class', 'sandbox']);
        assert.equal(bare.get('uid'), 'b2f1c9d0-77a1-4c55-9d2e-0c1f5a1e8d11');
        assert.equal(bare.get('sandbox'), idOf('sandbox'));
    });

    it('guests: why its own processes are not there', () => {
        for (const [machine, name, words] of [
            ['kata-in-docker', 'web', /guest kernel/],
            ['gvisor', 'web', /sandbox/],
            ['wasm', 'hello', /module/],
        ] as const) {
            assert.match(rowsOf(machine, name, /^Its own processes$/).get('where') ?? '', words);
        }
        assert.equal(rowsOf('wasm', idOf('sandbox'), /^Its own processes$/).size, 0, 'pause is an ordinary program');
    });
});

function rowsOf(machine: string, words: string, section: RegExp): ReadonlyMap<string, string> {
    const topology = topologyOf(machine);
    const [node] = findNodes(topology, words);
    assert.ok(node);
    const hover = hoverOf(topology, node, { now: Date.parse(topology.snapshot.takenAt), isRecording: false });
    const rows = hover.sections.find(({ title }) => section.test(title))?.rows ?? [];
    return new Map(rows.map(({ label, value }) => [label, value]));
}
