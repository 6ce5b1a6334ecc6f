import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { assertAgrees, look, type Look } from '../lab/agreement';
import { until } from '../lab/command';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { seeProcess, seeProcesses } from '../lab/processes';
import { interfacePrefix } from '../lab/sweep';
import { processesOfLaboratory } from '../lab/truth';

describe('every kind of container, under a containerd that no dockerd started', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    /** One look at all of them, for the tests that only read it. */
    let seen: Look;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd });
        await importTestImage(laboratory, dockerd);
        const network = [
            '--subnet',
            dockerd.subnet(1),
            '--opt',
            `com.docker.network.bridge.name=${dockerd.bridgeName(1)}`,
        ];
        await dockerd.docker('network', 'create', ...network, 'backend');
        await startContainers(dockerd, containerd, ownParent(laboratory));
        seen = await look(dockerd, containerd);
    });
    after(() => laboratory.close());

    it('all agree with ps, /proc and docker inspect', () => assertAgrees(seen));

    it('all of their processes are there exactly once', () => {
        for (const { pid, argv } of processesOfLaboratory(laboratory, [containerd, dockerd])) {
            assert.equal(seen.topology.processNodes(pid).length, 1, `${pid} ${argv.join(' ')}`);
        }
    });

    it('a container stands under its shim, that under containerd, that under dockerd, and each link says why', () => {
        const { mainPid } = seen.container('plain');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above('plain')]);
        const [toContainer, toShim, toContainerd, toEngine, ...more] = seen.topology.links(mainPid);
        assert.match(toContainer ?? '', /^member by .*\bcgroup\b/);
        assert.match(toShim ?? '', /^managed by .*\bargv\b/);
        assert.match(toContainerd ?? '', /^managed by .*\bargv\b/);
        assert.match(toEngine ?? '', /^managed by .*\b(argv|socket)\b/);
        assert.deepEqual(more, []);
    });

    it('a shim tells what its argv says', () => {
        const { id, shimPid = 0 } = seen.container('plain');
        assert.deepEqual(seen.topology.processNode(shimPid).shim, {
            version: 'v2',
            runtime: 'io.containerd.runc.v2',
            address: containerd.address,
            namespace: 'moby',
            id,
        });
    });

    it('an engine tells its endpoint, its version and the pid of its process', async () => {
        const engine = seen.topology.processNode(dockerd.pid());
        assert.equal(engine.kind, 'engine');
        assert.equal(engine.endpoint, dockerd.endpoint);
        assert.equal(engine.version, await dockerd.docker('version', '--format', '{{.Server.Version}}'));
    });

    it('--init: the first process is the init, and the program is its child', () => {
        const { mainPid, memberPids } = seen.container('with-init');
        const [program] = memberPids.filter((pid) => pid !== mainPid);
        assert.deepEqual(seen.topology.chain(program ?? 0), [
            `child ${program}`,
            `init ${mainPid}`,
            ...seen.above('with-init'),
        ]);
        assert.match(seen.topology.links(program ?? 0)[0] ?? '', /^spawned by .*\bppid\b/);
        assert.equal(seen.topology.processNode(mainPid).pidInContainer, 1);
    });

    it('docker exec: a session stands beside the first process, with its own children', () => {
        const { execPids } = seen.container('plain');
        assert.equal(execPids.length, 2);
        for (const pid of execPids) assert.deepEqual(seen.topology.chain(pid), [`exec ${pid}`, ...seen.above('plain')]);
        const child = seeProcesses().find(({ ppid }) => execPids.includes(ppid));
        assert.ok(child);
        assert.deepEqual(seen.topology.chain(child.pid), [
            `child ${child.pid}`,
            `exec ${child.ppid}`,
            ...seen.above('plain'),
        ]);
    });

    it('a health check is told from other sessions', () => {
        const [check = 0] = seen.container('checked').execPids;
        assert.deepEqual(seen.topology.chain(check), [`healthcheck ${check}`, ...seen.above('checked')]);
    });

    it('docker-proxy: known by the container that it serves, on the default bridge and on another network', () => {
        const served = seen.truth.proxies.map(({ containerId }) => containerId).sort();
        const published = [seen.container('web').id, seen.container('api').id].sort();
        assert.deepEqual(served, published, 'ps shows one docker-proxy for each published port');
        for (const { pid, containerId } of seen.truth.proxies) {
            assert.equal(seen.topology.processNode(pid).containerId, containerId);
        }
    });

    it('--pid=host: the pid inside is the pid outside, and a child that left its session is no session of its own', () => {
        const { mainPid, execPids } = seen.container('host-pids');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above('host-pids')]);
        assert.equal(seen.topology.processNode(mainPid).pidInContainer, mainPid);
        const [orphan = 0] = execPids;
        assert.deepEqual(seen.topology.chain(orphan), [`child ${orphan}`, ...seen.above('host-pids')]);
    });

    it('--pid=container: it stays a container of its own, though its pid inside is not 1', () => {
        const { mainPid } = seen.container('joined');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above('joined')]);
        const { pidInContainer = 0 } = seen.topology.processNode(mainPid);
        assert.ok(pidInContainer > 1 && pidInContainer !== mainPid, `${pidInContainer}`);
    });

    it('a container whose cgroup lies below that of another belongs to itself', () => {
        const { mainPid, id } = seen.container('below');
        assert.ok(seeProcess(mainPid)?.cgroupPaths.some((path) => path.includes(seen.container('plain').id)));
        assert.equal(seen.topology.lineage(seen.topology.processNode(mainPid))[1]?.containerId, id);
    });

    it('a container in a cgroup of its own choice, or with a cgroup namespace of its own, stands where it would else', () => {
        for (const name of ['elsewhere', 'private-cgroups']) {
            const { mainPid } = seen.container(name);
            assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above(name)]);
        }
        const [own, outer] = ['private-cgroups', 'plain'].map((name) => seen.container(name).mainPid);
        assert.notEqual(readlinkSync(`/proc/${own}/ns/cgroup`), readlinkSync(`/proc/${outer}/ns/cgroup`));
        const paths = seeProcess(seen.container('elsewhere').mainPid)?.cgroupPaths ?? [];
        assert.ok(paths.includes(`${ownParent(laboratory)}/${seen.container('elsewhere').id}`), paths.join(' '));
    });

    it('what lives in cgroups that a container has made for itself, as systemd does, belongs to that container', () => {
        const { mainPid, execPids, memberPids, id } = seen.container('like-systemd');
        const [service = 0] = memberPids.filter((pid) => pid !== mainPid && !execPids.includes(pid));
        assert.ok(seeProcess(mainPid)?.cgroupPaths.some((path) => path.endsWith(`${id}/init.scope`)));
        assert.ok(seeProcess(service)?.cgroupPaths.some((path) => path.endsWith(`${id}/system.slice`)));
        const above = seen.above('like-systemd');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...above]);
        assert.deepEqual(seen.topology.chain(service), [`child ${service}`, `main ${mainPid}`, ...above]);
        assert.equal(execPids.length, 1, 'and the session that is outside of both');
    });

    it('a zombie is kept, under its parent', () => {
        const { mainPid, memberPids } = seen.container('neglectful');
        const zombie = memberPids.find((pid) => pid !== mainPid) ?? 0;
        assert.equal(seeProcess(zombie)?.state, 'Z');
        assert.equal(seen.topology.processNode(zombie).state, 'Z');
        assert.deepEqual(seen.topology.chain(zombie), [
            `child ${zombie}`,
            `main ${mainPid}`,
            ...seen.above('neglectful'),
        ]);
    });

    it('a legacy shim is a shim, and containerd is its parent in the kernel too', () => {
        const { shimPid = 0, id } = seen.container('legacy');
        const { shim, ppid } = seen.topology.processNode(shimPid);
        assert.equal(shim?.version, 'v1');
        assert.equal(shim?.id, id);
        assert.equal(ppid, containerd.pid());
        assert.match(seen.topology.links(shimPid)[0] ?? '', /^spawned by .*\bppid\b/);
    });

    it('who only calls itself shim, dockerd or docker-proxy stays a process of its container', () => {
        const { mainPid, memberPids } = seen.container('pretender');
        assert.equal(memberPids.length, 4);
        for (const pid of memberPids.filter((candidate) => candidate !== mainPid)) {
            assert.deepEqual(seen.topology.chain(pid), [`child ${pid}`, `main ${mainPid}`, ...seen.above('pretender')]);
        }
    });

    it('paused, created and exited containers say so', () => {
        const states = ['frozen', 'never-started', 'done'].map((name) => seen.container(name).id);
        assert.deepEqual(
            states.map((id) => seen.topology.containerNode(id).state),
            ['paused', 'created', 'exited'],
        );
    });

    it('between two tries of a container that keeps failing, it has no process', async () => {
        await dockerd.docker('run', '-d', '--restart', 'always', '--name', 'failing', testImage, 'false');
        // The pause doubles with each try: after five of them it is 3.2 s long, enough for a look.
        await until('five tries have failed', async () => {
            const told = await dockerd.docker('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'failing');
            const [tries, status] = told.split(' ');
            return Number(tries) >= 5 && status === 'restarting';
        });
        const between = await look(dockerd, containerd);
        await dockerd.docker('rm', '--force', 'failing');
        assert.equal(between.container('failing').state, 'restarting');
        assertAgrees(between);
    });

    it('what another client of containerd runs is known by its id, in its own namespace', async () => {
        const archive = `${laboratory.folder}/image.tar`;
        await dockerd.docker('save', testImage, '-o', archive);
        const pid = await containerd.run('elsewhere', 'guest', archive, testImage, '/bin/sleep', '1000');
        const shimPid = seeProcess(pid)?.ppid ?? 0;
        const { topology } = await look(dockerd, containerd);
        assert.deepEqual(topology.chain(pid), [
            `main ${pid}`,
            'container guest',
            `shim ${shimPid}`,
            `containerd ${containerd.pid()}`,
            `engine ${dockerd.pid()}`,
        ]);
        assert.equal(topology.processNode(shimPid).shim?.namespace, 'elsewhere');
        assert.equal(topology.containerNode('guest').verdict, 'agree');
    });
});

/** A cgroup that closing the laboratory removes, with its last container. */
function ownParent({ folder }: Laboratory): string {
    return `/${interfacePrefix(folder)}`;
}

/** systemd keeps itself and its services apart, in its own hierarchy (v1) or in the only one (v2). */
const movesAsSystemdDoes = `
while IFS=: read -r _ controllers path; do
    case $controllers in name=systemd) folder=systemd$path ;; '') folder=unified$path ;; *) continue ;; esac
    cd /sys/fs/cgroup/$folder 2>/dev/null || cd /sys/fs/cgroup$path || continue
    busybox mkdir init.scope system.slice
    echo $$ >init.scope/cgroup.procs
    homes="$homes $PWD"
done </proc/self/cgroup
sleep 2000 &
for home in $homes; do echo $! >$home/system.slice/cgroup.procs; done
exec sleep 1000`;

async function startContainers(dockerd: Dockerd, containerd: Containerd, cgroupParent: string): Promise<void> {
    const sleep = [testImage, 'sleep', '1000'];
    const start = (name: string, ...args: readonly string[]) => dockerd.docker('run', '-d', '--name', name, ...args);
    const plain = await start('plain', ...sleep);
    const pretend = [
        `containerd-shim-runc-v2 -namespace moby -id ${plain} -address ${containerd.address} &`,
        `dockerd -H ${dockerd.endpoint} --containerd ${containerd.address} &`,
        'docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -container-ip 172.17.0.2 -container-port 80 &',
        'exec sleep 1000',
    ];
    await Promise.all([
        dockerd.docker('exec', '-d', 'plain', 'sleep', '2000'),
        dockerd.docker('exec', '-d', 'plain', 'sh', '-c', 'sleep 2000; true'),
        start('with-init', '--init', ...sleep),
        start('checked', '--health-cmd', 'sleep 900', '--health-interval', '1s', '--health-timeout', '900s', ...sleep),
        start('web', '-p', '127.0.0.1::80', ...sleep),
        start('api', '--network', 'backend', '-p', '127.0.0.1::80', ...sleep),
        start('host-pids', '--pid', 'host', testImage, 'sh', '-c', '(sleep 1000 &); exec sleep 1000'),
        start('joined', '--pid', 'container:plain', ...sleep),
        start('below', '--cgroup-parent', `/docker/${plain}`, ...sleep),
        start('elsewhere', '--cgroup-parent', cgroupParent, ...sleep),
        start('private-cgroups', '--cgroupns', 'private', ...sleep),
        start('like-systemd', '-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw', testImage, 'sh', '-c', movesAsSystemdDoes),
        start('neglectful', testImage, 'sh', '-c', 'true & exec sleep 1000'),
        start('legacy', '--runtime', 'io.containerd.runtime.v1.linux', ...sleep),
        start('pretender', testImage, 'sh', '-c', pretend.join(' ')),
        start('frozen', ...sleep).then(() => dockerd.docker('pause', 'frozen')),
        dockerd.docker('create', '--name', 'never-started', ...sleep),
        dockerd.docker('run', '--name', 'done', testImage, 'true'),
    ]);
    await until('the one that is like systemd has moved', async () => {
        const pid = Number(await dockerd.docker('inspect', '-f', '{{.State.Pid}}', 'like-systemd'));
        return seeProcess(pid)?.argv[0] === 'sleep';
    });
    await dockerd.docker('exec', '-d', 'like-systemd', 'sleep', '3000');
    await until('the first health check runs', async () => {
        const pid = Number(await dockerd.docker('inspect', '-f', '{{.State.Pid}}', 'checked'));
        const shimPid = seeProcess(pid)?.ppid;
        return seeProcesses().some(({ ppid, argv, pid: other }) => {
            return ppid === shimPid && other !== pid && argv.includes('900');
        });
    });
}
