import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { readSpecFile } from '../../src/sources/bundle/spec-file';
import { openContainerd } from '../../src/sources/containerd/client';
import type { ContainerdHint } from '../../src/sources/containerd/events';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { usualTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import { until } from '../lab/command';
import { openSockets } from '../lab/connections';
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
    let archive: string;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd });
        await importTestImage(laboratory, dockerd);
        webId = await dockerd.docker('run', '-d', '--name', 'web', '-e', 'COLOUR=red', testImage, 'sleep', '1000');
        archive = join(laboratory.folder, 'image.tar');
        await dockerd.docker('save', '-o', archive, testImage);
        ownPid = await containerd.run('lab', 'own', archive, testImage, 'sleep', '1000');
    });
    after(() => laboratory.close());

    it('tells its namespaces, containers and tasks, with the pids that Docker tells', async () => {
        const sockets = openSockets();
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
        await until('no socket is left', () => openSockets() === sockets);
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

    it('shows what has no task under its containerd, and once only what an engine lists', async () => {
        await containerd.ctr('lab', 'containers', 'create', `docker.io/library/${testImage}`, 'made');
        await dockerd.docker('create', '--name', 'waiting', testImage, 'true');
        const topology = await topologyOf([dockerd.endpoint]);
        const made = topology.containerNode('made');
        assert.equal(topology.nodes.find(({ id }) => id === made.parent)?.pid, containerd.pid());
        assert.equal(made.verdict, 'agree');
        assert.deepEqual(made.containerd, { runtime: 'io.containerd.runc.v2', taskPid: null, taskStatus: null });
        const { stdout } = await terminal('tree', '--docker', dockerd.endpoint);
        assert.equal(stdout.match(/waiting/g)?.length, 1);
        assert.match(stdout, new RegExp(`made · docker.io/library/${testImage} · no task · in lab`));
        await containerd.ctr('lab', 'containers', 'delete', 'made');
    });

    it('counts images, snapshots and content as ctr does, and once only in a moment', async () => {
        const source = openContainerd(containerd.address);
        try {
            const stores = await source.stores();
            assert.ok(!('reason' in stores));
            const lines = async (...args: string[]) => {
                const text = await containerd.ctr('lab', ...args);
                return { number: text.split('\n').filter((line) => line !== '').length, isMore: false };
            };
            const { images, content } = stores.find(({ namespace }) => namespace === 'lab') ?? {};
            assert.deepEqual(images, await lines('images', 'list', '--quiet'));
            assert.deepEqual(content, await lines('content', 'list', '--quiet'));
            const { snapshots } = stores.find(({ namespace }) => namespace === 'lab') ?? {};
            assert.equal(snapshots?.number, (await lines('snapshots', 'list')).number - 1, 'a line is the heading');
            assert.equal(source.stores(), source.stores());
            const { stdout } = await terminal('explain', String(containerd.pid()), '--docker', dockerd.endpoint);
            assert.match(stdout, /namespace lab\s+1 container, 1 task/);
        } finally {
            source.dispose();
        }
    });

    // Before the containerd is killed: for a while after that, a dockerd refuses to start anything.
    it('finds the bundle of a legacy shim, too', async () => {
        const legacy = ['--runtime', 'io.containerd.runtime.v1.linux'];
        const id = await dockerd.docker('run', '-d', ...legacy, testImage, 'sleep', '1000');
        const { nodes } = await topologyOf([dockerd.endpoint]);
        const shim = nodes.find((node) => node.shim?.id === id);
        const places = { namespace: 'moby', id, shimPid: shim?.pid ?? 0, folders: [] };
        const spec = await readSpecFile(places);
        assert.ok('value' in spec);
        assert.deepEqual((spec.value as OciSpec).process.args, ['sleep', '1000']);
        await dockerd.docker('rm', '-f', id);
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
        const sockets = openSockets();
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
        await until('no socket is left', () => openSockets() <= sockets);
    });

    it('tells by its events what begins and ends beside Docker, without the clock', async () => {
        const asked: string[] = [];
        const connected: string[] = [];
        const watcher = createWatcher(
            {
                openProcfs: () =>
                    openProcfs({ root: '/proc', readerPath: resolve('dist/reader.js'), deadlineMilliseconds: 10_000 }),
                resolveDockers: () => Promise.resolve({ endpoints: [], gaps: [], isExclusive: true }),
                openDocker: (endpoint) => openDocker(endpoint),
                openContainerd: (address) => {
                    const source = openContainerd(address);
                    const look: typeof source.look = (before) => {
                        asked.push(address);
                        return source.look(before);
                    };
                    const events: typeof source.events = (onHint, onConnected) =>
                        source.events(onHint, () => {
                            connected.push(address);
                            onConnected();
                        });
                    return Promise.resolve({ ...source, look, events });
                },
            },
            { ...usualTimes, clock: 1e8, reconciliation: 1e8 },
        );
        const sockets = openSockets();
        const task = () => {
            const node = watcher.current?.nodes.get('container:short');
            return node?.kind === 'container' ? node.containerd?.task : undefined;
        };
        const watching = watcher.watch();
        try {
            const { address } = containerd;
            await until(
                'its stream stands, and it was asked',
                () => connected.includes(address) && asked.includes(address),
            );
            const pid = await containerd.run('lab', 'short', archive, testImage, 'sleep', '1000');
            await until('what began is shown', () => task()?.pid === pid && task()?.status === 'running');
            await containerd.ctr('lab', 'tasks', 'kill', '--signal', 'SIGKILL', 'short');
            await until('what ended is shown', () => task()?.status === 'stopped');
        } finally {
            watching.dispose();
            await until('no stream is left open when nobody watches', () => openSockets() <= sockets);
            watcher.dispose();
        }
    });

    it('tells the begin and the end of an exec session from those of a container, and follows over a restart', async () => {
        const source = openContainerd(containerd.address);
        const hints: ContainerdHint[] = [];
        let connections = 0;
        const stream = source.events(
            (hint) => hints.push(hint),
            () => connections++,
        );
        try {
            await until('it is connected', () => connections === 1);
            await containerd.ctr('lab', 'tasks', 'exec', '--exec-id', 'one', 'own', 'true');
            await until('both are told', () => hints.length === 2);
            assert.deepEqual(hints, [{ concerns: 'exec' }, { concerns: 'exec' }]);
            await containerd.end('SIGKILL');
            await containerd.start();
            await until('it is connected again', () => connections === 2);
            await containerd.ctr('lab', 'tasks', 'pause', 'own');
            await until('the pause is told', () => hints.length > 2);
            assert.deepEqual(hints.at(-1), { concerns: 'container' });
            await containerd.ctr('lab', 'tasks', 'resume', 'own');
        } finally {
            stream.dispose();
            source.dispose();
        }
    });

    it('opens the OCI spec: of containerd, of the bundle where containerd is silent, and of no nonsense', async () => {
        const open = (mayAsk: boolean) =>
            createWatcher({
                openProcfs: () =>
                    openProcfs({ root: '/proc', readerPath: resolve('dist/reader.js'), deadlineMilliseconds: 10_000 }),
                resolveDockers: () => Promise.resolve({ endpoints: [], gaps: [], isExclusive: true }),
                openDocker: (endpoint) => openDocker(endpoint),
                ...(mayAsk && {
                    openContainerd: (address: string) =>
                        Promise.resolve(openContainerd(address, { specMilliseconds: 500 })),
                }),
                readSpecFile,
            });
        const specBy = async (watcher: Watcher, id: string) => {
            const node = (await watcher.look()).nodes.get(`container:${id}`);
            assert.ok(node?.kind === 'container');
            return watcher.specDocument(node);
        };
        const asking = open(true);
        const reading = open(false);
        try {
            const told = await specBy(asking, webId);
            assert.ok('value' in told);
            const { root, linux, process: first } = told.value as OciSpec;
            assert.match(root.path, /\/rootfs$|\/merged$/);
            assert.ok(linux.namespaces.some(({ type }) => type === 'pid'));
            assert.match(linux.cgroupsPath, new RegExp(webId));
            assert.ok(first.env.includes('COLOUR=red'));
            const read = await specBy(reading, webId);
            assert.ok('value' in read);
            assert.deepEqual((read.value as OciSpec).process.args, first.args);
            assert.equal((read.value as OciSpec).linux.cgroupsPath, linux.cgroupsPath);
            await containerd.freeze();
            assert.ok('value' in (await specBy(asking, 'own')), 'read from the bundle while containerd is silent');
        } finally {
            process.kill(containerd.pid(), 'SIGCONT');
            asking.dispose();
            reading.dispose();
        }
    });

    it('is a gap within the deadline when it hangs, and no socket is left', async () => {
        const sockets = openSockets();
        const source = openContainerd(containerd.address, { lookMilliseconds: 500 });
        const before = await source.look();
        await containerd.freeze();
        try {
            const started = performance.now();
            const facts = await source.look(before);
            assert.ok(performance.now() - started < 1_000);
            assert.equal(facts.problem?.reason, 'timeout');
            assert.deepEqual({ ...facts, problem: undefined }, { ...before, problem: undefined });
            await until('no socket is left', () => openSockets() === sockets);
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

/** What is looked at here of the OCI runtime specification's config.json. */
interface OciSpec {
    readonly root: { readonly path: string };
    readonly process: { readonly args: readonly string[]; readonly env: readonly string[] };
    readonly linux: { readonly namespaces: readonly { readonly type: string }[]; readonly cgroupsPath: string };
}
