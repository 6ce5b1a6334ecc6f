import assert from 'node:assert/strict';
import type { GapReason } from '../../../src/model/gap';
import type { Engine } from '../../../src/model/engine';
import { until } from '../../until';
import { promptly } from '../../lab/busyness';
import { watchContacts } from './contacts';
import { answer, chunk, chunkedHead, healthy, webId, webRecord, withFakeDaemon, type Script } from './fake-daemon';

const times = { requestMs: 300 };

/** What a good list looks like after a failed one: the old containers, their age, and why they are old. */
function assertStale(engine: Engine, before: Engine, reason: GapReason, detail: RegExp): void {
    assert.deepEqual(engine.containers, before.containers);
    assert.equal(engine.listedAt, before.listedAt);
    assert.equal(engine.problem?.reason, reason);
    assert.match(engine.problem?.detail ?? '', detail);
    assert.ok(engine.problem?.help);
}

describe('a look at a daemon', () => {
    it('lists containers first, and tells version and settings when they are known', () =>
        withFakeDaemon(healthy, times, async (source, daemon) => {
            const first = await source.look();
            assert.equal(first.problem, undefined);
            assert.deepEqual(
                first.containers.map(({ id, names, image, state }) => ({ id, names, image, state })),
                [{ id: webId, names: ['web'], image: 'nginx', state: 'running' }],
            );
            assert.equal((await source.identity()).version, '28.0.1');
            const second = await source.look(first);
            assert.equal(second.dataRoot, '/var/lib/docker');
            assert.deepEqual(daemon.requests, [
                '/containers/json?all=true',
                '/version',
                '/info',
                '/containers/json?all=true',
            ]);
            assert.equal(source.requests(), 4);
        }));

    it('does not wait for a version that never comes', () => {
        const script: Script = (socket, target) =>
            target.startsWith('/containers') ? healthy(socket, target) : undefined;
        return withFakeDaemon(script, times, async (source, daemon) => {
            const engine = await source.look();
            assert.equal(engine.containers.length, 1);
            assert.deepEqual(await source.identity(), {});
            await source.look(engine);
            assert.equal(daemon.requests.filter((target) => target === '/version').length, 1, 'asked again only later');
        });
    });

    it('asks for the version again once the connection was lost', () =>
        withFakeDaemon(healthy, times, async (source, daemon) => {
            const first = await source.look();
            await source.identity();
            daemon.script = (socket) => socket.destroy();
            assertStale(await source.look(first), first, 'unreachable', /closed the connection/);
            daemon.script = (socket, target) =>
                target === '/version' ? socket.end(answer('{"Version":"29.0.0"}')) : healthy(socket, target);
            await source.look(first);
            assert.equal((await source.identity()).version, '29.0.0');
        }));

    it('asks for the version again when the answer to the last asking may be from the daemon before', () =>
        withFakeDaemon(healthy, times, async (source, daemon) => {
            const before: (() => void)[] = [];
            daemon.script = (socket, target) => {
                if (target.startsWith('/containers')) healthy(socket, target);
                else before.push(() => healthy(socket, target));
            };
            const first = await source.look();
            await until(() => before.length === 2, 'version and settings were asked for');
            daemon.script = (socket) => socket.destroy();
            await source.look(first);
            for (const tell of before) tell();
            assert.equal((await source.identity()).version, '28.0.1');
            daemon.script = (socket, target) =>
                target === '/version' ? socket.end(answer('{"Version":"29.0.0"}')) : healthy(socket, target);
            await source.look(first);
            assert.equal((await source.identity()).version, '29.0.0');
        }));

    it('calls a list as old as the question: it may tell of that moment, however late it comes', () => {
        const slow: Script = (socket, target) => void setTimeout(() => healthy(socket, target), 150);
        return withFakeDaemon(slow, { requestMs: 5_000 }, async (source) => {
            const before = Date.now();
            const looking = source.look();
            const asked = Date.now();
            const { listedAt = Infinity } = await looking;
            assert.ok(listedAt >= before && listedAt <= asked, `asked at ${asked}, listed at ${listedAt}`);
        });
    });

    it('has one list under way, however many look', () =>
        withFakeDaemon(
            () => undefined,
            times,
            async (source, daemon) => {
                const looks = await Promise.all([source.look(), source.look(), source.look()]);
                assert.ok(looks.every((engine) => engine.problem?.reason === 'timeout'));
                assert.deepEqual(daemon.requests, ['/containers/json?all=true']);
                assert.equal(daemon.mostConnections(), 1);
            },
        ));

    it('recovers after failures of every kind, and never takes one for an empty list', () =>
        withFakeDaemon(healthy, times, async (source, daemon) => {
            const good = await source.look();
            for (const { name, script, reason, detail } of faults) {
                daemon.script = script;
                const begun = performance.now();
                const engine = await source.look(good);
                const took = performance.now() - begun;
                try {
                    assertStale(engine, good, reason, detail);
                    assert.ok(took < times.requestMs + 500, `took ${took} ms`);
                } catch (error) {
                    throw new Error(`${name}: ${String(error)}`, { cause: error });
                }
                daemon.script = healthy;
                assert.equal((await source.look(engine)).problem, undefined, `fresh again after: ${name}`);
            }
        })).timeout(20_000);

    it('gives up an answer that is larger than any list', () => {
        const megabyte = chunk(Buffer.alloc(1024 * 1024, 0x20));
        const script: Script = (socket) => {
            socket.write(chunkedHead);
            const pour = (): void => {
                while (!socket.destroyed && socket.write(megabyte)) {
                    // until the kernel's buffer is full
                }
                socket.once('drain', pour);
            };
            pour();
        };
        return withFakeDaemon(script, { requestMs: 10_000 }, async (source) => {
            const { rss: before } = process.memoryUsage();
            let most = before;
            const sampling = setInterval(() => {
                most = Math.max(most, process.memoryUsage.rss());
            }, 5);
            const { problem } = await source.look();
            clearInterval(sampling);
            assert.equal(problem?.reason, 'malformed');
            assert.match(problem?.detail ?? '', /more than 64 MiB/);
            const megabytes = (most - before) / 1024 / 1024;
            // What has been read, and what the one who sends holds, who is in this process, too.
            assert.ok(megabytes <= 100, `${megabytes.toFixed(0)} MB more`);
        });
    }).timeout(20_000);

    it('follows no redirect: no name is looked up, and nobody else is contacted', async () => {
        for (const status of [
            '301 Moved Permanently',
            '302 Found',
            '307 Temporary Redirect',
            '308 Permanent Redirect',
        ]) {
            for (const location of [
                'http://elsewhere.invalid/',
                'http://127.0.0.1:9/containers',
                '///',
                '//x',
                '/info',
            ]) {
                const script = says('', status, `Location: ${location}\r\n`);
                await withFakeDaemon(script, times, async (source) => {
                    const contacts = watchContacts();
                    const { problem } = await source.look();
                    await new Promise(setImmediate);
                    contacts.stop();
                    assert.match(problem?.detail ?? '', /redirects elsewhere \(status 30\d\)/);
                    assert.equal(contacts.lookups(), 0);
                    assert.equal(contacts.connections(), 1);
                });
            }
        }
    });

    it('settles at once when disposed', () =>
        withFakeDaemon(
            () => undefined,
            { requestMs: 60_000 },
            async (source, daemon) => {
                const look = source.look();
                await until(() => daemon.requests.length === 1, 'the list was asked for');
                source.dispose();
                assert.equal((await look).problem?.reason, 'gone');
            },
        ));
});

const faults: readonly {
    readonly name: string;
    readonly script: Script;
    readonly reason: GapReason;
    readonly detail: RegExp;
}[] = [
    { name: 'silence', script: () => undefined, reason: 'timeout', detail: /no answer within 0\.3 s/ },
    {
        name: 'headers that drip for ever',
        script: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'X-Slow: 1\r\n'),
        reason: 'timeout',
        detail: /no answer/,
    },
    {
        name: 'a body that drips for ever',
        script: (socket) => drip(socket, chunkedHead, '1\r\n \r\n'),
        reason: 'timeout',
        detail: /no answer/,
    },
    {
        name: 'a body cut short of its length',
        script: (socket) => {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{"Id":');
            setImmediate(() => socket.destroy());
        },
        reason: 'malformed',
        detail: /cut off/,
    },
    {
        name: 'a chunked body without its end',
        script: (socket) => {
            socket.write(chunkedHead);
            socket.end(chunk('[{"Id":'));
        },
        reason: 'malformed',
        detail: /cut off/,
    },
    {
        name: 'a bad chunk size',
        script: (socket) => socket.end(`${chunkedHead}zz\r\n[]`),
        reason: 'malformed',
        detail: /not HTTP/,
    },
    { name: 'broken JSON', script: says('[{"Id":"abc", BROKEN'), reason: 'malformed', detail: /not JSON/ },
    { name: 'an empty answer', script: says(''), reason: 'malformed', detail: /empty/ },
    { name: 'null', script: says('null'), reason: 'malformed', detail: /expected Array/ },
    { name: 'an object', script: says('{"message":1}'), reason: 'malformed', detail: /expected Array/ },
    { name: 'HTML', script: says('<html>Welcome</html>'), reason: 'malformed', detail: /not JSON/ },
    { name: 'a list of null', script: says('[null]'), reason: 'malformed', detail: /^.*0: expected Object/ },
    { name: 'a number as id', script: says('[{"Id":5}]'), reason: 'malformed', detail: /0\.Id: expected string/ },
    {
        name: 'an id that is a path',
        script: says(JSON.stringify([{ ...webRecord, Id: '../../info?' }])),
        reason: 'malformed',
        detail: /64 hex digits/,
    },
    {
        name: 'a server error',
        script: says('{"message":"disk\\nfull"}', '500 Internal Server Error'),
        reason: 'unreachable',
        detail: /status 500: disk full/,
    },
    {
        name: 'a server error without words',
        script: says('', '500 Internal Server Error'),
        reason: 'unreachable',
        detail: /status 500: no explanation/,
    },
    {
        name: 'a redirect, which is not followed',
        script: says('', '301 Moved Permanently', 'Location: http://elsewhere.invalid/\r\n'),
        reason: 'malformed',
        detail: /redirects elsewhere/,
    },
    {
        name: 'a redirect without a host',
        script: says('', '301 Moved Permanently', 'Location: ///\r\n'),
        reason: 'malformed',
        detail: /redirects elsewhere/,
    },
    {
        name: 'a version that does not match',
        script: says(
            '{"message":"client version 1.12 is too old. Minimum supported API version is 1.60"}',
            '400 Bad Request',
        ),
        reason: 'unsupported',
        detail: /1\.12 is too old.*1\.60/,
    },
    {
        name: 'a proxy that forbids',
        script: says('<html><body>403 Forbidden</body></html>', '403 Forbidden'),
        reason: 'forbidden',
        detail: /refused with status 403/,
    },
    {
        name: 'a TLS port',
        script: says('Client sent an HTTP request to an HTTPS server.\n', '400 Bad Request'),
        reason: 'unsupported',
        detail: /wants TLS/,
    },
    { name: 'ssh', script: (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), reason: 'malformed', detail: /not HTTP/ },
    {
        name: 'headers without end',
        script: (socket) => socket.end(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n[]`),
        reason: 'malformed',
        detail: /not HTTP/,
    },
    { name: 'a hang-up', script: (socket) => socket.end(), reason: 'unreachable', detail: /closed the connection/ },
];

function says(body: string, status?: string, headers?: string): Script {
    return (socket) => socket.end(answer(body, status, headers));
}

function drip(socket: Parameters<Script>[0], head: string, drop: string): void {
    socket.write(head);
    const timer = setInterval(() => socket.write(drop), 20);
    socket.on('close', () => clearInterval(timer));
}

describe('inspecting a container', () => {
    const inspection = {
        Id: webId,
        State: {
            Pid: 42,
            StartedAt: '2026-01-01T00:00:00Z',
            FinishedAt: '0001-01-01T00:00:00Z',
            ExitCode: 0,
            OOMKilled: false,
        },
        RestartCount: 2,
        HostConfig: { PidMode: 'host', Init: true },
        Config: { Env: ['SECRET=1'], Healthcheck: { Test: ['CMD', 'true'] } },
    };
    const script: Script = (socket, target) =>
        target === `/containers/${webId}/json`
            ? socket.end(answer(JSON.stringify(inspection)))
            : healthy(socket, target);

    it('tells what the list does not', () =>
        withFakeDaemon(script, times, async (source) => {
            await source.look();
            assert.deepEqual(await source.inspect(webId), {
                ok: true,
                value: {
                    pid: 42,
                    startedAt: '2026-01-01T00:00:00Z',
                    finishedAt: '0001-01-01T00:00:00Z',
                    exitCode: 0,
                    oomKilled: false,
                    restartCount: 2,
                    pidMode: 'host',
                    healthcheck: ['CMD', 'true'],
                    init: true,
                },
            });
            assert.deepEqual(await source.inspectDocument(webId), { ok: true, value: inspection });
        }));

    it('sends nothing for an id that no list has told', () =>
        withFakeDaemon(script, times, async (source, daemon) => {
            assert.equal((await source.inspect(webId)).ok, false, 'not before the first list');
            await source.look();
            await source.identity();
            const before = daemon.requests.length;
            for (const id of [
                '',
                '..',
                '../info?',
                'prune?x=',
                'json?all=1&x=',
                webId.toUpperCase(),
                webId.slice(1),
                `${webId}\n`,
                'c'.repeat(64),
            ]) {
                const answered = await source.inspect(id);
                assert.ok(!answered.ok, id);
            }
            assert.equal(daemon.requests.length, before);
        }));

    it('asks a wedged container once, and no other waits for it', () => {
        const wedged = 'cd'.repeat(32);
        const both: Script = (socket, target) =>
            target.startsWith('/containers/json')
                ? socket.end(answer(JSON.stringify([webRecord, { ...webRecord, Id: wedged, Names: ['/wedged'] }])))
                : target.includes(wedged)
                  ? undefined
                  : script(socket, target);
        return withFakeDaemon(both, { requestMs: 1_000 }, async (source, daemon) => {
            await source.look();
            const stuck = Promise.all([source.inspect(wedged), source.inspect(wedged), source.inspectDocument(wedged)]);
            let isOver = false;
            void stuck.then(() => (isOver = true));
            const other = source.inspect(webId);
            await promptly(300, other);
            assert.ok((await other).ok && !isOver, 'not delayed');
            for (const answered of await stuck) {
                assert.equal(answered.ok ? undefined : answered.gap.reason, 'timeout');
            }
            assert.equal(daemon.requests.filter((target) => target.includes(wedged)).length, 1);
        });
    });

    it('asks those that hung before in a line of their own: no other waits for them', () => {
        const ids = Array.from({ length: 50 }, (_, index) => index.toString(16).padStart(64, '0'));
        const wedged = ids.slice(0, 9);
        const some: Script = (socket, target) => {
            const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(target)?.[1];
            if (id !== undefined && wedged.includes(id)) return;
            const body = id === undefined ? ids.map((Id) => ({ ...webRecord, Id })) : { ...inspection, Id: id };
            socket.end(answer(JSON.stringify(body)));
        };
        return withFakeDaemon(some, { requestMs: 1_500 }, async (source, daemon) => {
            await source.look();
            const first = await Promise.all(ids.map((id) => source.inspect(id)));
            assert.equal(first.filter(({ ok }) => ok).length, ids.length - wedged.length, 'each in the end');
            const hanging = wedged.map((id) => source.inspect(id));
            const begun = performance.now();
            const others = await Promise.all(ids.slice(wedged.length).map((id) => source.inspect(id)));
            assert.ok(others.every(({ ok }) => ok));
            assert.ok(performance.now() - begun < 800, 'not delayed');
            assert.ok(daemon.mostConnections() <= 8 + 8 + 3);
            daemon.script = (socket, target) => {
                const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(target)?.[1];
                socket.end(answer(JSON.stringify({ ...inspection, Id: id })));
            };
            await Promise.all(hanging);
            assert.ok(
                (await Promise.all(ids.map((id) => source.inspect(id)))).every(({ ok }) => ok),
                'over',
            );
        });
    }).timeout(10_000);

    it('asks for a few at a time, however many are wanted, and for all in the end', () => {
        const ids = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(64, '0'));
        const many: Script = (socket, target) => {
            const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(target)?.[1];
            const body = id ? { ...inspection, Id: id } : ids.map((Id) => ({ ...webRecord, Id }));
            setImmediate(() => socket.end(answer(JSON.stringify(body))));
        };
        return withFakeDaemon(many, { requestMs: 5_000 }, async (source, daemon) => {
            const warnings: Error[] = [];
            const remember = (warning: Error): unknown => warnings.push(warning);
            process.on('warning', remember);
            await source.look();
            const answering = Promise.all(ids.map((id) => source.inspect(id)));
            await source.look(); // meanwhile, and while version and info are asked
            const answers = await answering;
            process.off('warning', remember);
            assert.ok(answers.every(({ ok }) => ok));
            assert.ok(daemon.mostConnections() <= 8 + 3, `${daemon.mostConnections()} at once`);
            assert.deepEqual(warnings, []);
        });
    });

    it('tells a container that is gone from a failure', () =>
        withFakeDaemon(healthy, times, async (source) => {
            await source.look();
            const answered = await source.inspect(webId);
            assert.equal(answered.ok ? undefined : answered.gap.reason, 'gone');
        }));

    it('does not believe an answer about another container', () => {
        const other: Script = (socket, target) =>
            target === `/containers/${webId}/json`
                ? socket.end(answer(JSON.stringify({ ...inspection, Id: 'ef'.repeat(32) })))
                : healthy(socket, target);
        return withFakeDaemon(other, times, async (source) => {
            await source.look();
            const answered = await source.inspect(webId);
            assert.equal(answered.ok ? undefined : answered.gap.reason, 'malformed');
        });
    });
});
