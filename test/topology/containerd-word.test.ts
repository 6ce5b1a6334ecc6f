import assert from 'node:assert/strict';
import type { ContainerdFacts } from '../../src/model/containerd';
import type { Gap } from '../../src/model/gap';
import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { containerName } from '../../src/present/describe';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { containerdsToAsk } from '../../src/topology/containerd-word';
import type { ContainerNode } from '../../src/topology/topology';
import { machine, withContainerdsSeen } from '../machines/machine-files';

const { snapshot: plain, idWords } = machine('kubernetes');
const snapshot = withContainerdsSeen(plain);
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

    it('is asked for where it is proven to serve, and not inside of containers', () => {
        assert.deepEqual(containerdsToAsk(buildTopology(snapshot)), ['/run/containerd/containerd.sock']);
        const nested = buildTopology(withContainerdsSeen(machine('dind-two-deep').snapshot));
        const all = [...nested.nodes.values()].filter((node) => node.kind === 'process' && node.role === 'containerd');
        assert.ok(all.length > 1);
        assert.equal(containerdsToAsk(nested).length, 1);
    });

    it('is asked for at the socket of its API, whatever other sockets it has', () => {
        const asked = (listens: readonly string[], ...argv: readonly string[]): readonly string[] => {
            const seen = withContainerdsSeen(plain, { listens, argv: ['/usr/bin/containerd', ...argv] });
            // Without a shim that would tell the address.
            const processes = seen.processes.filter(({ argv: [program = ''] = [] }) => !program.includes('shim'));
            return containerdsToAsk(buildTopology({ ...seen, processes }));
        };
        const others = [
            '/run/containerd/debug.sock',
            '/run/docker/containerd/containerd-debug.sock',
            '/var/run/nri/nri.sock',
        ];
        assert.deepEqual(asked([...others, '/run/a.sock', '/run/lab/containerd.sock']), ['/run/lab/containerd.sock']);
        assert.deepEqual(
            asked(['/run/lab/containerd.sock', ...others, '/run/lab/own.sock'], '--address', '/run/lab/own.sock'),
            ['/run/lab/own.sock'],
        );
        assert.deepEqual(asked(others), []);
    });

    it('is not asked for on the word of a process alone', () => {
        const refused = (changed: Partial<Process>, host: Partial<Snapshot['host']> = {}): string | undefined => {
            const seen = withContainerdsSeen(plain, changed);
            const topology = buildTopology({ ...seen, host: { ...seen.host, ...host }, containerds: [] });
            const node = topology.nodes.get(`container:${app}`);
            assert.deepEqual(containerdsToAsk(topology), []);
            return node?.kind === 'container' ? node.containerd?.silence : undefined;
        };
        const stranger = {
            uid: 1000,
            argv: ['/tmp/x/containerd', '--address', '/run/podman/podman.sock'],
            exe: '/tmp/x/containerd',
        };
        refused({ ...stranger, listens: [] });
        refused({ ...stranger, listens: ['/tmp/own.sock'] });
        refused({ ...stranger, uid: 0, listens: [] });
        assert.equal(refused({ uid: 1000 }), 'not asked: another user has started it');
        assert.equal(refused({ exe: '/usr/bin/python3.11' }), 'not asked: its executable is no containerd');
        assert.equal(refused({ namespaces: { mnt: 2 } }), 'not asked: its socket is in another mount namespace');
        const unseen = 'not asked: this user may not see what it is and where it listens';
        assert.equal(refused({ exe: undefined }), unseen);
        assert.equal(refused({ uid: undefined }), unseen);
        assert.equal(refused({ listens: undefined }), unseen);
        assert.equal(refused({ namespaces: undefined }), unseen);
        assert.equal(refused({}, { namespaces: undefined }), unseen);
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
