import assert from 'node:assert/strict';
import { assertAgrees, look } from '../lab/agreement';
import { run } from '../lab/command';
import { type Laboratory, openLaboratory, requirePrograms, type RootlessDockerd } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { seeProcess, seeProcesses, withDescendants } from '../lab/processes';
import { programsForOtherRuntimes } from '../lab/programs.mjs';
import { readTopology, type SeenTopology, terminalCommand, topologyOf } from '../lab/topology';
import type { OrdinaryUser } from '../lab/user';

describe('an engine that an ordinary user runs', function () {
    this.timeout(60_000);
    let laboratory: Laboratory;
    let user: OrdinaryUser;
    let rootless: RootlessDockerd;
    let truth: RootlessTruth;

    before(async () => {
        requirePrograms(programsForOtherRuntimes);
        laboratory = openLaboratory();
        user = await laboratory.user();
        rootless = await laboratory.startRootlessDockerd('own', user);
        await importTestImage(laboratory, rootless);
        await rootless.docker('run', '-d', '--name', 'web', testImage, 'sh', '-c', 'sleep 1000 & exec sleep 1001');
        await rootless.docker('exec', '-d', 'web', 'sleep', '2000');
        truth = await truthOfRootless();
    });
    after(() => laboratory?.close());

    interface RootlessTruth {
        readonly id: string;
        readonly mainPid: number;
        readonly childPid: number;
        readonly execPid: number;
        readonly rootlesskitPids: readonly number[];
        /** What the first process, its child and the session stand under. */
        readonly above: readonly string[];
    }

    /** By ancestry: on hosts with cgroup v1 nothing else tells, and `docker top` can't either. */
    async function truthOfRootless(): Promise<RootlessTruth> {
        const told = (await rootless.docker('inspect', '-f', '{{.Id}} {{.State.Pid}}', 'web')).split(' ');
        const [id, mainPid] = [String(told[0]), Number(told[1])];
        const processes = seeProcesses();
        const kit = withDescendants(processes, new Set([rootless.pid()]));
        const engine = kit.find(({ argv }) => argv[0] === 'dockerd') ?? assert.fail('rootlesskit has started dockerd');
        const containerd = processes.find(({ ppid }) => ppid === engine.pid) ?? assert.fail('dockerd has its own');
        const shimPid = seeProcess(mainPid)?.ppid ?? 0;
        assert.ok(seeProcess(shimPid)?.argv.includes(id), 'its parent is a shim that names it');
        const childOf = (parent: number): number =>
            processes.find(({ ppid, pid }) => ppid === parent && pid !== mainPid)?.pid ?? assert.fail();
        return {
            id,
            mainPid,
            childPid: childOf(mainPid),
            execPid: childOf(shimPid),
            rootlesskitPids: kit.filter(({ argv }) => argv.includes('--net=host')).map(({ pid }) => pid),
            above: ['container web', `shim ${shimPid}`, `containerd ${containerd.pid}`, `engine ${engine.pid}`],
        };
    }

    for (const [who, see] of [
        ['root', () => topologyOf([rootless.endpoint])],
        ['that user', () => topologyAs(user, rootless.endpoint)],
    ] as const) {
        it(`the chain is whole without any cgroup that names a container, as ${who} sees it`, async () => {
            const topology = await see();
            const { mainPid, childPid, execPid, id, above } = truth;
            assert.deepEqual(topology.chain(mainPid), [`main ${mainPid}`, ...above]);
            assert.deepEqual(topology.chain(childPid), [`child ${childPid}`, `main ${mainPid}`, ...above]);
            assert.deepEqual(topology.chain(execPid), [`exec ${execPid}`, ...above]);
            assert.equal(topology.containerNode(id).verdict, 'agree');
            assert.equal(topology.processNode(mainPid).pidInContainer, 1);
            for (const pid of truth.rootlesskitPids) {
                assert.deepEqual(topology.chain(pid), [`rootlesskit ${pid}`, above.at(-1)]);
            }
        });
    }
});

describe('an engine whose containers have the ids of an ordinary user (userns-remap)', function () {
    this.timeout(60_000);

    it('containers stand under it, though their root is somebody else outside', async () => {
        const laboratory = openLaboratory();
        try {
            const { name } = await laboratory.user();
            const containerd = await laboratory.startContainerd('ctd');
            const configuration = { 'userns-remap': name };
            const dockerd = await laboratory.startDockerd('map', { containerd, configuration });
            await importTestImage(laboratory, dockerd);
            await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
            await dockerd.docker('exec', '-d', 'web', 'sleep', '2000');
            const seen = await look(dockerd, containerd);
            assertAgrees(seen);
            const { mainPid, shimPid = 0 } = seen.container('web');
            const [, uid = ''] = /\s(\d+)/.exec(await run('ps', ['-o', 'comm=,uid=', '-p', String(mainPid)])) ?? [];
            assert.ok(Number(uid) >= 65_536, `its root is the ordinary user ${uid} outside`);
            // Later versions of dockerd make a namespace for these ids; earlier ones don't.
            const argv = seeProcess(shimPid)?.argv ?? [];
            assert.equal(seen.topology.processNode(shimPid).shim?.namespace, argv[argv.indexOf('-namespace') + 1]);
        } finally {
            laboratory.close();
        }
    });
});

async function topologyAs({ command }: OrdinaryUser, endpoint: string): Promise<SeenTopology> {
    const [program, ...args] = command(...terminalCommand('tree', '--format', 'json', '--docker', endpoint));
    return readTopology(await run(program, args));
}
