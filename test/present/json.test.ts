import assert from 'node:assert/strict';
import { type TopologyDocument, topologyToJson } from '../../src/present/json';
import type { EvidenceSource, LinkKind, Role, Verdict } from '../../src/topology/topology';
import { machineNames, topologyOf } from '../machines/machine-files';
import { idOf } from '../machines/read-machine';

type Json = Readonly<Record<string, unknown>>;

describe('the topology as JSON', () => {
    it('tells an engine, a containerd, a shim, a container and its processes by the fields of the contract', () => {
        const document = parsed('systemd-v2');
        const { schema, takenAt, roots, findings, unjudged, gaps } = document;
        assert.deepEqual(
            { schema, takenAt, roots, findings, unjudged, gaps },
            {
                schema: 'docker-runtime/topology@1',
                takenAt: '2026-01-01T00:00:00.000Z',
                roots: [document.engine.id],
                findings: [],
                unjudged: [],
                gaps: [],
            },
        );
        const { engine, containerd, shim, container, main, exec, proxy } = document;
        has(engine, {
            kind: 'engine',
            pid: 600,
            endpoint: 'unix:///var/run/docker.sock',
            version: '28.5.2',
            parent: null,
        });
        has(containerd, {
            kind: 'process',
            role: 'containerd',
            pid: 500,
            ppid: 1,
            startTicks: 400,
            comm: 'containerd',
        });
        has(containerd, { argv: ['/usr/bin/containerd'], state: 'S', parent: engine.id });
        has(shim, { kind: 'process', role: 'shim', pid: 700, ppid: 1, parent: containerd.id });
        assert.deepEqual(shim.shim, {
            version: 'v2',
            runtime: 'io.containerd.runc.v2',
            address: '/run/containerd/containerd.sock',
            namespace: 'moby',
            id: idOf('web'),
        });
        has(container, {
            kind: 'container',
            containerId: idOf('web'),
            name: 'web',
            image: 'nginx:1.27',
            parent: shim.id,
        });
        has(container, { state: 'running', mainPid: 720, verdict: 'agree' });
        has(main, { kind: 'process', role: 'main', pid: 720, pidInContainer: 1, parent: container.id });
        has(exec, { role: 'exec', pid: 740, pidInContainer: 30, parent: container.id });
        has(proxy, { role: 'docker-proxy', pid: 900, containerId: idOf('web'), parent: engine.id });
        assert.deepEqual(container.children, [main.id, exec.id]);
    });

    it('says null where something is not known, and invents nothing', () => {
        const [engine, container] = nodesOf('remote-engine');
        has(engine, { kind: 'engine', pid: null, endpoint: 'tcp://build.example:2376' });
        has(container, { kind: 'container', name: 'web', mainPid: null });
        const unknown = nodesOf('kubernetes').filter(({ kind }) => kind === 'container');
        for (const node of unknown) has(node, { name: null, image: null, state: null });
        const unread = nodesOf('partly-readable').find(({ pid }) => pid === 720);
        has(unread, { argv: null });
    });

    it('names what could not be judged, for no finding is no good news then', () => {
        const topology = topologyOf('hidepid');
        assert.notDeepEqual(topology.unjudged, []);
        assert.deepEqual(topologyToJson(topology).unjudged, topology.unjudged);
    });

    for (const name of machineNames) {
        it(`has every field of the contract on ${name}`, () => {
            for (const node of nodesOf(name)) {
                assert.equal(typeof node.id, 'string');
                assert.ok(Array.isArray(node.children));
                assert.equal(node.parent === null, node.link === null);
                if (node.link) assertLink(node.link as Json);
                if (node.kind === 'container') assertContainer(node);
                else if (node.kind === 'process') assertProcess(node);
                else assert.equal(node.kind, 'engine');
            }
        });
    }
});

function parsed(name: string) {
    const text = JSON.stringify(topologyToJson(topologyOf(name)));
    const document = JSON.parse(text) as TopologyDocument & { readonly nodes: readonly Json[] };
    const find = (kind: string, pid?: number): Json => {
        const node = document.nodes.find((one) => one.kind === kind && (pid === undefined || one.pid === pid));
        assert.ok(node);
        return node;
    };
    return {
        ...document,
        engine: find('engine'),
        containerd: find('process', 500),
        shim: find('process', 700),
        container: find('container'),
        main: find('process', 720),
        exec: find('process', 740),
        proxy: find('process', 900),
    };
}

function nodesOf(name: string): readonly Json[] {
    return (JSON.parse(JSON.stringify(topologyToJson(topologyOf(name)))) as { readonly nodes: readonly Json[] }).nodes;
}

function has(node: Json | undefined, fields: Json): void {
    for (const [field, value] of Object.entries(fields)) assert.deepEqual(node?.[field], value, field);
}

const linkKinds: readonly LinkKind[] = ['spawned', 'managed', 'member'];
const sources: readonly EvidenceSource[] = ['ppid', 'cgroup', 'argv', 'docker', 'containerd', 'socket', 'namespace'];
const verdicts: Readonly<Record<Verdict, true>> = {
    agree: true,
    'running-without-process': true,
    'process-of-a-stopped-container': true,
    'shim-gone': true,
    'first-process-ended': true,
    'shim-without-process': true,
    'containerd-disagrees': true,
    'pid-of-another': true,
    'unknown-to-engine': true,
    wedged: true,
    unverified: true,
};
const roles: Readonly<Record<Role, true>> = {
    dockerd: true,
    containerd: true,
    shim: true,
    runc: true,
    main: true,
    init: true,
    exec: true,
    healthcheck: true,
    child: true,
    pause: true,
    'docker-proxy': true,
    rootlesskit: true,
    buildkit: true,
    conmon: true,
    cli: true,
    host: true,
};

function assertLink({ kind, evidence }: Json): void {
    assert.ok(linkKinds.includes(kind as LinkKind));
    assert.ok(Array.isArray(evidence) && evidence.length > 0);
    for (const { source, detail } of evidence as readonly Json[]) {
        assert.ok(sources.includes(source as EvidenceSource));
        assert.equal(typeof detail, 'string');
    }
}

function assertContainer({ containerId, mainPid, verdict, name, image, state }: Json): void {
    assert.equal(typeof containerId, 'string');
    assert.ok(mainPid === null || typeof mainPid === 'number');
    assert.ok(Object.hasOwn(verdicts, String(verdict)));
    for (const told of [name, image, state]) assert.ok(told === null || typeof told === 'string');
}

function assertProcess({ pid, ppid, startTicks, comm, argv, state, role, shim }: Json): void {
    for (const number of [pid, ppid, startTicks]) assert.equal(typeof number, 'number');
    for (const text of [comm, state]) assert.equal(typeof text, 'string');
    assert.ok(argv === null || Array.isArray(argv));
    assert.ok(Object.hasOwn(roles, String(role)));
    // A runc that stays as its container's parent is in the shim's place, others only help to make one.
    if (role === 'runc') assert.ok(shim === undefined || (shim as Json).version === 'runc');
    else assert.equal(shim !== undefined, role === 'shim' || role === 'conmon');
}
