import assert from 'node:assert/strict';
import { openDocker, type DockerSource } from '../../src/sources/docker/client';
import type { EventHint } from '../../src/sources/docker/event-lines';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { until } from '../lab/command';
import { openSockets } from '../lab/connections';
import { openLaboratory, type Dockerd, type Laboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';

describe('asking a real dockerd', function () {
    this.timeout(90_000);
    let laboratory: Laboratory;
    let dockerd: Dockerd;
    let source: DockerSource;

    before(async () => {
        laboratory = openLaboratory();
        // A containerd of its own, or the killed daemon could not come back while its old containerd is not yet reaped.
        const containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd, liveRestore: true });
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', 'web', '--label', 'say=](x)', '--init', testImage, 'sleep', '1000');
        await dockerd.docker('create', '--name', 'idle', '--pid', 'host', testImage, 'sleep', '1');
    });
    after(() => laboratory.close());

    beforeEach(async () => {
        const { endpoints } = await resolveEndpoints({ configured: [dockerd.endpoint] });
        source = openDocker(endpoints[0] ?? assert.fail(), { requestMs: 1_000 });
    });
    afterEach(() => source.dispose());

    it('tells the same as the docker client', async () => {
        const { containers, problem } = await source.look();
        assert.equal(problem, undefined);
        const ids = (await dockerd.docker('ps', '-aq', '--no-trunc')).split('\n');
        assert.deepEqual(containers.map(({ id }) => id).sort(), ids.sort());
        for (const container of containers) {
            const template =
                '{{json .Name}} {{json .State.Status}} {{json .State.Pid}} {{json .State.StartedAt}} {{json .HostConfig.PidMode}} {{json .Config.Labels}}';
            const told = await dockerd.docker('inspect', '--format', template, container.id);
            const inspection = await source.inspect(container.id);
            assert.ok(inspection.ok);
            const { pid, startedAt, pidMode, init } = inspection.value;
            const ours = [`/${container.names[0]}`, container.state, pid, startedAt, pidMode, container.labels];
            assert.equal(ours.map((value) => JSON.stringify(value)).join(' '), told);
            assert.equal(init, container.names[0] === 'web');
        }
        const [version, root] = (
            await dockerd.docker('info', '--format', '{{.ServerVersion}} {{.DockerRootDir}}')
        ).split(' ');
        const identity = await source.identity();
        assert.deepEqual([identity.version, identity.dataRoot, identity.liveRestore], [version, root, true]);
    });

    it('hears what happens to containers and in them', async () => {
        const hints: EventHint[] = [];
        const states: boolean[] = [];
        source.events(
            (hint) => hints.push(hint),
            (connected) => states.push(connected),
        );
        await until('the stream is open', () => states.includes(true));
        const id = await dockerd.docker('run', '-d', '--name', 'brief', testImage, 'sleep', '1000');
        await dockerd.docker('exec', 'brief', 'echo', 'hello');
        await dockerd.docker('rm', '-f', 'brief');
        const heard = await until('the end is heard', () => {
            const actions = hints.filter(({ containerId }) => containerId === id).map(({ action }) => action);
            return actions.includes('destroy') && actions;
        });
        const expected = ['create', 'start', 'exec_create: echo hello', 'exec_start: echo hello', 'die', 'destroy'];
        assert.deepEqual(
            expected.filter((action) => heard.includes(action)),
            expected,
        );
        assert.deepEqual(states, [true]);
    });

    it('says within its deadline that a stopped daemon does not answer, keeps what it knew, and recovers', async () => {
        const fresh = await source.look();
        await dockerd.freeze();
        try {
            for (let looks = 0; looks < 3; looks++) {
                const begun = performance.now();
                const stale = await source.look(fresh);
                assert.ok(performance.now() - begun < 1_500);
                assert.equal(stale.problem?.reason, 'timeout');
                assert.deepEqual([stale.containers, stale.listedAt], [fresh.containers, fresh.listedAt]);
            }
        } finally {
            process.kill(dockerd.pid(), 'SIGCONT');
        }
        await until('it answers again', async () => !(await source.look(fresh)).problem, 5_000);
    });

    it('follows a daemon that is killed and started again', async () => {
        const states: boolean[] = [];
        const hints: EventHint[] = [];
        source.events(
            (hint) => hints.push(hint),
            (connected) => states.push(connected),
        );
        const fresh = await source.look();
        await until('the stream is open', () => states.includes(true));
        await dockerd.end('SIGKILL');
        await until('the end is heard', () => states.at(-1) === false);
        const stale = await source.look(fresh);
        assert.equal(stale.problem?.reason, 'unreachable');
        assert.match(stale.problem?.detail ?? '', /nobody listens on .*docker\.sock/);
        assert.match(stale.problem?.help ?? '', /Start Docker/);
        assert.deepEqual(stale.containers, fresh.containers);
        await dockerd.start();
        await until('the stream is open again', () => states.at(-1) === true, 6_000);
        await dockerd.docker('restart', '-t', '0', 'web');
        await until('events are heard again', () => hints.some(({ action }) => action === 'restart'));
        assert.equal((await source.look(stale)).problem, undefined);
    });

    it('leaves no socket behind', async () => {
        const before = openSockets();
        for (let round = 0; round < 10; round++) {
            const { endpoints } = await resolveEndpoints({ configured: [dockerd.endpoint] });
            const brief = openDocker(endpoints[0] ?? assert.fail(), { requestMs: 1_000 });
            brief.events(
                () => undefined,
                () => undefined,
            );
            const { containers } = await brief.look();
            await Promise.all(containers.map(({ id }) => brief.inspect(id)));
            brief.dispose();
        }
        await until('every socket is closed', () => openSockets() <= before, 5_000);
    });
});
