import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe as describeNode } from '../../src/present/describe';
import type { Topology } from '../../src/topology/topology';
import { setTimeout as delay } from 'node:timers/promises';
import { promptly } from '../lab/busyness';
import { until } from '../lab/command';
import { startDockerd } from '../lab/containers';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { itWithstands, lastingSeconds } from '../lab/fault';
import { nodeOf } from '../lab/findings';
import { testImage } from '../lab/image';
import { seeProcess } from '../lab/processes';
import { startWatching, untilExited, untilTrue, type Watching } from '../lab/watching';
import { kill, watchedPair } from '../lab/watched-pair';

describe('while somebody watches what Docker says and the kernel does', function () {
    this.timeout(120_000);
    let containerd: Containerd;
    let dockerd: Dockerd;
    let watching: Watching;

    const { fault, mainPid, state } = watchedPair((pair) => ({ containerd, dockerd, watching } = pair));
    const verdict = (name: string): string | undefined => watching.container(name)?.verdict;
    const shimPid = (name: string): number => seeProcess(mainPid(name))?.ppid ?? assert.fail();

    fault('containerd stopped, a main process killed: Docker says that it runs, and is contradicted', async () => {
        await containerd.freeze();
        try {
            kill(mainPid('web'));
            const denied = until('it is contradicted', () => verdict('web') === 'shim-without-process');
            await promptly(8_000, denied);
            assert.deepEqual([state('web'), watching.problem()], ['running', undefined]);
            assert.deepEqual([state('db'), verdict('db')], ['running', 'agree'], 'the other one is as it was');
        } finally {
            kill(containerd.pid(), 'SIGCONT');
        }
        const exited = untilExited(watching, dockerd, 'web');
        await promptly(6_000, exited);
        assert.equal(await exited, 137);
        await untilTrue(watching, dockerd, containerd);
    });

    fault('containerd and a main process killed: Docker says that it runs, and is contradicted', async () => {
        await containerd.end('SIGKILL');
        kill(mainPid('web'));
        const denied = until('it is contradicted', () => verdict('web') === 'shim-without-process');
        await promptly(8_000, denied);
        await delay(lastingSeconds * 1_000);
        assert.deepEqual([state('web'), verdict('web')], ['running', 'shim-without-process'], 'all the while');
        assert.deepEqual([state('db'), verdict('db')], ['running', 'agree']);
        await containerd.start();
        // Now and then dockerd never hears of that end, and says `running` for as long as it lives.
        const isTold = until('the end is told', () => state('web') === 'exited', 10_000).catch(() => false);
        if (await isTold) await untilTrue(watching, dockerd, containerd);
        else assert.match(verdict('web') ?? '', /-without-process$/, 'it stays contradicted');
    });

    fault('a shim stopped, its main process killed: the zombie is no life', async () => {
        const [pid, shim] = [mainPid('web'), shimPid('web')];
        kill(shim, 'SIGSTOP');
        try {
            kill(pid);
            const denied = until('it is contradicted', () => verdict('web') === 'shim-without-process');
            await promptly(8_000, denied);
            assert.equal(watching.seen().processNode(pid).state, 'Z');
            assert.deepEqual([state('web'), verdict('db')], ['running', 'agree']);
        } finally {
            kill(shim, 'SIGCONT');
        }
        const exited = untilExited(watching, dockerd, 'web');
        await promptly(6_000, exited);
        assert.equal(await exited, 137);
        await untilTrue(watching, dockerd, containerd);
    });

    fault('a shim stopped while something is executed: Docker does not answer for it, until it goes on', async () => {
        const shim = shimPid('web');
        const { containerId } = watching.container('web') ?? assert.fail();
        kill(shim, 'SIGSTOP');
        spawn('docker', ['-H', dockerd.endpoint, 'exec', 'web', 'true'], { stdio: 'ignore' });
        try {
            await until('it is said to be wedged', async () => {
                await watching.watcher.inspect(containerId, dockerd.endpoint);
                return verdict('web') === 'wedged';
            });
            await delay(30_000); // it is asked ever more rarely meanwhile
            assert.deepEqual([verdict('web'), verdict('db')], ['wedged', 'agree']);
        } finally {
            kill(shim, 'SIGCONT');
        }
        await promptly(
            15_000,
            until('it is well again', () => verdict('web') === 'agree'),
        );
    });

    fault('dockerd, containerd and a shim killed: what it held lives on, and is named', async () => {
        const [web, db] = [mainPid('web'), mainPid('db')];
        const shim = shimPid('web');
        await dockerd.end('SIGKILL');
        await containerd.end('SIGKILL');
        kill(shim);
        const orphaned = until(
            'it is without a shim',
            () => watching.seen().chain(web)[1] === 'container web' && watching.seen().chain(web).length < 4,
        );
        await promptly(8_000, orphaned);
        assert.notEqual(seeProcess(web), undefined, 'it lives');
        assert.equal(watching.seen().processNode(db).role, 'main', 'so does the other one');
        await containerd.start();
        await dockerd.start();
        await promptly(
            6_000,
            until('it is fresh', () => !watching.problem()),
        );
        assert.equal(state('web'), 'exited');
        await untilTrue(watching, dockerd, containerd);
    });

    fault('SIGTERM of dockerd, and its return', async () => {
        await dockerd.end('SIGTERM');
        await promptly(
            2_000,
            until('it is marked', () => watching.problem() !== undefined),
        );
        await until('it is told why', () => /there is no socket/.test(watching.problem()?.detail ?? ''));
        await dockerd.start();
        await promptly(
            6_000,
            until('it is fresh', () => !watching.problem()),
        );
        await untilTrue(watching, dockerd, containerd);
    });

    // On cgroup v2 the kernel kills, whatever Docker is told: there is no such container.
    if (existsSync('/sys/fs/cgroup/memory/memory.oom_control')) {
        fault('a container out of memory that the kernel may not kill: what it waits for is told', async () => {
            const limits = ['--memory', '16m', '--oom-kill-disable'];
            // Each check is an exec session, and one of them waits for memory, too.
            const check = ['--health-cmd', 'true', '--health-interval', '1s', '--health-timeout', '60s'];
            const devour = 'all=12345678; while :; do all=$all$all; done';
            await dockerd.docker('run', '-d', '--name', 'full', ...limits, ...check, testImage, 'sh', '-c', devour);
            await until('its row', () => watching.container('full')?.mainPid);
            const [id, pid] = [watching.container('full')?.containerId ?? assert.fail(), mainPid('full')];
            await until('it waits', () => seeProcess(pid)?.state === 'D');
            try {
                const finding = until('it is found', () => {
                    const findings = watching.watcher.current?.findingsAt.get(nodeOf(pid));
                    return findings?.find(({ code }) => code === 'uninterruptible');
                });
                await promptly(8_000, finding);
                const words = (await finding).evidence.map(({ detail }) => detail);
                assert.ok(words.includes('wchan: mem_cgroup_oom_synchronize'), words.join('\n'));

                // Docker's inspect waits for the exec session.
                const isWedged = until('its inspect hangs', async () => {
                    await watching.watcher.inspect(id, dockerd.endpoint);
                    return verdict('full') === 'wedged';
                });
                await promptly(10_000, isWedged);
                await promptly(1_000, watching.watcher.look());
                const db = watching.container('db')?.containerId ?? assert.fail();
                assert.ok('startedAt' in (await watching.watcher.inspect(db, dockerd.endpoint)));
                assert.deepEqual([state('db'), verdict('db'), watching.problem()], ['running', 'agree', undefined]);
            } finally {
                kill(pid);
                await dockerd.docker('rm', '-f', 'full');
            }
            await untilTrue(watching, dockerd, containerd);
        });
    }

    const fast = { falseMs: 1_000, everyMs: 100 };

    fault(
        'a crash loop: nothing old is shown for long, and no other row flickers',
        async () => {
            const rows = new Set<string>();
            const listening = watching.watcher.onDidChange((topology) => rows.add(rowsOf(topology, 'web', 'db')));
            const pids = new Set<number | undefined>();
            const listeningToo = watching.watcher.onDidChange(() => pids.add(watching.container('loop')?.mainPid));
            try {
                await dockerd.docker(
                    ...[
                        'run',
                        '-d',
                        '--restart',
                        'always',
                        '--name',
                        'loop',
                        testImage,
                        'sh',
                        '-c',
                        'sleep 0.2; exit 3',
                    ],
                );
                const lasting = delay(lastingSeconds * 1_000);
                const restarts = (): Promise<string> =>
                    dockerd.docker('inspect', '--format', '{{.RestartCount}}', 'loop');
                await until('it has crashed again and again', async () => Number(await restarts()) >= 6, 40_000);
                await lasting;
                assert.ok(pids.size >= 4, `${pids.size} of its processes were seen`);
                assert.equal(rows.size, 1, [...rows].join('\n'));
            } finally {
                listening.dispose();
                listeningToo.dispose();
                await dockerd.docker('rm', '-f', 'loop');
            }
            await untilTrue(watching, dockerd, containerd);
        },
        fast,
    );

    fault(
        'restarts: nothing old is shown for long',
        async () => {
            const pids = new Set<number | undefined>();
            const listening = watching.watcher.onDidChange(() => pids.add(watching.container('web')?.mainPid));
            for (let time = 0; time < 50; time++) await dockerd.docker('restart', '-t', '0', 'web');
            listening.dispose();
            // A restart takes no longer than the time between two looks: not each of its processes can be seen.
            assert.ok(pids.size >= 10, `${pids.size} of its processes were seen`);
            await untilTrue(watching, dockerd, containerd);
        },
        fast,
    );
});

describe('while somebody watches a dockerd whose disk is full', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let watching: Watching;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await startDockerd(laboratory, { containerd });
        const folder = join(dirname(dockerd.socket), 'data/containers');
        assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status, 0);
        watching = await startWatching(dockerd.endpoint);
    });
    after(() => {
        watching.close();
        laboratory.close();
    });

    itWithstands(
        'it cannot write what containers say, nor how they end: that they ended is shown',
        () => ({ watching, dockerd }),
        async () => {
            await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
            await dockerd.docker(
                'run',
                '-d',
                '--name',
                'loud',
                testImage,
                'sh',
                '-c',
                'while :; do echo a lot of noise; done',
            );
            await untilTrue(watching, dockerd, containerd);
            await until(
                'the disk is full',
                () => statfsSync(join(dirname(dockerd.socket), 'data/containers')).bavail === 0,
                60_000,
            );
            process.kill(watching.container('web')?.mainPid ?? assert.fail(), 'SIGKILL');
            // An end that dockerd can't write down it does not believe itself: its list goes on to say `running`.
            const ended = until('it has ended', () => {
                const { container, verdict } = watching.container('web') ?? {};
                return container?.state === 'exited' || verdict === 'running-without-process';
            });
            await promptly(8_000, ended);
            await dockerd.docker('rm', '-f', 'loud', 'web');
            await untilTrue(watching, dockerd, containerd);
        },
    );
});

/** The rows of these containers, and of everything above and in them, as a person sees them. */
function rowsOf(topology: Topology, ...names: readonly string[]): string {
    const rows: string[] = [];
    for (const node of topology.nodes.values()) {
        const id = node.kind === 'engine' ? undefined : node.containerId;
        const container = topology.snapshot.engines[0]?.containers.find((one) => one.id === id);
        if (!container || !names.includes(container.names[0] ?? '')) continue;
        const { label, description, icon, tone } = describeNode(topology, node);
        rows.push(`${label} ${description} ${icon} ${tone}`);
    }
    return rows.join('; ');
}
