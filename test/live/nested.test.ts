import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { look } from '../lab/agreement';
import { run, until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importImage, importTestImage, rootFolderWithDaemons, testImage } from '../lab/image';
import { seeProcess, seeProcesses, withDescendants } from '../lab/processes';
import { topologyOf } from '../lab/topology';

/** What a nested dockerd needs, and no more: `--privileged` fails on machines without CAP_SYS_RESOURCE. */
const rights = [
    ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'MKNOD', 'DAC_READ_SEARCH', 'SYS_CHROOT'].flatMap((right) => [
        '--cap-add',
        right,
    ]),
    ...['--security-opt', 'seccomp=unconfined', '-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw', '-v', '/var/lib/docker'],
];
const daemonOptions = ['--storage-driver=vfs', '--bridge=none', '--iptables=false', '--ip-masq=false'];

describe('Docker in Docker', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    let outer: Dockerd;
    /** The socket of the inner dockerd, reached through a folder that both sides see. */
    let innerEndpoint: string;
    let innerId: string;

    const inner = (...command: readonly string[]) => run('docker', ['-H', innerEndpoint, ...command]);

    before(async () => {
        laboratory = openLaboratory();
        outer = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, outer);
        await importImage(outer, 'daemons', await rootFolderWithDaemons(laboratory));
        const shared = join(laboratory.folder, 'shared');
        mkdirSync(shared);
        innerEndpoint = `unix://${shared}/docker.sock`;
        const sockets = ['-H', 'unix:///var/run/docker.sock', '-H', 'unix:///shared/docker.sock'];
        const name = ['--name', 'outer', '-v', `${shared}:/shared`];
        await outer.docker('run', '-d', ...name, ...rights, 'daemons', 'dockerd', ...sockets, ...daemonOptions);
        await until('the inner dockerd answers', async () => {
            const [state, log] = [
                await outer.docker('inspect', '-f', '{{.State.Running}}', 'outer'),
                await outer.tryDocker('logs', 'outer'),
            ];
            if (state === 'false') throw new Error(`the inner dockerd ended: ${log.stderr}`);
            return /API listen on/.test(log.stderr);
        });
        await inner('import', `${laboratory.folder}/rootfs.tar`, testImage);
        innerId = await inner('run', '-d', '--network', 'none', '--name', 'inner', testImage, 'sleep', '1000');
    });
    after(() => laboratory.close());

    /** From outside: the inner API tells pids of its own pid namespace. */
    async function innerPids(): Promise<{ main: number; shim: number; containerd: number; dockerd: number }> {
        const dockerd = Number(await outer.docker('inspect', '-f', '{{.State.Pid}}', 'outer'));
        const family = withDescendants(seeProcesses(), new Set([dockerd]));
        const containerd = family.find(({ ppid, argv }) => ppid === dockerd && argv[0] === 'containerd')?.pid ?? 0;
        const shim = family.find(({ argv }) => argv.includes(innerId))?.pid ?? 0;
        const main = family.find(({ ppid }) => ppid === shim)?.pid ?? 0;
        assert.ok(containerd && shim && main && seeProcess(main)?.argv[0] === 'sleep');
        return { main, shim, containerd, dockerd };
    }

    for (const [what, endpoints] of [
        ['where both engines were asked', () => [outer.endpoint, innerEndpoint]],
        ['where only the outer engine was asked', () => [outer.endpoint]],
    ] as const) {
        it(`the inner chain hangs under the container that it runs in, ${what}`, async () => {
            const topology = await topologyOf(endpoints());
            const { main, shim, containerd, dockerd } = await innerPids();
            const chain = topology.chain(main);
            const innerName = endpoints().length === 2 ? 'inner' : innerId.slice(0, 12);
            const around = (await look(outer)).above('outer');
            assert.deepEqual(chain, [
                `main ${main}`,
                `container ${innerName}`,
                `shim ${shim}`,
                `containerd ${containerd}`,
                `engine ${dockerd}`,
                ...around,
            ]);
        });
    }

    it('each process of the inner engine is there exactly once', async () => {
        const topology = await topologyOf([outer.endpoint, innerEndpoint]);
        const { dockerd } = await innerPids();
        for (const { pid, argv } of withDescendants(seeProcesses(), new Set([dockerd, outer.pid()]))) {
            assert.equal(topology.processNodes(pid).length, 1, `${pid} ${argv.join(' ')}`);
        }
    });
});
