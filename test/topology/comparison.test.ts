import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Snapshot } from '../../src/model/snapshot';
import { buildTopology } from '../../src/topology/build';
import { type Comparison, comparisonOf } from '../../src/topology/comparison';
import type { TopologyNode } from '../../src/topology/topology';
import { machine, machineNames } from '../machines/machine-files';
import { idOf, readMachine } from '../machines/read-machine';
import { arbitraryMachine } from './arbitrary-machine';

const containerd = '500 1 400 S = cgroup=/system.slice/containerd.service listens=/run/c.sock : /usr/bin/containerd';
const dockerd =
    '600 1 500 S = cgroup=/system.slice/docker.service listens=/run/docker.sock : /usr/bin/dockerd --containerd=/run/c.sock';
const shim =
    '700 1 900 S = cgroup=/system.slice/containerd.service : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/c.sock';
const first = '720 700 905 S = cgroup=/docker/{web} nspid=1 : server';
const child = '730 720 910 S 720 cgroup=/docker/{web} nspid=7 : worker';
const engine = 'engine unix:///run/docker.sock containerd=/run/c.sock';
const web = 'container {web} web nginx running';
const init = '1 0 1 S = cgroup=/init.scope : /sbin/init';
const host = [init, containerd, dockerd, shim, first, child, engine, web];

describe('the comparison of two looks', () => {
    it('finds nothing between a look and the same look again, whatever the machine', () => {
        const anyMachine = fc.oneof(fc.constantFrom(...machineNames.map(machine)), arbitraryMachine);
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const [one, other] = [buildTopology(snapshot), buildTopology(structuredClone(snapshot))];
                const { appeared, gone, moved, changed } = comparisonOf(one, other);
                assert.deepEqual([appeared, gone, moved, changed], [[], [], [], []]);
            }),
            { seed: 20_260_101, numRuns: 200 },
        );
    });

    it('accounts for every node of both looks once, whatever the machines', () => {
        fc.assert(
            fc.property(arbitraryMachine, arbitraryMachine, ({ snapshot }, { snapshot: later }) => {
                const { before, after, appeared, gone } = comparisonOf(buildTopology(snapshot), buildTopology(later));
                assert.equal(before.nodes.size - gone.length, after.nodes.size - appeared.length);
                assert.ok(gone.every(({ id }) => before.nodes.has(id)));
                assert.ok(appeared.every(({ id }) => after.nodes.has(id)));
            }),
            { seed: 20_260_101, numRuns: 100 },
        );
    });

    it('tells a process that came from one that went', () => {
        const { appeared, gone, moved, changed } = compare(host, replaced(child, child.replace('910', '990')));
        assert.deepEqual(ids(gone), ['process:730@910']);
        assert.deepEqual(ids(appeared), ['process:730@990'], 'the pid was given to another');
        assert.deepEqual([moved, changed], [[], []]);
    });

    it('tells a container that stopped by its state, not as a move to its engine', () => {
        const exited = 'container {web} web nginx exited status="Exited (137) 2 minutes ago"';
        const { gone, moved, changed } = compare(host, [containerd, dockerd, engine, exited]);
        assert.deepEqual(ids(gone), ['process:700@900', 'process:720@905', 'process:730@910']);
        assert.deepEqual(moved, []);
        assert.deepEqual(aspectsOf(changed), [['state', 'running', 'exited (137)']]);
    });

    it('tells a container that was started again under another shim as moved', () => {
        const again = [containerd, dockerd, shim.replace('700 1 900', '800 1 950'), engine, web];
        const { moved, changed } = compare(host, [...again, '820 800 955 S = cgroup=/docker/{web} nspid=1 : server']);
        assert.deepEqual(
            moved.map(({ before, after }) => [before.id, before.parent, after.parent]),
            [[`container:${idOf('web')}`, 'process:700@900', 'process:800@950']],
        );
        assert.deepEqual(aspectsOf(changed), [['first process', 'pid 720', 'pid 820']]);
    });

    it('tells shims whose containerd was started again as moved, and what is below them as where it was', () => {
        const { appeared, gone, moved } = compare(
            host,
            replaced(containerd, containerd.replace('500 1 400', '510 1 950')),
        );
        assert.deepEqual([ids(gone), ids(appeared)], [['process:500@400'], ['process:510@950']]);
        assert.deepEqual(ids(moved.map(({ after }) => after)), ['process:700@900']);
    });

    it('tells a verdict that is another, a name that was changed, and a program that became another', () => {
        const later = replaced(child, child.replace('worker', 'other')).map((line) =>
            line.replace(' web nginx', ' shop nginx'),
        );
        assert.deepEqual(aspectsOf(compare(host, later).changed), [
            ['name', 'web', 'shop'],
            ['command', 'worker', 'other'],
        ]);
        const orphaned = host.filter((line) => line !== shim).map((line) => line.replace('720 700', '720 1'));
        assert.deepEqual(aspectsOf(compare(host, orphaned).changed), [['verdict', 'agree', 'shim-gone']]);
    });

    it('finds an engine again by its endpoint when its process is another, and by its process when nobody asked it', () => {
        const restarted = compare(host, replaced(dockerd, dockerd.replace('600 1 500', '610 1 950')));
        assert.deepEqual([restarted.appeared, restarted.gone, restarted.moved], [[], [], []]);
        assert.deepEqual(aspectsOf(restarted.changed), [['process', 'pid 600', 'pid 610']]);
        const unasked = compare(host, [containerd, dockerd, shim, first, child]);
        assert.deepEqual([unasked.appeared, unasked.gone, unasked.moved], [[], [], []]);
        assert.deepEqual(doubtsOf(unasked), ['engine-not-heard after']);
        assert.deepEqual(aspectsOf(unasked.changed), [['verdict', 'agree', 'unverified']]);
    });

    it('takes no process of another boot or pid namespace for the same, but a container by its id', () => {
        for (const [other, doubt] of [
            [{ bootId: 'another' }, 'other-boot'],
            [{ namespaces: { pid: 2 } }, 'other-pid-namespace'],
        ] as const) {
            const { snapshot } = read(host);
            const before = buildTopology({ ...snapshot, host: { ...snapshot.host, namespaces: { pid: 1 } } });
            const after = buildTopology({ ...snapshot, host: { ...before.snapshot.host, ...other } });
            const comparison = comparisonOf(before, after);
            const processes = ['process:500@400', 'process:700@900', 'process:720@905', 'process:730@910'];
            assert.deepEqual([ids(comparison.gone), ids(comparison.appeared)], [processes, processes]);
            assert.deepEqual([comparison.moved, comparison.changed], [[], []]);
            assert.deepEqual(doubtsOf(comparison), [doubt]);
        }
    });

    it('keeps containers apart that have one id in two engines', () => {
        const twice = [...host, 'engine tcp://other:2376', web];
        const { gone, appeared } = compare(twice, host);
        assert.equal(appeared.length, 0);
        const endpoints = gone.flatMap((node) => (node.kind === 'container' ? [node.engine?.endpoint] : []));
        assert.deepEqual(endpoints, ['tcp://other:2376']);
    });

    it('says what may be missing from one of the looks', () => {
        const { snapshot } = read(host);
        const doubts = (change: Partial<Snapshot>) =>
            doubtsOf(comparisonOf(buildTopology(snapshot), buildTopology({ ...snapshot, ...change })));
        assert.deepEqual(doubts({}), []);
        assert.deepEqual(doubts({ redacted: true }), ['redacted']);
        assert.deepEqual(doubts({ host: { ...snapshot.host, bootId: undefined } }), ['unknown-boot']);
        assert.deepEqual(doubts({ host: { ...snapshot.host, hidesProcesses: true } }), ['processes-not-seen after']);
        assert.deepEqual(doubts({ processes: [] }), ['processes-not-seen after']);
        assert.deepEqual(doubts({ engines: [] }), ['engine-not-heard after']);
        const ours = { ...snapshot, host: { ...snapshot.host, uid: 0 } };
        const theirs = { ...snapshot, host: { ...snapshot.host, uid: 1000 } };
        assert.deepEqual(doubtsOf(comparisonOf(buildTopology(ours), buildTopology(theirs))), ['other-user']);
    });
});

function read(lines: readonly string[]) {
    return readMachine(lines.join('\n'));
}

function compare(before: readonly string[], after: readonly string[]): Comparison {
    return comparisonOf(buildTopology(read(before).snapshot), buildTopology(read(after).snapshot));
}

function replaced(line: string, other: string): readonly string[] {
    return host.map((one) => (one === line ? other : one));
}

function ids(nodes: readonly TopologyNode[]): readonly string[] {
    return nodes.map(({ id }) => id);
}

function aspectsOf(changed: Comparison['changed']) {
    return changed.flatMap(({ aspects }) => aspects.map(({ aspect, before, after }) => [aspect, before, after]));
}

function doubtsOf({ doubts }: Comparison): readonly string[] {
    return doubts.map((doubt) => ('look' in doubt ? `${doubt.kind} ${doubt.look}` : doubt.kind));
}
