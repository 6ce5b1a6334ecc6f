import assert from 'node:assert/strict';
import { buildTopology } from '../../src/topology/build';
import { lineageOf } from '../../src/topology/lineage';
import { idOf, readMachine } from '../machines/read-machine';

/**
 * Both dockerds use the same containerd path, each in its own mount namespace; only the nested one is asked, through a
 * published port, and its State.Pid counts in its own pid namespace.
 */
const { snapshot } = readMachine(`
1   0   1    S = cgroup=/ : /sbin/init
600 1   500  S = cgroup=/ listens=/run/docker.sock : /usr/bin/dockerd
610 600 510  S = cgroup=/ listens=/run/docker/containerd/containerd.sock : containerd --config /run/docker/containerd/containerd.toml
700 1   900  S = cgroup=/ : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {outer} -address /run/docker/containerd/containerd.sock
720 700 910  S = cgroup=/docker/{outer} nspid=1 exe=/usr/local/bin/dockerd listens=/run/docker.sock : dockerd
730 720 920  S = cgroup=/docker/{outer} nspid=30 exe=/usr/local/bin/containerd listens=/run/docker/containerd/containerd.sock : containerd --config /run/docker/containerd/containerd.toml
740 720 930  S = cgroup=/docker/{outer} nspid=40 : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {inner} -address /run/docker/containerd/containerd.sock
760 740 940  S = cgroup=/docker/{outer}/docker/{inner} nspid=60,1 : sleep 60
engine tcp://127.0.0.1:2375 containerd=/run/docker/containerd/containerd.sock
container {inner} inner busybox running pid=60
`);

describe('an engine in a container, which is asked while the host’s is not', () => {
    const topology = buildTopology(snapshot);
    const nodes = [...topology.nodes.values()];
    const hostDaemon = nodes.find((node) => node.kind === 'engine' && node.process?.pid === 600);
    const inner = nodes.find((node) => node.kind === 'container' && node.containerId === idOf('inner'));

    it('is not taken for the host’s, though both use the same path', () => {
        assert.ok(hostDaemon?.kind === 'engine' && !hostDaemon.engine);
    });

    it('tells of a container in its own one, and its pid contradicts nothing', () => {
        assert.ok(inner?.kind === 'container' && inner.container);
        assert.deepEqual(
            lineageOf(topology, inner.id).map((node) => (node.kind === 'container' ? 'container' : node.process?.pid)),
            ['container', 740, 730, 720, 'container', 700, 610, 600],
        );
        assert.equal(inner.verdict, 'agree');
    });
});
