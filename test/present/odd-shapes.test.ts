import assert from 'node:assert/strict';
import type { Process } from '../../src/model/process';
import { comparisonText, comparisonToJson } from '../../src/present/comparison';
import { describe as describeNode } from '../../src/present/describe';
import { topologyDot, topologyMermaid } from '../../src/present/diagrams';
import { hoverOf, lineageLine } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { sceneOf } from '../../src/present/scene';
import { filtered } from '../../src/present/search';
import { withoutSecrets } from '../../src/present/secrets';
import { hoverText, topologyText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import { comparisonOf } from '../../src/topology/comparison';
import { differenceOf } from '../../src/topology/difference';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { restrictTo } from '../../src/topology/restrict';
import type { Topology } from '../../src/topology/topology';
import { layOut } from '../../webview/layout';
import { readMachine } from '../machines/read-machine';

const { snapshot } = readMachine(`# one container
500 1 400 S = cgroup=/c listens=/c.sock : /usr/bin/containerd
600 1 500 S = cgroup=/d listens=/run/docker.sock : /usr/bin/dockerd --containerd=/c.sock
700 1 900 S = cgroup=/c : containerd-shim-runc-v2 -namespace moby -id {web} -address /c.sock
701 700 905 S = cgroup=/docker/{web} nspid=1 : sh
engine unix:///run/docker.sock
container {web} web nginx running`);

/** More than a function takes arguments, and than a stack holds calls. */
const many = 130_000;
const deep = 15_000;

function hostWith(
    count: number,
    parentOf: (pid: number) => number,
    changed: (pid: number) => Partial<Process> = () => ({}),
) {
    const main = snapshot.processes.find(({ pid }) => pid === 701);
    assert.ok(main);
    const more = Array.from({ length: count }, (_, index): Process => {
        const pid = 1_000 + index;
        const more = { pid, ppid: parentOf(pid), startTicks: 1_000 + index, session: pid };
        return { ...main, namespacePids: undefined, ...more, ...changed(pid) };
    });
    return { ...snapshot, processes: [...snapshot.processes, ...more] };
}

const hosts = {
    /** Each process the child of the one before. */
    chain: () => hostWith(deep, (pid) => (pid === 1_000 ? 701 : pid - 1)),
    children: () => hostWith(many, () => 701),
    sessions: () => hostWith(many, () => 700),
    /** Of one shim. */
    containers: () =>
        hostWith(
            many,
            () => 700,
            (pid) => {
                const path = `/docker/${String(pid).padStart(64, '0')}`;
                return { cgroups: [{ hierarchy: 0, controllers: '', path }] };
            },
        ),
};

const container = `container:${snapshot.engines[0]?.containers[0]?.id ?? ''}`;

describe('a host of an odd shape', function () {
    this.timeout(240_000);

    for (const shape of ['chain', 'children'] as const) {
        it(`is understood and shown, in every form: ${shape}`, () => {
            const host = hosts[shape]();
            const whole = buildTopology(host);
            const kernel = inKernelOrder(whole);
            const scene = sceneOf(kernel, '', []);
            const metrics = { fontSize: 13, labelWidth: () => 10, descriptionWidth: () => 10 };
            assert.equal(layOut(scene, new Set(), metrics).items.length, kernel.nodes.size);

            const topology = withoutSecrets(whole);
            assert.ok(topologyText(topology).split('\n').length > host.processes.length);
            topologyToJson(topology);
            topologyMermaid(topology);
            topologyDot(topology);
            const some = restrictTo(topology, filtered(topology, 'web'));
            differenceOf(some, topology, (one, node) => describeNode(one, node).label);
            const comparison = comparisonOf(buildTopology(snapshot), whole);
            comparisonText(comparison);
            comparisonToJson(comparison);
            showDetails(topology, [...topology.nodes.keys()].at(-1) ?? '');
            showDetails(topology, container);
        });
    }

    for (const shape of ['sessions', 'containers'] as const) {
        it(`is understood: ${shape}`, () => {
            const topology = buildTopology(hosts[shape]());
            assert.ok(topology.nodes.size > many);
            showDetails(topology, container);
        });
    }
});

function showDetails(topology: Topology, id: string): void {
    const node = topology.nodes.get(id);
    assert.ok(node);
    lineageLine(topology, node);
    hoverText(hoverOf(topology, node, { now: 0, isRecording: false }));
}
