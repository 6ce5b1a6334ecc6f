import assert from 'node:assert/strict';
import { describe as describeNode } from '../../src/present/describe';
import { type Hover, hoverOf, lineageLine } from '../../src/present/hover';
import type { Clock } from '../../src/present/moments';
import { hoverText } from '../../src/present/text';
import { findNodes } from '../../src/topology/lineage';
import type { Topology } from '../../src/topology/topology';
import { buildTopology } from '../../src/topology/build';
import type { ContainerState } from '../../src/model/container';
import { inspectionOf } from '../inspection';
import { machine, machineNames, topologyOf } from '../machines/machine-files';
import { idOf } from '../machines/read-machine';

describe('a hover', () => {
    it("tells a container's shim, daemons, first process and exec sessions", () => {
        const hover = hoverAt('systemd-v2', 'web');
        const shim = rowsOf(hover, 'Shim parent');
        assert.equal(shim.get('pid'), '700');
        assert.equal(shim.get('started'), '2025-12-31 23:43:29 UTC, 16 minutes 31 seconds ago');
        assert.equal(shim.get('memory'), '4 MiB');
        assert.match(shim.get('argv') ?? '', /^\/usr\/bin\/containerd-shim-runc-v2 -namespace moby -id [0-9a-f]{64} /);
        assert.equal(shim.get('namespace'), 'moby');
        assert.equal(shim.get('containerd'), '/run/containerd/containerd.sock');
        const above = rowsOf(hover, 'Above it');
        assert.deepEqual([...above.keys()], ['containerd', 'engine']);
        assert.match(above.get('containerd') ?? '', /pid 500 .*manages the shim/);
        assert.match(above.get('engine') ?? '', /pid 600 .*manages the containerd/);
        const first = rowsOf(hover, 'First process');
        assert.match(first.get('on the host') ?? '', /^pid 720: 'nginx: master process/);
        assert.equal(first.get('inside'), 'pid 1');
        assert.equal(rowsOf(hover, 'Exec sessions').get('exec'), 'pid 740 (30 inside): sh, for 16 minutes 20 seconds');
        assert.equal(rowsOf(hover, 'Docker says, at unix:///var/run/docker.sock').get('id'), idOf('web'));
    });

    it('says of a container without a shim why there is none', () => {
        assert.equal(rowsOf(hoverAt('shim-killed', 'web'), 'Shim parent').get('shim'), 'gone');
        assert.equal(rowsOf(hoverAt('states-v1', 'exited'), 'Shim parent').get('shim'), 'none: it does not run');
        assert.equal(rowsOf(hoverAt('hidepid', 'web'), 'Shim parent').get('shim'), 'not seen');
    });

    it('sets the word of the engine against that of the kernel', () => {
        const { evidence } = sectionOf(hoverAt('hostile/pid-of-another', 'evil'), 'Verdict').rows[0] ?? {};
        assert.deepEqual(evidence, [
            'docker: running',
            'docker inspect: not asked',
            'containerd not asked: this look was without it',
            'shim: process 800',
            '/proc/820/stat: S (sleeping)',
            'docker: State.Pid says 600, which is not in this container',
        ]);
    });

    it('says that a container was ended for want of memory only where it has ended so', () => {
        const { snapshot } = machine('systemd-v2');
        const outOfMemory = (state: ContainerState, exitCode: number) => {
            const inspected = inspectionOf({ oomKilled: true, exitCode });
            const engines = snapshot.engines.map((engine) => ({
                ...engine,
                containers: engine.containers.map((one) => ({ ...one, state, status: state, inspected })),
            }));
            const topology = buildTopology({ ...snapshot, engines });
            const [node] = findNodes(topology, 'web');
            assert.ok(node);
            const rows = rowsOf(hoverOf(topology, node, live(topology)), 'Docker says, at unix:///var/run/docker.sock');
            return [rows.get('ended by'), rows.get('out of memory')];
        };
        assert.deepEqual(outOfMemory('exited', 137), ['the kernel, for want of memory', undefined]);
        assert.deepEqual(outOfMemory('exited', 1), [
            undefined,
            'the kernel has killed a process of it in its last run',
        ]);
        assert.deepEqual(outOfMemory('running', 0), [undefined, 'the kernel has killed a process of it in this run']);
    });

    it("tells a recording's age, and every other by the recording's clock", () => {
        const topology = topologyOf('systemd-v2');
        const [node] = findNodes(topology, 'web');
        assert.ok(node);
        const now = Date.parse(topology.snapshot.takenAt) + 3 * 3_600_000;
        const hover = hoverOf(topology, node, { now, isRecording: true });
        assert.match(hover.title, /^web · .* · recorded 3 hours ago$/);
        const started = '2025-12-31 23:43:29 UTC, 16 minutes 31 seconds before the recording';
        assert.equal(rowsOf(hover, 'Shim parent').get('started'), started);
        assert.equal(rowsOf(hover, 'Exec sessions').get('exec'), 'pid 740 (30 inside): sh, for 16 minutes 20 seconds');
    });

    it('warns of an engine that is asked over tcp without TLS', () => {
        const { snapshot } = machine('systemd-v2');
        const engines = snapshot.engines.map((engine) => ({ ...engine, isUnencrypted: true as const }));
        for (const [topology, warning] of [
            [buildTopology(snapshot), undefined],
            [
                buildTopology({ ...snapshot, engines }),
                'tcp without TLS: anyone who reaches this port has the rights of its daemon: root’s, unless it is rootless',
            ],
        ] as const) {
            const node = [...topology.nodes.values()].find(({ kind }) => kind === 'engine');
            assert.ok(node);
            const clock = { now: Date.parse(snapshot.takenAt), isRecording: false };
            assert.equal(rowsOf(hoverOf(topology, node, clock), 'Docker engine').get('not encrypted'), warning);
            const { tone, description } = describeNode(topology, node);
            assert.equal(tone, warning === undefined ? 'normal' : 'warning');
            assert.equal(description.includes(' · not encrypted'), warning !== undefined);
        }
    });

    it('calls Podman by its name, and tells of its service what is true of it', () => {
        const topology = topologyOf('podman-asked');
        const clock = { now: Date.parse(topology.snapshot.takenAt), isRecording: false };
        const hovers = [...topology.nodes.values()]
            .filter((node) => node.kind !== 'process' && node.engine?.product === 'podman')
            .map((node) => hoverOf(topology, node, clock));
        assert.equal(hovers.length, 3);
        for (const hover of hovers) assert.doesNotMatch(hoverText(hover), /dockerd|Docker(?! command)|containerd/);
        const [{ purpose = '' } = {}] = hovers.filter(({ sections }) => sections[0]?.title === 'Podman service');
        assert.match(purpose, /^Podman's service .* conmon/);
        const pod = hovers.find(({ title }) => title.startsWith('pod '));
        assert.ok(pod);
        assert.equal(rowsOf(pod, 'Podman says, at unix:///var/run/docker.sock').get('id'), idOf('pod'));
        assert.equal(rowsOf(pod, 'Verdict').get('agree'), 'Podman, the shim and the kernel agree: it runs.');
    });

    it('gives the lineage on one line', () => {
        const topology = topologyOf('systemd-v2');
        const [node] = findNodes(topology, '741');
        assert.ok(node);
        assert.equal(
            lineageLine(topology, node),
            'dockerd 28.5.2 (600) → containerd (500) → containerd-shim-runc-v2 (700) → container web → sh (740) → sleep 60 (741)',
        );
    });

    for (const name of machineNames) {
        it(`says of every line how it is known, and nothing twice, on ${name}`, () => {
            const topology = topologyOf(name);
            for (const node of topology.nodes.values()) {
                const hover = hoverOf(topology, node, live(topology));
                assert.notEqual(hover.purpose, '');
                for (const { title, rows } of hover.sections) {
                    const isSource = / says(, at .*)?$/.test(title) || title === 'Its id';
                    for (const { label, value, evidence } of rows) {
                        assert.notEqual(value, '', `${title}: ${label}`);
                        assert.equal(new Set(evidence).size, evidence.length, `${title}: ${label} repeats itself`);
                        // What to do next is advice, and no fact.
                        if (node.kind === 'container' && !isSource && label !== 'next') {
                            assert.ok(evidence.length > 0, `${title}: ${label} says not how it is known`);
                        }
                    }
                }
            }
        });
    }
});

function hoverAt(name: string, words: string): Hover {
    const topology = topologyOf(name);
    const [node] = findNodes(topology, words);
    assert.ok(node);
    return hoverOf(topology, node, live(topology));
}

function live({ snapshot }: Topology): Clock {
    return { now: Date.parse(snapshot.takenAt), isRecording: false };
}

function sectionOf({ sections }: Hover, title: string) {
    const section = sections.find((one) => one.title === title);
    assert.ok(section, `${title} is missing among ${sections.map((one) => one.title).join()}`);
    return section;
}

function rowsOf(hover: Hover, title: string): ReadonlyMap<string, string> {
    return new Map(sectionOf(hover, title).rows.map(({ label, value }) => [label, value]));
}
