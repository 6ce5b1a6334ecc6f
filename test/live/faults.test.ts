import assert from 'node:assert/strict';
import { assertAgrees, look } from '../lab/agreement';
import { promptly } from '../lab/busyness';
import { until } from '../lab/command';
import { runContainer, startDockerd } from '../lab/containers';
import { type Dockerd, type DockerdOptions, type Laboratory, openLaboratory } from '../lab/dockerd';
import { itWithstands } from '../lab/fault';
import { seeProcess, untilEnded } from '../lab/processes';
import type { Sampled } from '../lab/sampler';
import { topologyOf, topologyWithoutEngine } from '../lab/topology';
import { truthOf } from '../lab/truth';
import { startWatching } from '../lab/watching';

describe('when a part of the chain dies', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    /** What somebody watches meanwhile, beside each look of the terminal program. */
    let sampled: Sampled | undefined;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => {
        sampled?.watching.close();
        sampled = undefined;
        laboratory.close();
    });

    const fault = (what: string, happens: () => Promise<void>): void => itWithstands(what, () => sampled, happens);

    async function startAndWatch(options: DockerdOptions): Promise<Dockerd> {
        const dockerd = await startDockerd(laboratory, options);
        sampled = { dockerd, watching: await startWatching(dockerd.endpoint) };
        return dockerd;
    }
    const kill = (pid: number | undefined): boolean => process.kill(pid ?? assert.fail(), 'SIGKILL');

    fault('a killed shim: its container has ended, and one that restarts has a new shim', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startAndWatch({ containerd });
        const [once, again] = [
            await runContainer(dockerd, 'once'),
            await runContainer(dockerd, 'again', '--restart', 'always'),
        ];
        kill(once.shimPid);
        kill(again.shimPid);
        await until('Docker has noticed', async () => {
            const { containers } = await truthOf(dockerd, containerd);
            const [first, second] = ['once', 'again'].map((name) => containers.find((found) => found.name === name));
            return first?.state === 'exited' && second?.shimPid !== undefined && second.shimPid !== again.shimPid;
        });
        assertAgrees(await look(dockerd, containerd));
    });

    fault(
        'a shim killed while containerd cannot see it: the container goes on without one, and that is said',
        async () => {
            const containerd = await laboratory.startContainerd('ctd');
            const dockerd = await startAndWatch({ containerd });
            const { id, mainPid, shimPid = 0 } = await runContainer(dockerd, 'orphan');
            await containerd.freeze();
            kill(shimPid);
            await untilEnded(shimPid);
            const topology = await topologyOf([dockerd.endpoint]);
            assert.deepEqual(topology.chain(mainPid).slice(1), [
                'container orphan',
                `containerd ${containerd.pid()}`,
                `engine ${dockerd.pid()}`,
            ]);
            assert.equal(topology.containerNode(id).verdict, 'shim-gone');
        },
    );

    fault('a killed containerd: the shims stand under the engine until it is back, younger than they are', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startAndWatch({ containerd });
        const { mainPid, shimPid } = await runContainer(dockerd, 'web');
        await containerd.end('SIGKILL');
        assert.deepEqual((await topologyOf([dockerd.endpoint])).chain(mainPid), [
            `main ${mainPid}`,
            'container web',
            `shim ${shimPid}`,
            `engine ${dockerd.pid()}`,
        ]);
        await containerd.start();
        assertAgrees(await look(dockerd, containerd));
    });

    fault('a killed dockerd with live-restore: what it ran stays under containerd, and the gap is named', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startAndWatch({ containerd, liveRestore: true });
        const { id, mainPid, shimPid } = await runContainer(dockerd, 'web');
        await dockerd.end('SIGKILL');

        const without = await topologyWithoutEngine(dockerd.endpoint);
        assert.deepEqual(without.chain(mainPid), [
            `main ${mainPid}`,
            `container ${id.slice(0, 12)}`,
            `shim ${shimPid}`,
            `containerd ${containerd.pid()}`,
        ]);

        await dockerd.start();
        const back = await look(dockerd, containerd);
        assertAgrees(back);
        assert.equal(back.container('web').mainPid, mainPid, 'the container has lived on');
    });

    fault('a killed dockerd takes its own containerd along: the shims are roots until both are back', async () => {
        const dockerd = await startAndWatch({ liveRestore: true });
        const { id, mainPid, shimPid } = await runContainer(dockerd, 'web');
        const { containerdPid } = await truthOf(dockerd);
        await dockerd.end('SIGKILL');
        await untilEnded(containerdPid);
        const without = await topologyWithoutEngine(dockerd.endpoint);
        assert.deepEqual(without.chain(mainPid), [
            `main ${mainPid}`,
            `container ${id.slice(0, 12)}`,
            `shim ${shimPid}`,
        ]);
        // dockerd takes whatever pid can be signalled for a living containerd, and a zombie's can.
        await until('the old containerd has been reaped', () => !seeProcess(containerdPid));
        await dockerd.start();
        assertAgrees(await look(dockerd));
    });

    fault(
        'a containerd that is stopped in its tracks delays no look of a view, and the terminal by its deadline',
        async () => {
            const containerd = await laboratory.startContainerd('ctd');
            const dockerd = await startAndWatch({ containerd });
            const { mainPid, shimPid } = await runContainer(dockerd, 'web');
            await containerd.freeze();
            const watching = sampled?.watching ?? assert.fail();
            await promptly(2_000, watching.watcher.look());
            await dockerd.docker('rename', 'web', 'renamed');
            await promptly(
                1_000,
                until('its list and its events are read', () => watching.container('renamed')),
            );
            const looking = topologyOf([dockerd.endpoint], '--deadline', '1000');
            await promptly(2_500, looking);
            assert.deepEqual((await looking).chain(mainPid), [
                `main ${mainPid}`,
                'container renamed',
                `shim ${shimPid}`,
                `containerd ${containerd.pid()}`,
                `engine ${dockerd.pid()}`,
            ]);
        },
    );

    fault(
        'a dockerd that accepts and never answers: /proc alone still shows the hierarchy, and the gap is named',
        async () => {
            const containerd = await laboratory.startContainerd('ctd');
            const dockerd = await startAndWatch({ containerd });
            const { id, mainPid, shimPid } = await runContainer(dockerd, 'web');
            await dockerd.freeze();
            const topology = await topologyOf([dockerd.endpoint]);
            assert.deepEqual(topology.chain(mainPid), [
                `main ${mainPid}`,
                `container ${id.slice(0, 12)}`,
                `shim ${shimPid}`,
                `containerd ${containerd.pid()}`,
                `engine ${dockerd.pid()}`,
            ]);
            const gap = topology.gaps.find(({ source }) => source.includes(dockerd.endpoint));
            assert.equal(gap?.reason, 'timeout');
        },
    );
});
