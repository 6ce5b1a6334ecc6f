import assert from 'node:assert/strict';
import type { Count } from '../../src/model/containerd';
import { hoverOf } from '../../src/present/hover';
import { hoverText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import type { Topology } from '../../src/topology/topology';
import { topologyOf } from '../machines/machine-files';

describe('the hover of a containerd', () => {
    const asked = topologyOf('containerd-asked');
    const textOf = (topology: Topology, stores?: Parameters<typeof hoverOf>[3], pid?: number) => {
        const node = [...topology.nodes.values()].find((one) => {
            return one.kind === 'process' && one.role === 'containerd' && (pid ?? one.process.pid) === one.process.pid;
        });
        assert.ok(node);
        return hoverText(hoverOf(topology, node, { now: 0, isRecording: false }, stores));
    };

    it('tells its version, its namespaces and what is in them', () => {
        const text = textOf(asked);
        assert.match(text, /version\s+1\.7\.24/);
        assert.match(text, /namespace default\s+3 containers, 2 tasks\n/);
        assert.match(text, /namespace lab\s+2 containers, 0 tasks\n/);
    });

    it('adds what was counted, and says where there is more', () => {
        const count = (number: number, isMore = false): Count => ({ number, isMore });
        const store = { namespace: 'lab', images: count(1), snapshots: count(0), content: count(10_000, true) };
        const text = textOf(asked, [store]);
        assert.match(text, /2 containers, 0 tasks, 1 image, 0 snapshots, more than 10000 content blobs\n/);
    });

    it('tells nothing that another one has said, which serves at the same path', () => {
        for (const [name, asked, other, why] of [
            ['kind', 400, 440, /not asked: it runs inside a container/],
            ['rootless-containerd-beside-docker', 500, 820, /not asked: its socket is in another mount namespace/],
        ] as const) {
            const topology = topologyOf(name);
            assert.match(textOf(topology, [], asked), /version\s+1\.7\.24[^]*namespace moby/);
            const text = textOf(topology, [], other);
            assert.match(text, why);
            assert.doesNotMatch(text, /1\.7\.24|namespace moby/);
        }
    });

    it('says why it was not asked, or not heard', () => {
        const { host, schema, takenAt, processes, engines, gaps } = asked.snapshot;
        const withoutIt = buildTopology({ host, schema, takenAt, processes, engines, gaps });
        assert.match(textOf(withoutIt), /containerd\s+not asked: this look was without it/);
        assert.match(textOf(topologyOf('containerd-silent')), /containerd\s+not heard: told by the machine file/);
    });
});
