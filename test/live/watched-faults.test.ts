import assert from 'node:assert/strict';
import { chmodSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import type { ContainerInspection } from '../../src/model/container';
import { describe as describeNode } from '../../src/present/describe';
import { setTimeout as delay } from 'node:timers/promises';
import { promptly } from '../lab/busyness';
import { until } from '../lab/command';
import { connectionsTo } from '../lab/connections';
import { startDockerd } from '../lab/containers';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { itWithstands, lastingSeconds } from '../lab/fault';
import { importTestImage, testImage } from '../lab/image';
import { reusePid, seeProcess } from '../lab/processes';
import { terminal } from '../lab/topology';
import { startWatching, timed, untilExited, untilTrue, type Watching } from '../lab/watching';
import { kill, watchedPair } from '../lab/watched-pair';

describe('while somebody watches', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let watching: Watching;
    /** How many daemons have taken the place of ours. */
    let others = 0;

    const { fault, mainPid, state } = watchedPair((pair) => ({ laboratory, containerd, dockerd, watching } = pair));
    const isMarked = (): boolean => watching.problem() !== undefined;
    const isFresh = (): boolean => !isMarked();
    const inspectWeb = async (): Promise<{ id: string; inspected?: ContainerInspection }> => {
        const { containerId: id, engine } = watching.container('web') ?? assert.fail();
        await watching.watcher.inspect(id, engine?.endpoint);
        await watching.watcher.look();
        const { inspected } = watching.container('web')?.container ?? {};
        return { id, ...(inspected && { inspected }) };
    };

    fault('SIGSTOP of dockerd: marked with its age, /proc stays live, and SIGCONT makes all fresh again', async () => {
        const pid = mainPid('web');
        await dockerd.freeze();
        try {
            await promptly(8_000, until('it is marked', isMarked));
            const { listedAt, problem } = watching.engine() ?? {};
            assert.equal(problem?.reason, 'timeout');
            assert.ok(listedAt !== undefined && listedAt <= Date.now());
            kill(pid);
            const isGone = (): boolean => watching.seen().processNodes(pid).length === 0;
            await promptly(3_000, until('/proc shows that it has ended', isGone));
            assert.equal(watching.container('web')?.verdict, 'unverified', 'nothing is claimed of what nobody says');
            assert.equal(watching.engine()?.listedAt, listedAt);
        } finally {
            kill(dockerd.pid(), 'SIGCONT');
        }
        await promptly(3_000, until('it is fresh', isFresh));
        await until('the end is told', () => state('web') === 'exited');
        await untilTrue(watching, dockerd, containerd);
    });

    fault('SIGSTOP of dockerd while a container is asked about: it is not called wedged for that', async () => {
        const { containerId: id, engine } = watching.container('web') ?? assert.fail();
        const verdicts = new Set<string | undefined>();
        const listening = watching.watcher.onDidChange(() => verdicts.add(watching.container('web')?.verdict));
        // Nobody knows yet that its engine is silent: the next list is seconds away.
        await watching.watcher.look();
        await dockerd.freeze();
        try {
            assert.ok('reason' in (await watching.watcher.inspect(id, engine?.endpoint)));
            await promptly(8_000, until('it is marked', isMarked));
            assert.ok('reason' in (await watching.watcher.inspect(id, engine?.endpoint)));
        } finally {
            kill(dockerd.pid(), 'SIGCONT');
        }
        await promptly(3_000, until('it is fresh', isFresh));
        await untilTrue(watching, dockerd, containerd);
        listening.dispose();
        assert.deepEqual([...verdicts].sort(), ['agree', 'unverified']);
    });

    fault(`SIGSTOP of dockerd for ${lastingSeconds} s: no more than two connections are held`, async () => {
        await until('nothing is asked any more', () => watching.engine()?.version !== undefined);
        await dockerd.freeze();
        const begun = performance.now();
        const counts: number[] = [];
        try {
            await promptly(8_000, until('it is marked', isMarked));
            while (performance.now() - begun < lastingSeconds * 1_000) {
                counts.push(await connectionsTo(dockerd.socket));
            }
        } finally {
            kill(dockerd.pid(), 'SIGCONT');
        }
        assert.ok(Math.max(...counts) <= 2, counts.join(' '));
        assert.ok(Math.min(...counts) >= 1, `${counts.join(' ')}: they are not counted at all`);
        await promptly(3_000, until('it is fresh', isFresh));
        await untilTrue(watching, dockerd, containerd);
    });

    fault(
        'SIGKILL of dockerd with live-restore, and its return: who ended meanwhile has ended, though no event told',
        async () => {
            const [web, db] = [mainPid('web'), mainPid('db')];
            await dockerd.end('SIGKILL');
            const tenSeconds = delay(10_000);
            await promptly(2_000, until('it is marked', isMarked));
            assert.match(watching.problem()?.detail ?? '', /nobody listens/);
            kill(web);
            await until('/proc shows that it has ended', () => watching.seen().processNodes(web).length === 0);
            assert.equal(watching.seen().processNode(db).role, 'main', 'the other one lives on');
            await tenSeconds;
            await dockerd.start();
            await promptly(6_000, until('it is fresh', isFresh));
            assert.equal(await untilExited(watching, dockerd, 'web'), 137);
            assert.equal(mainPid('db'), db);
            await untilTrue(watching, dockerd, containerd);
            await dockerd.docker('start', 'web');
            await promptly(
                1_000,
                until('events are heard again', () => state('web') === 'running'),
            );
        },
    );

    fault(
        'a container that was inspected is restarted while nobody watches: nobody takes its pid for a stranger’s',
        async () => {
            const before = mainPid('web');
            const { id, inspected } = await inspectWeb();
            assert.equal(inspected?.pid, before);
            watching.hide();
            await dockerd.docker('restart', '-t', '0', 'web');
            // A verdict spares what has only just been started.
            await until('it has run for a while', async () => {
                const startedAt = await dockerd.docker('inspect', '--format', '{{.State.StartedAt}}', 'web');
                return Date.now() - Date.parse(startedAt) > 3_000;
            });
            const verdicts = new Set<string | undefined>();
            const listening = watching.watcher.onDidChange(() => verdicts.add(watching.container('web')?.verdict));
            watching.show();
            await until('it is shown again', () => mainPid('web') !== before);
            await until('it was looked at more than once', async () => {
                await watching.watcher.look();
                return inspectWeb().then(({ inspected: again }) => again?.pid === mainPid('web'));
            });
            listening.dispose();
            assert.equal(watching.container('web')?.containerId, id);
            assert.deepEqual([...verdicts], ['agree']);
        },
    );

    fault('SIGKILL of containerd, and its return', async () => {
        const shim = watching.seen().chain(mainPid('web'))[2];
        await containerd.end('SIGKILL');
        const isUnderEngine = (): boolean => watching.seen().chain(mainPid('web'))[3] === `engine ${dockerd.pid()}`;
        await promptly(5_000, until('the shims stand under the engine', isUnderEngine));
        assert.equal(watching.seen().chain(mainPid('web'))[2], shim);
        await containerd.start();
        await promptly(6_000, untilTrue(watching, dockerd, containerd));
        assert.equal(watching.seen().chain(mainPid('web'))[3], `containerd ${containerd.pid()}`);
    });

    fault('SIGKILL of a shim', async () => {
        const pid = mainPid('web');
        const [shimPid = 0] = watching
            .seen()
            .lineage(watching.seen().processNode(pid))
            .flatMap(({ role, pid: one }) => (role === 'shim' ? [one] : []));
        kill(shimPid);
        await promptly(
            5_000,
            until('it has ended', () => state('web') === 'exited'),
        );
        await until('/proc shows it, too', () => watching.seen().processNodes(pid).length === 0);
        assert.equal(await untilExited(watching, dockerd, 'web'), 137, 'and not the 255 of the event');
        await untilTrue(watching, dockerd, containerd);
    });

    fault('SIGKILL of a main process', async () => {
        const pid = mainPid('web');
        kill(pid);
        await promptly(
            2_000,
            until('it has ended', () => state('web') === 'exited'),
        );
        await until('/proc shows it, too', () => watching.seen().processNodes(pid).length === 0);
        assert.equal(await untilExited(watching, dockerd, 'web'), 137);
        await untilTrue(watching, dockerd, containerd);
    });

    fault('the socket is moved away while the daemon lives on, and comes back', async () => {
        const away = `${dockerd.socket}.away`;
        renameSync(dockerd.socket, away);
        try {
            await promptly(8_000, until('it is marked', isMarked));
            assert.match(watching.problem()?.detail ?? '', /there is no socket/);
        } finally {
            renameSync(away, dockerd.socket);
        }
        await promptly(6_000, until('it is fresh', isFresh));
        await untilTrue(watching, dockerd, containerd);
    });

    fault('something else is in the place of the socket', async () => {
        const away = `${dockerd.socket}.away`;
        renameSync(dockerd.socket, away);
        writeFileSync(dockerd.socket, '');
        try {
            const isNamed = (): boolean => /an ordinary file, not a socket/.test(watching.problem()?.detail ?? '');
            await promptly(8_000, until('it is marked', isNamed));
        } finally {
            unlinkSync(dockerd.socket);
            renameSync(away, dockerd.socket);
        }
        await promptly(6_000, until('it is fresh', isFresh));
    });

    fault(
        'the socket is not permitted any more: it is said whose it is, and a person who may again is shown all',
        async () => {
            chmodSync(laboratory.folder, 0o711);
            const isTold = async (boundMs: number, work: () => Promise<unknown>): Promise<void> => {
                process.seteuid?.(65_534);
                try {
                    await promptly(boundMs, work());
                    assert.equal(watching.problem()?.reason, 'forbidden');
                    assert.match(watching.problem()?.detail ?? '', /may not use .*docker\.sock: it belongs to root/);
                    assert.equal(watching.seen().processNode(mainPid('web')).role, 'main', '/proc stays live');
                } finally {
                    process.seteuid?.(0);
                }
                await watching.watcher.look();
                assert.equal(watching.problem(), undefined);
            };
            await isTold(8_000, () => until('the next list is refused', isMarked));
            await isTold(2_000, () => watching.watcher.look());
        },
    );

    fault('another daemon takes the path: its containers are shown, and its events heard', async () => {
        const name = `o${others++}`;
        const its = await laboratory.startContainerd(`${name}c`);
        const other = await laboratory.startDockerd(name, { containerd: its });
        await importTestImage(laboratory, other);
        await other.docker('run', '-d', '--name', 'guest', testImage, 'sleep', '1000');
        const away = `${dockerd.socket}.away`;
        renameSync(dockerd.socket, away);
        symlinkSync(other.socket, dockerd.socket);
        try {
            const isTaken = async (): Promise<void> => {
                await until('the other one is shown', () => state('guest') === 'running');
                const isNamed = (): boolean => watching.engine()?.dataRoot?.includes(`/${name}/`) ?? false;
                await until('its name is told', isNamed);
                const { events } = watching.heard;
                await until('its stream is followed', async () => {
                    await other.docker('pause', 'guest');
                    await other.docker('unpause', 'guest');
                    return watching.heard.events > events;
                });
            };
            await promptly(8_000, isTaken());
            assert.equal(watching.container('web'), undefined, 'whose containers nobody tells any more have no names');
        } finally {
            unlinkSync(dockerd.socket);
            renameSync(away, dockerd.socket);
            await other.docker('rm', '-f', 'guest');
            await other.end('SIGTERM');
            await its.end('SIGTERM');
        }
        await promptly(
            8_000,
            until('the first one is shown', () => state('web') === 'running'),
        );
    });

    fault('a pid that the engine still tells is another program by now: it is in no container', async () => {
        const pid = mainPid('web');
        await containerd.freeze();
        try {
            kill(pid);
            await until('the pid is free', () => seeProcess(pid) === undefined);
            const stranger = await reusePid(pid);
            try {
                await until('the stranger is seen', async () => {
                    await watching.watcher.look();
                    return watching.container('web')?.verdict !== 'agree';
                });
                assert.equal(watching.seen().processNodes(pid).length, 0, 'it has no part in this');
                assert.notEqual(watching.container('web')?.mainPid, pid);
            } finally {
                stranger.kill('SIGKILL');
            }
        } finally {
            kill(containerd.pid(), 'SIGCONT');
        }
        await until('the end is told', () => state('web') === 'exited');
        await untilTrue(watching, dockerd, containerd);
    });
});

describe('while somebody watches a dockerd without live-restore', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let watching: Watching;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await startDockerd(laboratory, { containerd });
        watching = await startWatching(dockerd.endpoint);
    });
    after(() => {
        watching.close();
        laboratory.close();
    });

    const killed = 'SIGKILL and its return: what it ran has ended with it, and that is shown';
    itWithstands(
        killed,
        () => ({ watching, dockerd }),
        async () => {
            await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
            const state = (): string | undefined => watching.container('web')?.container?.state;
            await untilTrue(watching, dockerd, containerd);
            await dockerd.end('SIGKILL');
            await promptly(
                2_000,
                until('it is marked', () => watching.problem() !== undefined),
            );
            assert.equal(state(), 'running', 'as far as is known');
            // It stops first what it ran: ten seconds, for this program does not heed SIGTERM.
            let hasAnswered = false;
            const silence = timed(dockerd.start()).finally(() => (hasAnswered = true));
            const isStarting = () => engineWords(watching)?.endsWith(' · starting') ?? false;
            const isFresh = (): boolean => {
                assert.ok(isStarting() || !watching.problem(), engineWords(watching));
                return !watching.problem();
            };
            await until('it is said to be starting', isStarting);
            const gap = watching.watcher.current?.gaps.find(({ reason }) => reason === 'starting');
            assert.match(gap?.detail ?? '', new RegExp(`^dockerd ${dockerd.pid()} is starting`));
            const { stdout } = await terminal('tree', '--docker', dockerd.endpoint, '--deadline', '1000');
            assert.match(stdout, new RegExp(`^ *${dockerd.pid()} +dockerd · ${dockerd.endpoint} · starting$`, 'm'));
            await until('it answers', () => isFresh() || hasAnswered);
            assert.ok((await silence) > 5_000, 'there was a time of silence');
            await promptly(3_000, until('it is fresh', isFresh));
            await untilTrue(watching, dockerd, containerd);
            assert.equal(await untilExited(watching, dockerd, 'web'), 137);
            await dockerd.docker('rm', 'web');
        },
    );
});

/** What the tree says beside the name of the engine. */
function engineWords({ watcher, engine }: Watching): string | undefined {
    const topology = watcher.current;
    const node = topology?.nodes.get(`engine:${engine()?.endpoint}`);
    return topology && node && describeNode(topology, node).description;
}
