import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { assertAgrees, look, lookAt } from '../lab/agreement';
import { until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { seeProcess } from '../lab/processes';
import { shortly, topologyOf } from '../lab/topology';
import { processesOfLaboratory, truthOf } from '../lab/truth';

describe('how the daemons are arranged', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => laboratory.close());

    async function withContainer(dockerd: Dockerd, name: string): Promise<Dockerd> {
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', name, testImage, 'sleep', '1000');
        await dockerd.docker('exec', '-d', name, 'sleep', '2000');
        return dockerd;
    }

    it('a dockerd that starts its own containerd is its parent in the kernel too', async () => {
        const dockerd = await withContainer(await laboratory.startDockerd('eng'), 'web');
        const seen = await look(dockerd);
        assertAgrees(seen);
        const { mainPid } = seen.container('web');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above('web')]);
        const links = seen.topology.links(mainPid);
        assert.equal(links.length, 4);
        assert.match(links[2] ?? '', /^managed by .*\bargv\b/, 'containerd never is the parent of such a shim');
        assert.match(links[3] ?? '', /^spawned by .*\bppid\b/);
    });

    it('several dockerds, each with a containerd of its own, are told apart', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const first = await withContainer(await laboratory.startDockerd('one', { containerd }), 'web');
        const second = await withContainer(await laboratory.startDockerd('two'), 'web');
        const topology = await topologyOf([first.endpoint, second.endpoint]);
        assertAgrees(lookAt(topology, await truthOf(first, containerd)));
        assertAgrees(lookAt(topology, await truthOf(second)));
        for (const { pid, argv } of processesOfLaboratory(laboratory, [containerd, first, second])) {
            assert.equal(topology.processNodes(pid).length, 1, `${pid} ${argv.join(' ')}`);
        }
    });

    it('a daemon that was not asked keeps its own shims: they do not go to the one that was', async () => {
        const asked = await withContainer(await laboratory.startDockerd('one'), 'web');
        const other = await withContainer(await laboratory.startDockerd('two'), 'web');
        const topology = await topologyOf([asked.endpoint]);
        assertAgrees(lookAt(topology, await truthOf(asked)));
        const { containers, containerdPid } = await truthOf(other);
        const [{ mainPid, shimPid, id } = assert.fail()] = containers;
        assert.deepEqual(topology.chain(mainPid), [
            `main ${mainPid}`,
            `container ${id.slice(0, 12)}`,
            `shim ${shimPid}`,
            `containerd ${containerdPid}`,
            `engine ${other.pid()}`,
        ]);
    });

    it('a containerd that two dockerds share stands under each, with the shims of that one', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const first = await withContainer(await laboratory.startDockerd('one', { containerd }), 'web');
        const second = await withContainer(await laboratory.startDockerd('two', { containerd }), 'db');
        const topology = await topologyOf([first.endpoint, second.endpoint]);
        assertAgrees(lookAt(topology, await truthOf(first, containerd)));
        assertAgrees(lookAt(topology, await truthOf(second, containerd)));
        const parents = topology.processNodes(containerd.pid()).map((node) => topology.lineage(node).map(shortly)[1]);
        assert.deepEqual(parents.sort(), [`engine ${first.pid()}`, `engine ${second.pid()}`].sort());
        for (const { pid, argv } of processesOfLaboratory(laboratory, [first, second])) {
            assert.equal(topology.processNodes(pid).length, 1, `${pid} ${argv.join(' ')}`);
        }
    });

    it('where only one of two dockerds that share a containerd was asked, nothing is guessed about the other', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const asked = await withContainer(await laboratory.startDockerd('one', { containerd }), 'web');
        const other = await withContainer(await laboratory.startDockerd('two', { containerd }), 'db');
        const topology = await topologyOf([asked.endpoint]);
        assertAgrees(lookAt(topology, await truthOf(asked, containerd)));
        const [{ mainPid, shimPid, id } = assert.fail()] = (await truthOf(other, containerd)).containers;
        assert.deepEqual(topology.chain(mainPid), [
            `main ${mainPid}`,
            `container ${id.slice(0, 12)}`,
            `shim ${shimPid}`,
            `containerd ${containerd.pid()}`,
        ]);
    });

    it('an engine without any container, and a containerd that nobody uses, are there', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await laboratory.startDockerd('eng');
        const topology = await topologyOf([dockerd.endpoint]);
        assert.deepEqual(topology.chain(dockerd.pid()), [`engine ${dockerd.pid()}`]);
        assert.deepEqual(topology.chain(containerd.pid()), [`containerd ${containerd.pid()}`]);
    });

    it('what dockerd runs under another name of its own executable is no further engine', async () => {
        const dockerd = await laboratory.startDockerd('eng');
        // As in each `docker run` with a network; it waits for runc to tell it about the container.
        const [program, name] = [readlinkSync(`/proc/${dockerd.pid()}/exe`), 'libnetwork-setkey'];
        const helper = spawn(program, [`-exec-root=${laboratory.folder}/eng/exec`, 'f'.repeat(64), 'controller'], {
            argv0: name,
        });
        try {
            const pid = helper.pid ?? assert.fail();
            await until('the helper runs', () => seeProcess(pid)?.argv[0] === name);
            const topology = await topologyOf([dockerd.endpoint]);
            assert.equal(seeProcess(pid)?.state, 'S', 'it is still there');
            assert.deepEqual(topology.processNodes(pid), []);
        } finally {
            helper.kill('SIGKILL');
        }
    });
});
