import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openContainerd } from '../../src/sources/containerd/client';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { createWatcher } from '../../src/watch/watcher';
import { until } from '../lab/command';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { terminal, topologyOf } from '../lab/topology';

describe('asking a real containerd', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let webId: string;
    let ownPid: number;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd });
        await importTestImage(laboratory, dockerd);
        webId = await dockerd.docker('run', '-d', '--name', 'web', '-e', 'COLOUR=red', testImage, 'sleep', '1000');
        const archive = join(laboratory.folder, 'image.tar');
        await dockerd.docker('save', '-o', archive, testImage);
        ownPid = await containerd.run('lab', 'own', archive, testImage, 'sleep', '1000');
    });
    after(() => laboratory.close());

    it('tells its namespaces, containers and tasks, with the pids that Docker tells', async () => {
        const sockets = socketsOfOurs();
        const source = openContainerd(containerd.address);
        const facts = await source.look();
        assert.equal(facts.problem, undefined);
        assert.match(facts.version ?? '', /^v?\d+\.\d+/);
        assert.deepEqual([...facts.namespaces].sort(), ['lab', 'moby']);
        const pid = Number(await dockerd.docker('inspect', '--format', '{{.State.Pid}}', 'web'));
        assert.deepEqual(
            facts.tasks.toSorted((one, other) => (one.namespace < other.namespace ? -1 : 1)),
            [
                { namespace: 'lab', id: 'own', pid: ownPid, status: 'running' },
                { namespace: 'moby', id: webId, pid, status: 'running' },
            ],
        );
        const own = facts.containers.find(({ id }) => id === 'own');
        assert.equal(own?.image, `docker.io/library/${testImage}`);
        assert.equal(own.runtime, 'io.containerd.runc.v2');
        const spec = await source.spec('moby', webId);
        assert.ok('value' in spec);
        const { process } = spec.value as { process: { env: string[]; args: string[] } };
        assert.deepEqual(process.args, ['sleep', '1000']);
        assert.ok(process.env.includes('COLOUR=red'));
        const missing = await source.spec('moby', 'nothing');
        assert.ok('reason' in missing && missing.reason === 'gone');
        source.dispose();
        await until('no socket is left', () => socketsOfOurs() === sockets);
    });

    it('is a witness in the tree, and names what no engine knows', async () => {
        const topology = await topologyOf([dockerd.endpoint]);
        const web = topology.containerNode(webId);
        const task = `task pid ${String(web.mainPid)} in namespace moby`;
        assert.ok(web.evidence?.some(({ source, detail }) => source === 'containerd' && detail === task));
        const own = topology.containerNode('own');
        assert.equal(own.image, `docker.io/library/${testImage}`);
        assert.equal(own.mainPid, ownPid);
        assert.equal(own.verdict, 'agree');
        assert.deepEqual(own.containerd, {
            runtime: 'io.containerd.runc.v2',
            taskPid: ownPid,
            taskStatus: 'running',
        });
        const { stdout } = await terminal('explain', 'web', '--docker', dockerd.endpoint);
        assert.match(stdout, /Docker, containerd, the shim and the kernel agree/);
        assert.match(stdout, new RegExp(`containerd says running, pid ${String(web.mainPid)}`));
    });

    it('withholds nothing of the tree when it hangs', async () => {
        await containerd.freeze();
        try {
            const topology = await topologyOf([dockerd.endpoint]);
            const web = topology.containerNode(webId);
            assert.equal(topology.chain(web.mainPid ?? 0).length, 5);
            assert.match(web.containerd?.silence ?? '', /^not heard: no answer within/);
            assert.ok(topology.gaps.some(({ source }) => source === `containerd ${containerd.address}`));
        } finally {
            process.kill(containerd.pid(), 'SIGCONT');
        }
    });

    it('joins the second look of a watcher, and delays none when it hangs', async () => {
        const watcher = createWatcher({
            openProcfs: () =>
                openProcfs({ root: '/proc', readerPath: resolve('dist/reader.js'), deadlineMilliseconds: 10_000 }),
            resolveDockers: () => resolveEndpoints({ configured: [dockerd.endpoint] }),
            openDocker: (endpoint) => openDocker(endpoint),
            openContainerd: (address) => Promise.resolve(openContainerd(address, { lookMilliseconds: 1_000 })),
        });
        const sockets = socketsOfOurs();
        const watching = watcher.watch();
        const wordOfWeb = () => {
            const node = watcher.current?.nodes.get(`container:${webId}`);
            return node?.kind === 'container' ? node.containerd : undefined;
        };
        try {
            await until('containerd was heard', () => wordOfWeb()?.task?.status === 'running');
            await containerd.freeze();
            await until('it is told that it hangs', async () => {
                const started = performance.now();
                await watcher.look();
                assert.ok(performance.now() - started < 2_500, 'a look waits for a daemon a moment only');
                return wordOfWeb()?.silence !== undefined;
            });
        } finally {
            process.kill(containerd.pid(), 'SIGCONT');
            watching.dispose();
            watcher.dispose();
        }
        await until('no socket is left', () => socketsOfOurs() <= sockets);
    });

    it('is a gap within the deadline when it hangs, and no socket is left', async () => {
        const sockets = socketsOfOurs();
        const source = openContainerd(containerd.address, { lookMilliseconds: 500 });
        const before = await source.look();
        await containerd.freeze();
        try {
            const started = performance.now();
            const facts = await source.look(before);
            assert.ok(performance.now() - started < 1_000);
            assert.equal(facts.problem?.reason, 'timeout');
            assert.deepEqual({ ...facts, problem: undefined }, { ...before, problem: undefined });
            await until('no socket is left', () => socketsOfOurs() === sockets);
        } finally {
            process.kill(containerd.pid(), 'SIGCONT');
        }
        assert.equal((await source.look(before)).problem, undefined);
        source.dispose();
    });

    it('is cancelled by disposing', async () => {
        const source = openContainerd(containerd.address);
        await containerd.freeze();
        try {
            const looking = source.look();
            source.dispose();
            assert.equal((await looking).problem?.reason, 'gone');
        } finally {
            process.kill(containerd.pid(), 'SIGCONT');
        }
    });
});

function socketsOfOurs(): number {
    return readdirSync('/proc/self/fd').filter((name) => {
        try {
            return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:');
        } catch {
            return false; // closed since the folder was listed
        }
    }).length;
}
