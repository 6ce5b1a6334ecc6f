import assert from 'node:assert/strict';
import { assertAgrees, look, type Look } from '../lab/agreement';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory, requirePrograms } from '../lab/dockerd';
import { importTestImage, rootFolder, testImage } from '../lab/image';
import { openPodman, type Podman } from '../lab/podman';
import { seeProcess } from '../lab/processes';
import { programsForOtherRuntimes } from '../lab/programs.mjs';

describe('gVisor under Docker, and Podman beside it', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let podman: Podman;
    let seen: Look;

    before(async () => {
        requirePrograms(programsForOtherRuntimes);
        laboratory = openLaboratory();
        const gVisor = { path: 'runsc', runtimeArgs: ['--platform=ptrace', '--network=none'] };
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd, configuration: { runtimes: { gVisor } } });
        podman = openPodman(laboratory);
        await importTestImage(laboratory, dockerd);
        const sleep = [testImage, 'sleep', '1000'];
        await Promise.all([
            dockerd.docker('run', '-d', '--name', 'plain', ...sleep),
            dockerd.docker('run', '-d', '--name', 'guarded', '--runtime', 'gVisor', ...sleep),
            podman(
                'run',
                '-d',
                '--name',
                'pod',
                '--network',
                'none',
                '--rootfs',
                rootFolder(laboratory),
                'sleep',
                '1000',
            ),
        ]);
        await podman('exec', '-d', 'pod', 'sleep', '2000');
        seen = await look(dockerd, containerd);
    });
    after(() => laboratory?.close());

    it("all of Docker's agree with ps, /proc and docker inspect, whatever the runtime", () => assertAgrees(seen));

    it('gVisor: the sandbox and its gofer are what the host has of the container, and what runs inside is not shown', () => {
        const { mainPid, memberPids } = seen.container('guarded');
        const names = memberPids.map((pid) => seeProcess(pid)?.argv[0] ?? '');
        assert.equal(seeProcess(mainPid)?.argv[0], 'runsc-sandbox');
        assert.ok(names.includes('runsc-gofer'), names.join(' '));
        assert.ok(!names.includes('sleep'), 'the kernel of this host does not run it');
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...seen.above('guarded')]);
        for (const pid of memberPids) {
            const node = seen.topology.processNode(pid);
            assert.equal(node.containerId, seen.container('guarded').id);
            assert.ok(pid === mainPid || node.role === 'child', `${pid} is a ${node.role}, and no session of anybody`);
        }
    });

    it('Podman: each container stands under its conmon, and no daemon of Docker has a part in it', async () => {
        const [told = assert.fail()] = JSON.parse(await podman('inspect', 'pod')) as readonly PodmanInspected[];
        const [{ Pid: mainPid, ConmonPid: conmonPid }, id] = [told.State, told.Id];
        const [, ...lines] = (await podman('top', 'pod', 'hpid')).split('\n');
        const sessionPid = lines.map(Number).find((pid) => pid !== mainPid) ?? assert.fail('the session runs');
        const above = [`container ${id.slice(0, 12)}`, `conmon ${conmonPid}`];
        assert.deepEqual(seen.topology.chain(mainPid), [`main ${mainPid}`, ...above]);
        assert.deepEqual(seen.topology.chain(sessionPid), [`exec ${sessionPid}`, ...above]);
        const { name, verdict } = seen.topology.containerNode(id);
        assert.equal(name ?? undefined, undefined, 'no engine that was asked knows its name');
        assert.equal(verdict, 'unverified');
    });

    it('Podman: the conmon of a session stands beside the container of that session', async () => {
        const [told = assert.fail()] = JSON.parse(await podman('inspect', 'pod')) as readonly PodmanInspected[];
        const [, ...lines] = (await podman('top', 'pod', 'hpid')).split('\n');
        const sessionPid = lines.map(Number).find((pid) => pid !== told.State.Pid) ?? assert.fail('the session runs');
        const conmonOfSession = seeProcess(sessionPid)?.ppid ?? 0;
        assert.deepEqual(seen.topology.chain(conmonOfSession), [
            `conmon ${conmonOfSession}`,
            `conmon ${told.State.ConmonPid}`,
        ]);
    });
});

/** Of `podman inspect`; the pids are the host's. */
interface PodmanInspected {
    readonly Id: string;
    readonly State: { readonly Pid: number; readonly ConmonPid: number };
}
