import assert from 'node:assert/strict';
import type { ContainerdFacts } from '../../src/model/containerd';
import type { Gap } from '../../src/model/gap';
import type { Snapshot } from '../../src/model/snapshot';
import { containerName } from '../../src/present/describe';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { containerdsToAsk } from '../../src/topology/containerd-word';
import type { ContainerNode } from '../../src/topology/topology';
import { machine, topologyOf } from '../machines/machine-files';

const { snapshot, idWords } = machine('kubernetes');
const app = [...idWords].find(([, word]) => word === 'app')?.[0] ?? '';

const facts: ContainerdFacts = {
    address: '/run/containerd/containerd.sock',
    namespaces: ['k8s.io'],
    containers: [
        {
            namespace: 'k8s.io',
            id: app,
            image: 'registry.example/app:1',
            runtime: 'io.containerd.runc.v2',
            labels: { 'io.kubernetes.pod.name': 'shop-0', 'io.kubernetes.container.name': 'app' },
        },
    ],
    tasks: [{ namespace: 'k8s.io', id: app, pid: 730, status: 'running' }],
    askedAt: 1,
};

function appWith(containerds: Snapshot['containerds']): ContainerNode {
    const topology = buildTopology({ ...snapshot, ...(containerds && { containerds }) });
    const node = topology.nodes.get(`container:${app}`);
    assert.ok(node?.kind === 'container');
    return node;
}

describe("containerd's word", () => {
    it('names a container that no engine knows, and verifies it', () => {
        const node = appWith([facts]);
        assert.equal(containerName(node), 'shop-0/app');
        assert.equal(node.verdict, 'agree');
        assert.deepEqual(node.mainEvidence[0], { source: 'containerd', detail: 'task pid 730 in namespace k8s.io' });
    });

    it('does not move a container to a process that is not in it', () => {
        for (const pid of [740, 1, 99_999]) {
            const node = appWith([{ ...facts, tasks: [{ namespace: 'k8s.io', id: app, pid, status: 'running' }] }]);
            assert.equal(node.mainPid, 730);
            assert.equal(node.verdict, 'unverified');
            assert.ok(node.mainEvidence.every(({ source }) => source !== 'containerd'));
        }
    });

    it('is not repeated as true when it could not be heard again, nor from another namespace', () => {
        const problem: Gap = { source: 'containerd', reason: 'timeout', detail: 'no answer', help: '' };
        const silent = appWith([{ ...facts, problem }]);
        assert.equal(silent.verdict, 'unverified');
        assert.equal(silent.containerd?.silence, 'not heard: no answer');
        assert.equal(containerName(silent), 'shop-0/app', 'what it is called does not change');
        const other = appWith([{ ...facts, tasks: facts.tasks.map((task) => ({ ...task, namespace: 'moby' })) }]);
        assert.equal(other.verdict, 'unverified');
    });

    it('says why it is missing', () => {
        const problem: Gap = { source: 'containerd', reason: 'forbidden', detail: 'not permitted', help: '' };
        assert.equal(appWith([{ ...facts, problem }]).containerd?.silence, 'not asked: not permitted');
        assert.equal(appWith(undefined).containerd?.silence, 'not asked: this look was without it');
        assert.equal(appWith([]).containerd?.silence, 'not asked: the next look will ask it');
    });

    it('is asked for where its socket can be ours: not inside of containers', () => {
        assert.deepEqual(containerdsToAsk(topologyOf('kubernetes')), ['/run/containerd/containerd.sock']);
        const nested = topologyOf('dind-two-deep');
        const all = [...nested.nodes.values()].filter((node) => node.kind === 'process' && node.role === 'containerd');
        assert.ok(all.length > 1);
        assert.equal(containerdsToAsk(nested).length, 1);
    });

    it('is part of a recording; its labels are not, where redaction is asked for', () => {
        const recorded: Snapshot = { ...snapshot, containerds: [facts] };
        const read = (redact: boolean) => {
            const recording = readRecording(writeRecording(recorded, { redact }));
            assert.ok(recording.ok);
            return recording.snapshot.containerds;
        };
        assert.deepEqual(read(false), [facts]);
        assert.deepEqual(read(true)?.[0]?.containers[0]?.labels, {});
    });
});
