import assert from 'node:assert/strict';
import { buildTopology } from '../../src/topology/build';
import type { Topology } from '../../src/topology/topology';
import { inspectionOf } from '../inspection';
import { readMachine } from '../machines/read-machine';

interface Host {
    readonly age: number;
    readonly listedAgo: number;
    readonly listed: string;
    /** When inspect has told that its pid is 500, if it has. */
    readonly inspectedAgo?: number;
}

/** A host that has been up for 1,000 seconds, and a container whose process started `age` seconds ago. */
function verdictAt({ age, listedAgo, listed, inspectedAgo }: Host): string | undefined {
    const startTicks = String((1_000 - age) * 100);
    const { snapshot } = readMachine(`
500 1 400 S = cgroup=/system.slice/containerd.service : /usr/bin/containerd
600 1 500 S = cgroup=/system.slice/docker.service : /usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
700 1 900 S = cgroup=/system.slice/containerd.service : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/containerd/containerd.sock
720 700 ${startTicks} S = cgroup=/system.slice/docker-{web}.scope : sleep 60
engine unix:///var/run/docker.sock
${listed}
`);
    const listedAt = Date.parse(snapshot.takenAt) - listedAgo * 1_000;
    const inspectedAt = Date.parse(snapshot.takenAt) - (inspectedAgo ?? 0) * 1_000;
    const word = inspectedAgo === undefined ? {} : { inspected: inspectionOf({ pid: 500 }), inspectedAt };
    const engines = snapshot.engines.map((engine) => ({
        ...engine,
        listedAt,
        containers: engine.containers.map((container) => ({ ...container, ...word })),
    }));
    const nodes = [...buildTopology({ ...snapshot, engines }).nodes.values()];
    return nodes.find((node) => node.kind === 'container')?.verdict;
}

describe('a container whose process is younger than what the engine says', () => {
    const created = 'container {web} web nginx created';

    it('is not accused while the engine may not have noticed yet', () => {
        assert.equal(verdictAt({ age: 1, listedAgo: 5, listed: created }), 'unverified');
        assert.equal(verdictAt({ age: 1, listedAgo: 0, listed: '' }), 'unverified');
    });

    it('is not said to be another one while the pid that was told may be that of the process before', () => {
        const before = 'container {web} web nginx running pid=500';
        assert.equal(verdictAt({ age: 1, listedAgo: 5, listed: before }), 'unverified');
        assert.equal(verdictAt({ age: 60, listedAgo: 5, listed: before }), 'pid-of-another');
    });

    it('is not said to be another one by a pid that inspect told before it started, however new the list is', () => {
        const inspectedAgo = (seconds: number) =>
            verdictAt({ age: 60, listedAgo: 0, listed: 'container {web} web nginx running', inspectedAgo: seconds });
        assert.equal(inspectedAgo(300), 'unverified');
        assert.equal(inspectedAgo(50), 'pid-of-another');
    });

    it('is, once the engine has had the time', () => {
        assert.equal(verdictAt({ age: 60, listedAgo: 5, listed: created }), 'process-of-a-stopped-container');
        assert.equal(verdictAt({ age: 60, listedAgo: 5, listed: '' }), 'unknown-to-engine');
    });
});

describe('a container whose process has ended since the engine made its list', () => {
    const hostWith = (processes: string) => `
500 1 400 S = cgroup=/system.slice/containerd.service : /usr/bin/containerd
600 1 500 S = cgroup=/system.slice/docker.service : /usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock${processes}
engine unix:///var/run/docker.sock
container {web} web nginx running
`;
    const shim = `
700 1 900 S = cgroup=/system.slice/containerd.service : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/containerd/containerd.sock`;
    const main = `
720 700 905 S = cgroup=/system.slice/docker-{web}.scope : sleep 60`;
    const begun = Date.parse(readMachine(hostWith('')).snapshot.takenAt);

    /** One look after the other: so many seconds after the first one, what is left, and when the engine has listed. */
    function verdicts(...looks: readonly (readonly [taken: number, processes: string, listed: number])[]): unknown[] {
        let previous: Topology | undefined;
        return looks.map(([taken, processes, listed]) => {
            const { snapshot } = readMachine(hostWith(processes));
            const engines = snapshot.engines.map((engine) => ({ ...engine, listedAt: begun + listed * 1_000 }));
            const takenAt = new Date(begun + taken * 1_000).toISOString();
            previous = buildTopology({ ...snapshot, engines, takenAt }, previous);
            const node = [...previous.nodes.values()].find(({ kind }) => kind === 'container');
            return node?.kind === 'container' ? (node.doubt ?? node.verdict) : undefined;
        });
    }

    it('is not accused until the engine has been asked again, however many looks that takes', () => {
        assert.deepEqual(verdicts([1, shim + main, 0], [2, '', 0], [4, '', 0], [5, '', 4.5]), [
            'agree',
            'just-ended',
            'just-ended',
            'running-without-process',
        ]);
        assert.deepEqual(verdicts([1, shim + main, 0], [2, shim, 0], [3, shim, 2.5]), [
            'agree',
            'just-ended',
            'shim-without-process',
        ]);
    });

    it('is, where nobody has seen it alive', () => {
        assert.deepEqual(verdicts([1, '', 0]), ['running-without-process']);
    });
});
