import assert from 'node:assert/strict';
import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { buildTopology } from '../../src/topology/build';
import { endpointOf } from '../../src/topology/daemons';
import { dockerdsToAsk } from '../../src/topology/dockerds-to-ask';
import { readMachine } from '../machines/read-machine';

const argv = ['dockerd', '-H', 'unix:///run/lab/docker.sock', '--exec-root', '/run/lab/exec'];

/** A second daemon of the host that nobody has named, as root sees it. */
const second: Partial<Process> = {
    argv,
    exe: '/usr/bin/dockerd',
    uid: 0,
    namespaces: { mnt: 1 },
    listens: ['/run/lab/exec/libnetwork/0123.sock', '/run/lab/docker.sock'],
};

function socketsToAsk(
    changed: Partial<Process>,
    host: Partial<Snapshot['host']> = {},
    cgroup = '/',
): readonly string[] {
    const { snapshot } = readMachine(`
        # One daemon.
        1   0 1   S = cgroup=/ : /sbin/init
        70  1 40  S = cgroup=/ : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/c.sock
        71 70 45  S = in={web} cgroup=/docker/{web} nspid=1 : sh
        650 ${cgroup === '/' ? '1' : '71'} 600 S = cgroup=${cgroup} : dockerd`);
    const processes = snapshot.processes.map((one) => (one.pid === 650 ? { ...one, ...second, ...changed } : one));
    const topology = buildTopology({
        ...snapshot,
        processes,
        host: { ...snapshot.host, uid: 0, namespaces: { mnt: 1 }, ...host },
    });
    return dockerdsToAsk(topology).map(({ socket }) => socket);
}

describe('a dockerd that nobody has named', () => {
    it('is asked at the socket of its API, which the kernel says it listens on', () => {
        assert.deepEqual(socketsToAsk({}), ['/run/lab/docker.sock']);
        assert.deepEqual(socketsToAsk({ argv: ['dockerd'], listens: ['/run/x/metrics.sock', '/run/x/docker.sock'] }), [
            '/run/x/docker.sock',
        ]);
        assert.deepEqual(socketsToAsk({ argv: ['dockerd', '-H', 'unix://'], listens: ['/var/run/docker.sock'] }), [
            '/var/run/docker.sock',
        ]);
        assert.deepEqual(socketsToAsk({ uid: 1000 }, { uid: 1000 }), ['/run/lab/docker.sock'], 'our own');
    });

    it('is not asked on its own word alone', () => {
        assert.deepEqual(socketsToAsk({ listens: undefined }), [], 'its sockets could not be read');
        assert.deepEqual(socketsToAsk({ listens: [] }), [], 'it listens nowhere');
        assert.deepEqual(socketsToAsk({ listens: ['/run/other.sock'] }), [], 'it listens elsewhere');
        assert.deepEqual(socketsToAsk({ listens: ['@/run/lab/docker.sock'] }), [], 'it is no file');
        assert.deepEqual(socketsToAsk({ exe: undefined }), [], 'its executable could not be read');
        assert.deepEqual(socketsToAsk({ exe: '/usr/bin/python3.11' }), [], 'its executable is another');
        assert.deepEqual(socketsToAsk({ uid: 1000 }), [], 'any user may start it');
        assert.deepEqual(socketsToAsk({ uid: undefined }), [], 'its user is unknown');
    });

    it('is not asked by a path that leads somewhere else here', () => {
        assert.deepEqual(socketsToAsk({ namespaces: { mnt: 2 } }), [], 'it sees other files');
        assert.deepEqual(socketsToAsk({ namespaces: undefined }), []);
        assert.deepEqual(socketsToAsk({}, { namespaces: undefined }), []);
        assert.deepEqual(socketsToAsk({}, {}, '/docker/{web}'), [], 'it runs inside a container');
    });

    it('answers at the default of its user, where nothing tells more', () => {
        const [process] = readMachine('650 1 600 S = : dockerd').snapshot.processes;
        assert.ok(process);
        const endpoint = (changed: Partial<Process>) => endpointOf({ ...process, ...changed });
        assert.equal(endpoint({}), 'unix:///var/run/docker.sock');
        assert.equal(endpoint({ uid: 0 }), 'unix:///var/run/docker.sock');
        assert.equal(endpoint({ uid: 1000 }), 'unix:///run/user/1000/docker.sock');
        assert.equal(endpoint({ uid: 1000, listens: ['/run/x/docker.sock'] }), 'unix:///run/x/docker.sock');
    });

    it('is not asked where systemd would start it again', () => {
        for (const host of ['fd://', 'fd://docker.socket']) {
            const told = ['dockerd', '-H', host, '-H', 'unix:///run/lab/docker.sock'];
            assert.deepEqual(socketsToAsk({ argv: told }), []);
        }
    });
});
