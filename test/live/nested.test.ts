import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { look } from '../lab/agreement';
import { observe, run, until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importImage, importTestImage, rootFolderWithDaemons, testImage } from '../lab/image';
import { seeProcesses, withDescendants } from '../lab/processes';
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
    let innermostEndpoint: string;
    let innermostId: string;

    const inner = (...command: readonly string[]) => run('docker', ['-H', innerEndpoint, ...command]);
    const innermost = (...command: readonly string[]) => run('docker', ['-H', innermostEndpoint, ...command]);

    before(async () => {
        laboratory = openLaboratory();
        outer = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, outer);
        const daemonsRoot = await rootFolderWithDaemons(laboratory);
        await importImage(outer, 'daemons', daemonsRoot);
        const shared = join(laboratory.folder, 'shared');
        mkdirSync(shared);
        innerEndpoint = `unix://${shared}/docker.sock`;
        const sockets = ['-H', 'unix:///var/run/docker.sock', '-H', 'unix:///shared/docker.sock'];
        const name = ['--name', 'outer', '-v', `${shared}:/shared`];
        await outer.docker('run', '-d', ...name, ...rights, 'daemons', 'dockerd', ...sockets, ...daemonOptions);
        await answers(outer.tryDocker, 'outer');
        await inner('import', `${laboratory.folder}/rootfs.tar`, testImage);
        innerId = await inner('run', '-d', '--network', 'none', '--name', 'inner', testImage, 'sleep', '1000');

        innermostEndpoint = `unix://${shared}/innermost.sock`;
        // The outer container's own programs, so that they need not be imported again.
        const programs = ['/bin', '/lib', '/lib64'].filter((folder) => existsSync(join(daemonsRoot, folder)));
        const volumes = [...programs, '/shared'].flatMap((folder) => ['-v', `${folder}:${folder}`]);
        const innermostSockets = ['-H', 'unix:///var/run/docker.sock', '-H', 'unix:///shared/innermost.sock'];
        const middle = ['run', '-d', '--network', 'none', '--name', 'middle', ...volumes, ...rights, testImage];
        await inner(...middle, 'dockerd', ...innermostSockets, ...daemonOptions);
        await answers((...command) => observe('docker', ['-H', innerEndpoint, ...command]), 'middle');
        await innermost('import', `${laboratory.folder}/rootfs.tar`, testImage);
        innermostId = await innermost('run', '-d', '--network', 'none', '--name', 'deep', testImage, 'sleep', '1000');
    });
    after(() => laboratory.close());

    async function answers(docker: Dockerd['tryDocker'], container: string): Promise<void> {
        await until(`the dockerd in ${container} answers`, async () => {
            const { stdout } = await docker('inspect', '-f', '{{.State.Running}}', container);
            const log = await docker('logs', container);
            if (stdout.startsWith('false')) throw new Error(`the dockerd in ${container} ended: ${log.stderr}`);
            return /API listen on/.test(log.stderr);
        });
    }

    interface Nested {
        readonly main: number;
        readonly shim: number;
        readonly containerd: number;
        readonly dockerd: number;
    }

    /** From outside, because a nested engine tells pids of its own pid namespace; `dockerd` is a container's first process. */
    function nestedIn(dockerd: number, containerId: string): Nested {
        const family = withDescendants(seeProcesses(), new Set([dockerd]));
        const containerd = family.find(({ ppid, argv }) => ppid === dockerd && argv[0] === 'containerd')?.pid ?? 0;
        const shim = family.find(({ argv }) => argv.includes(containerId))?.pid ?? 0;
        const main = family.find(({ ppid }) => ppid === shim)?.pid ?? 0;
        assert.ok(containerd && shim && main, 'ps shows the whole chain');
        return { main, shim, containerd, dockerd };
    }

    async function innerPids(): Promise<Nested> {
        return nestedIn(Number(await outer.docker('inspect', '-f', '{{.State.Pid}}', 'outer')), innerId);
    }

    const chainOf = (name: string, { shim, containerd, dockerd }: Nested): readonly string[] => [
        `container ${name}`,
        `shim ${shim}`,
        `containerd ${containerd}`,
        `engine ${dockerd}`,
    ];

    for (const [what, endpoints] of [
        ['where all engines were asked', () => [outer.endpoint, innerEndpoint, innermostEndpoint]],
        ['where only the outer engine was asked', () => [outer.endpoint]],
    ] as const) {
        it(`each chain hangs under the container that it runs in, two deep, ${what}`, async () => {
            const topology = await topologyOf(endpoints());
            const nameOf = (name: string, id: string) => (endpoints().length > 1 ? name : id.slice(0, 12));
            const around = (await look(outer)).above('outer');
            const first = await innerPids();
            const inside = [...chainOf(nameOf('inner', innerId), first), ...around];
            assert.deepEqual(topology.chain(first.main), [`main ${first.main}`, ...inside]);

            const middleId = await inner('inspect', '-f', '{{.Id}}', 'middle');
            const middle = nestedIn(first.dockerd, middleId);
            const second = nestedIn(middle.main, innermostId);
            assert.deepEqual(topology.chain(second.main), [
                `main ${second.main}`,
                ...chainOf(nameOf('deep', innermostId), second),
                ...chainOf(nameOf('middle', middleId), middle),
                ...around,
            ]);
        });
    }

    it('each process of the nested engines is there exactly once', async () => {
        const topology = await topologyOf([outer.endpoint, innerEndpoint, innermostEndpoint]);
        const { dockerd } = await innerPids();
        for (const { pid, argv } of withDescendants(seeProcesses(), new Set([dockerd, outer.pid()]))) {
            assert.equal(topology.processNodes(pid).length, 1, `${pid} ${argv.join(' ')}`);
        }
    });
});
