import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { assertAgrees, look, lookAt, type Look } from '../lab/agreement';
import { observe } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importImage, importTestImage, rootFolderWithTerminal, testImage } from '../lab/image';
import { pidInside } from '../lab/processes';
import { readTopology, type SeenGap, type SeenNode, type SeenTopology } from '../lab/topology';
import type { OrdinaryUser } from '../lab/user';

/** Where the engine's socket is in the containers that may ask it. */
const mountedSocket = '/var/run/docker.sock';

describe('seen from a place that shows less than all', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let dockerd: Dockerd;
    let user: OrdinaryUser;
    /** The terminal program outside of containers, as words of a command line. */
    let terminal: readonly string[];
    /** What is so, seen by root on the host. */
    let host: Look;

    before(async () => {
        laboratory = openLaboratory();
        user = await laboratory.user();
        dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        const root = await rootFolderWithTerminal(laboratory);
        await importImage(dockerd, 'terminal', root);
        terminal = [join(root, 'bin/node'), join(root, 'cli.js')];
        const start = (name: string, ...args: readonly string[]) =>
            dockerd.docker('run', '-d', '--name', name, ...args, 'sleep', '1000');
        // An init, because somebody has to reap what `docker exec` leaves there.
        const asks = ['--init', '-v', `${dockerd.socket}:${mountedSocket}`];
        await Promise.all([
            start('web', testImage),
            start('asks', ...asks, '--cgroupns', 'host', 'terminal'),
            start('asks-privately', ...asks, '--cgroupns', 'private', 'terminal'),
            start('sees-all', ...asks, '--pid', 'host', 'terminal'),
        ]);
        host = await look(dockerd);
        assertAgrees(host);
    });
    after(() => laboratory?.close());

    async function seenInside(container: string): Promise<SeenTopology> {
        const words = ['/bin/node', '/cli.js', 'tree', '--format', 'json', '--docker', `unix://${mountedSocket}`];
        return readTopology(await dockerd.docker('exec', container, ...words));
    }

    /** `as` turns the words of a command line into those that run it elsewhere. */
    async function seenOutside(as: (words: readonly string[]) => readonly string[], status = 0): Promise<SeenTopology> {
        const words = [...terminal, 'tree', '--format', 'json', '--docker', dockerd.endpoint];
        const [program = '', ...args] = as(words);
        const told = await observe(program, args);
        assert.equal(told.status, status, told.stderr);
        return readTopology(told.stdout);
    }

    function gapOf(topology: SeenTopology, source: string): SeenGap {
        const [gap = assert.fail(`no gap of ${source}`), ...more] = topology.gaps.filter((one) =>
            one.source.includes(source),
        );
        assert.deepEqual(more, []);
        assert.ok(gap.help, 'a gap says what would help');
        return gap;
    }

    /** The engine's containers are all there, with their names and states, and nothing is said against them. */
    function assertListed(topology: SeenTopology): void {
        for (const { id, name, state } of host.truth.containers) {
            const node = topology.containerNode(id);
            assert.deepEqual([node.name, node.state, node.verdict], [name, state, 'unverified']);
        }
    }

    function processesBelow(topology: SeenTopology, containerId: string): readonly SeenNode[] {
        return topology.nodes.filter(
            (node) =>
                node.kind === 'process' && topology.lineage(node).some((above) => above.containerId === containerId),
        );
    }

    /** Nothing was seen of these: neither processes below them, nor a first one. */
    function assertNothingBelow(topology: SeenTopology, names: readonly string[]): void {
        for (const name of names) {
            const { id } = host.container(name);
            assert.deepEqual(processesBelow(topology, id), [], name);
            assert.equal(topology.containerNode(id).mainPid ?? undefined, undefined, name);
        }
    }

    it('in a container with the socket: it has its own processes, and of the others only what Docker says', async () => {
        const topology = await seenInside('asks');
        assertListed(topology);
        assertNothingBelow(topology, ['web', 'asks-privately', 'sees-all']);
        const { id, memberPids } = host.container('asks');
        const inside = processesBelow(topology, id).map(({ pid }) => pid);
        // What `docker exec` added, the host has not seen; what it has seen, is there under the number that it has inside.
        for (const pid of memberPids) assert.ok(inside.includes(pidInside(pid)), `${pid}`);
        assert.equal(topology.containerNode(id).mainPid, 1);
        assert.equal(gapOf(topology, mountedSocket).reason, 'unsupported');
    });

    it('in a container that has cgroups of its own, too, nothing is known to be anybody’s', async () => {
        const topology = await seenInside('asks-privately');
        assertListed(topology);
        assertNothingBelow(
            topology,
            host.truth.containers.map(({ name }) => name),
        );
        assert.equal(gapOf(topology, mountedSocket).reason, 'unsupported');
    });

    it('in a container with the host’s processes: the chain is whole, though the daemons’ files are elsewhere', async () => {
        const topology = await seenInside('sees-all');
        for (const name of ['web', 'asks', 'asks-privately']) {
            const { mainPid, id } = host.container(name);
            assert.deepEqual(topology.chain(mainPid).slice(1), host.above(name));
            assert.equal(topology.containerNode(id).verdict, 'agree');
        }
        assert.deepEqual(
            topology.gaps.filter(({ source }) => source.includes(mountedSocket)),
            [],
        );
    });

    it('in another pid namespace: Docker’s list, none of its processes, and the gap is named', async () => {
        const topology = await seenOutside((words) => ['unshare', '--pid', '--fork', '--mount-proc', ...words]);
        assertListed(topology);
        assert.deepEqual(
            topology.nodes.filter(({ pid }) => pid !== undefined && pid !== null),
            [],
        );
        assert.equal(gapOf(topology, dockerd.endpoint).reason, 'unsupported');
    });

    it('in another pid namespace that still has the host’s /proc, all is as it is', async () => {
        const topology = await seenOutside((words) => ['unshare', '--pid', '--fork', ...words]);
        assertAgrees(lookAt(topology, host.truth));
    });

    it('as a user who may not ask the engine: the chain without names, and the gap says who may', async () => {
        const topology = await seenOutside((words) => user.command(words), 2);
        for (const { id, mainPid, shimPid } of host.truth.containers) {
            assert.deepEqual(topology.chain(mainPid).slice(1), [
                `container ${id.slice(0, 12)}`,
                `shim ${shimPid}`,
                `containerd ${host.truth.containerdPid}`,
                `engine ${dockerd.pid()}`,
            ]);
            assert.equal(topology.containerNode(id).verdict, 'unverified');
        }
        assert.equal(gapOf(topology, dockerd.endpoint).reason, 'forbidden');
        assert.equal(gapOf(topology, '/proc').reason, 'forbidden');
    });

    // The directories of others are there and closed with 1, and not even there with 2.
    for (const hidepid of [1, 2] as const) {
        it(`where /proc hides other users’ processes (hidepid=${hidepid}): Docker’s list, and why there is no more`, async () => {
            const group = statSync(dockerd.socket).gid;
            const topology = await seenOutside((words) => hidden(hidepid, user.command(words, [group])));
            assertListed(topology);
            assertNothingBelow(
                topology,
                host.truth.containers.map(({ name }) => name),
            );
            assert.equal(gapOf(topology, '/proc').reason, 'forbidden');
        });

        it(`as a user who may not ask the engine either (hidepid=${hidepid}): nothing, and both gaps`, async () => {
            const topology = await seenOutside((words) => hidden(hidepid, user.command(words)), 2);
            assert.deepEqual(topology.nodes, []);
            assert.equal(gapOf(topology, dockerd.endpoint).reason, 'forbidden');
            assert.equal(gapOf(topology, '/proc').reason, 'forbidden');
        });
    }
});

/** In a mount namespace of its own, whose /proc hides the processes of others, proc(5). */
function hidden(hidepid: 1 | 2, words: readonly string[]): readonly string[] {
    const script = `mount -t proc -o hidepid=${String(hidepid)} proc /proc && exec "$@"`;
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...words];
}
