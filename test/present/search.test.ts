import assert from 'node:assert/strict';
import { describe as describeNode } from '../../src/present/describe';
import { filtered, matches } from '../../src/present/search';
import { topologyText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import type { Topology } from '../../src/topology/topology';
import { machine, topologyOf } from '../machines/machine-files';
import { idOf } from '../machines/read-machine';

describe('the filter', () => {
    for (const [words, found] of [
        ['web', 'container'],
        ['NGINX:1.27', 'container'],
        [idOf('web').slice(0, 12), 'container'],
        ['running', 'container'],
        ['worker process', 'child'],
        ['741', 'child'],
        ['docker.sock', 'engine'],
        ['containerd', 'containerd'],
    ] as const) {
        it(`finds the ${found} by ${words}`, () => {
            const topology = topologyOf('systemd-v2');
            const kinds = [...topology.nodes.values()]
                .filter((node) => matches(node, words))
                .map((node) => (node.kind === 'process' ? node.role : node.kind));
            assert.ok(kinds.includes(found), kinds.join());
        });
    }

    for (const [name, words, found] of [
        ['nerdctl', 'nginx:alpine', 'web'],
        ['nerdctl', 'busybox', 'tool'],
        ['k3s', 'coredns-0/coredns', 'coredns-0/coredns'],
        ['podman-asked', 'podman', 'podman'],
        ['podman-asked', 'dockerd', 'dockerd'],
        ['sessions-and-checks', 'health check', 'health check'],
    ] as const) {
        it(`finds ${found} on ${name} by ${words}, as its row shows it`, () => {
            const topology = topologyOf(name);
            const rows = [...topology.nodes.values()].filter((node) => matches(node, words));
            const told = rows.map((node) => {
                const { label, description } = describeNode(topology, node);
                return `${label} ${description}`;
            });
            assert.ok(
                told.some((row) => row.includes(found)),
                told.join('; '),
            );
            if (name === 'podman-asked') assert.equal(rows.filter(({ kind }) => kind === 'engine').length, 1);
        });
    }

    it('finds a container by the command that it was given', () => {
        const { snapshot } = machine('systemd-v2');
        const engines = snapshot.engines.map((engine) => ({
            ...engine,
            containers: engine.containers.map((one) => ({ ...one, command: 'entry.sh --as-told' })),
        }));
        const topology = buildTopology({ ...snapshot, engines });
        const kinds = [...topology.nodes.values()].filter((node) => matches(node, '--as-told')).map(({ kind }) => kind);
        assert.ok(kinds.length > 0);
        assert.ok(kinds.every((kind) => kind === 'container'));
    });

    it('keeps what is above and below, and nothing else', () => {
        const topology = topologyOf('two-dockerds');
        const kept = pidsOf(topology, filtered(topology, 'job'));
        assert.deepEqual(kept, [650, 660, 750, 770]);
    });

    it('keeps everything for no words, and nothing for words that nobody has', () => {
        const topology = topologyOf('systemd-v2');
        assert.equal(filtered(topology, '  ').size, topology.nodes.size);
        assert.equal(filtered(topology, 'no such thing').size, 0);
    });

    it('and the text survive a chain of processes of any depth', () => {
        const { snapshot } = machine('systemd-v2');
        const last = snapshot.processes.find(({ pid }) => pid === 741);
        assert.ok(last);
        const chain = Array.from({ length: 20_000 }, (_, index) => {
            return { ...last, pid: 10_000 + index, ppid: index === 0 ? 741 : 9_999 + index, startTicks: 5_000 };
        });
        const topology = buildTopology({ ...snapshot, processes: [...snapshot.processes, ...chain] });
        assert.equal(filtered(topology, 'sleep').size, topology.nodes.size - 3);
        assert.equal(topologyText(topology).trimEnd().split('\n').length, topology.nodes.size + 1);
    }).timeout(10_000);
});

function pidsOf({ nodes }: Topology, kept: ReadonlySet<string>): readonly number[] {
    const pids = [...kept].flatMap((id) => {
        const node = nodes.get(id);
        return node && node.kind !== 'container' ? (node.process?.pid ?? []) : [];
    });
    return pids.sort((one, other) => one - other);
}
