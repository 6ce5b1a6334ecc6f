import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { promptly } from '../lab/busyness';
import { until } from '../lab/command';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { itWithstands, lastingSeconds } from '../lab/fault';
import { importTestImage, testImage } from '../lab/image';
import {
    answerWith,
    byteByByte,
    cutAfter,
    deaf,
    endless,
    type Fault,
    garbled,
    hangUp,
    late,
    pass,
    type Proxy,
    silence,
    startProxy,
} from '../lab/proxy';
import { startWatching, untilTrue, type Watching } from '../lab/watching';

/** The product's own deadline for the list, and some time to read it again. */
const deadlineMs = 5_000 + 1_000;

describe('between a dockerd and us something', function () {
    this.timeout(90_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let proxy: Proxy;
    let watching: Watching;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd });
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '86400');
        await dockerd.docker('run', '-d', '--name', 'db', testImage, 'sleep', '86400');
    });
    after(() => laboratory.close());

    beforeEach(async () => {
        proxy = await startProxy(join(laboratory.folder, 'p.sock'), dockerd.socket);
        watching = await startWatching(proxy.endpoint);
    });
    afterEach(() => {
        watching.close();
        proxy.close();
    });

    const fault = (what: string, happens: () => Promise<void>): void =>
        itWithstands(what, () => ({ watching, dockerd }), happens);
    const on =
        (path: RegExp, fault: Fault): Proxy['spoil'] =>
        (target) =>
            path.test(target) ? fault : undefined;
    const isList = /^\/containers\/json/;
    const isEvents = /^\/events/;
    const isFresh = (): boolean => watching.engine()?.listedAt !== undefined && !watching.problem();

    const faults: readonly (readonly [string, Fault, RegExp])[] = [
        ['says nothing at all', silence, /no answer within/],
        ['hangs up', hangUp, /closed the connection without an answer/],
        ['cuts the headers', cutAfter(40), /closed the connection|cut off|not HTTP/],
        ['cuts the body', cutAfter(400), /cut off/],
        ['garbles the body', garbled, /not JSON/],
        ['says 500', answerWith('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'), /status 500/],
        ['says something that is not HTTP', answerWith('SSH-2.0-OpenSSH_9.2\r\n'), /not HTTP/],
        ['says yes and nothing more', answerWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'), /expected Array/],
        ['is slower than the deadline', late(60_000), /no answer within/],
        ['answers with 100 MB', endless(100), /more than 64 MiB/],
    ];

    for (const [what, spoiling, detail] of faults) {
        fault(
            `${what}: what was known stays, marked with its age, /proc lives on, and it ends when the fault does`,
            async () => {
                await until('the first list', isFresh);
                proxy.spoil = on(isList, spoiling);
                void watching.watcher.look();
                await promptly(
                    2_000,
                    until('it is marked as old', () => watching.problem() !== undefined),
                );
                const { listedAt, containers } = watching.engine() ?? assert.fail();
                assert.deepEqual(containers.map(({ names }) => names[0]).sort(), ['db', 'web']);
                await promptly(
                    deadlineMs,
                    until('it is told why', () => detail.test(watching.problem()?.detail ?? '')),
                );

                const pid = Number(await dockerd.docker('inspect', '--format', '{{.State.Pid}}', 'web'));
                await dockerd.docker('exec', '-d', 'web', 'sleep', '555');
                await promptly(
                    5_000,
                    until('/proc shows a new process', () => showsArgument(watching, '555')),
                );
                assert.equal(watching.container('web')?.mainPid, pid);
                assert.equal(watching.engine()?.listedAt, listedAt, 'its age is told');
                assert.ok(proxy.open() <= 3, `${proxy.open()} connections`);

                proxy.spoil = () => undefined;
                await promptly(6_000, until('it is fresh', isFresh));
                await dockerd.docker(
                    'exec',
                    'web',
                    'sh',
                    '-c',
                    'kill $(ps -o pid,args | grep "sleep 555" | grep -v grep | sed "s/^ *//; s/ .*//")',
                );
                await untilTrue(watching, dockerd, containerd);
            },
        );
    }

    fault(
        `says nothing, whatever it is asked, for ${lastingSeconds} s: two questions at most wait for it`,
        async () => {
            await until('the first list', isFresh);
            const web = watching.container('web')?.containerId ?? assert.fail();
            watching.hide(); // or the stream of events would still be one that is answered
            proxy.spoil = () => silence;
            watching.show();
            await promptly(
                2_000,
                until('it is marked as old', () => watching.problem() !== undefined),
            );
            const { listedAt } = watching.engine() ?? assert.fail();
            // Its version and settings may have been asked for just before, which is given up soon.
            await promptly(
                2_500,
                until('the rest is given up', () => proxy.open() <= 2),
            );
            const begun = performance.now();
            const counts: number[] = [];
            while (performance.now() - begun < lastingSeconds * 1_000) {
                counts.push(proxy.open());
                await delay(100);
            }
            assert.ok(Math.max(...counts) <= 2, counts.join(' '));
            assert.match(watching.problem()?.detail ?? '', /no answer within/);
            assert.equal(watching.engine()?.listedAt, listedAt);
            const inspection = watching.watcher.inspect(web, proxy.endpoint);
            await promptly(3_000 + 500, inspection);
            assert.ok('reason' in (await inspection), 'who points at a row waits no longer than that');

            proxy.spoil = () => undefined;
            await promptly(6_000, until('it is fresh', isFresh));
            await untilTrue(watching, dockerd, containerd);
        },
    );

    fault('brings every byte by itself: nothing is lost', async () => {
        proxy.spoil = () => byteByByte;
        await dockerd.docker('rename', 'db', 'db2');
        await untilTrue(watching, dockerd, containerd);
        assert.equal(watching.problem(), undefined);
        await dockerd.docker('rename', 'db2', 'db');
        await untilTrue(watching, dockerd, containerd);
    });

    fault(
        'swallows the events, and keeps the stream open: the list shows it, and the stream is opened anew',
        async () => {
            watching.close();
            proxy.spoil = on(isEvents, deaf);
            watching = await startWatching(proxy.endpoint);
            await until('the first list', isFresh);
            await until('the stream is there', () => proxy.open() > 0);
            proxy.spoil = () => undefined;
            const before = proxy.accepted();
            await dockerd.docker('pause', 'db');
            await promptly(
                7_000,
                until('the list is read all the same', () => watching.container('db')?.container?.state === 'paused'),
            );
            await until('the stream is opened anew', () => proxy.accepted() > before + 1);
            await dockerd.docker('unpause', 'db');
            await promptly(
                1_000,
                until('an event is heard', () => watching.container('db')?.container?.state === 'running'),
            );
        },
    );

    fault('cuts the stream of events: it is open again within three seconds', async () => {
        watching.close();
        let cut: (() => void) | undefined;
        proxy.spoil = on(isEvents, (daemon, client) => {
            cut = () => client.destroy();
            pass(daemon, client);
        });
        // By the clock alone nothing would be seen in time.
        watching = await startWatching(proxy.endpoint, { times: { reconciliation: 60_000 } });
        await until('it is open', () => watching.heard.streams === 1);
        cut?.();
        await promptly(
            3_000,
            until('it is open again', () => watching.heard.streams === 2),
        );
        await dockerd.docker('pause', 'db');
        await promptly(
            1_000,
            until('an event is heard', () => watching.container('db')?.container?.state === 'paused'),
        );
        await dockerd.docker('unpause', 'db');
        await untilTrue(watching, dockerd, containerd);
    });

    fault('garbles the event lines: each is still a reason to look', async () => {
        watching.close();
        proxy.spoil = on(isEvents, garbled);
        // By the clock alone it would not be seen in time.
        watching = await startWatching(proxy.endpoint, { times: { reconciliation: 60_000 } });
        await until('the first list', isFresh);
        await until('the stream is there', () => proxy.open() > 0);
        await dockerd.docker('pause', 'db');
        await promptly(
            3_000,
            until('the line is heard', () => watching.container('db')?.container?.state === 'paused'),
        );
        await dockerd.docker('unpause', 'db');
        await untilTrue(watching, dockerd, containerd);
    });

    fault('never answers an inspect of one container: no other is delayed, and it is asked once', async () => {
        await until('the first list', isFresh);
        const [web, db] = ['web', 'db'].map((name) => watching.container(name)?.containerId ?? assert.fail());
        const { endpoints } = await resolveEndpoints({ configured: [proxy.endpoint] });
        const source = openDocker(endpoints[0] ?? assert.fail());
        try {
            await source.look();
            let asked = 0;
            proxy.spoil = (target) => {
                if (!target.includes(web ?? '')) return undefined;
                asked++;
                return silence;
            };
            const wedged = Promise.all([1, 2, 3].map(() => source.inspect(web ?? '')));
            let isOver = false;
            void wedged.then(() => (isOver = true));
            for (let round = 0; round < 20; round++) {
                assert.ok((await source.inspect(db ?? '')).ok);
                assert.equal((await source.look()).problem, undefined);
            }
            assert.ok(!isOver, 'no other is delayed');
            for (const answer of await wedged) assert.ok(!answer.ok && answer.gap.reason === 'timeout');
            assert.equal(asked, 1);
        } finally {
            source.dispose();
        }
    });

    it('says nothing, and we go: no socket, timer, stream or process is left', async () => {
        watching.close();
        proxy.spoil = on(isEvents, silence);
        await until('all is closed', () => proxy.open() === 0);
        const before = resources();
        for (const path of [/^\/containers/, isEvents, /./]) {
            proxy.spoil = on(path, silence);
            const brief = await startWatching(proxy.endpoint, { requestMs: 60_000 });
            void brief.watcher.inspect('a'.repeat(64), proxy.endpoint);
            await until('questions are under way', () => proxy.open() > 0);
            brief.close();
            await until('every connection is closed', () => proxy.open() === 0, 2_000);
        }
        await until('nothing is left', () => isNoMore(resources(), before), 5_000).catch(() =>
            assert.deepEqual(resources(), before),
        );
    });
});

function showsArgument(watching: Watching, argument: string): boolean {
    return [...(watching.watcher.current?.nodes.values() ?? [])].some(
        (node) => node.kind === 'process' && node.process.argv?.includes(argument),
    );
}

/** How much of each kind keeps the event loop of this process busy. */
function resources(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
}

function isNoMore(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): boolean {
    return [...now].every(([name, count]) => count <= (before.get(name) ?? 0));
}
