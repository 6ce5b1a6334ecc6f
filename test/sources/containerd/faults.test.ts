import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ContainerdFacts } from '../../../src/model/containerd';
import { openContainerd } from '../../../src/sources/containerd/client';
import { gapOf } from '../../../src/sources/containerd/failure';
import { isAnyFileHanging } from '../../../src/sources/hanging-files';
import { hangAccess } from '../hanging-access';
import { until } from '../../until';

/** What a real containerd can't be brought to do on time. */
describe('a containerd that fails', () => {
    let folder: string;
    let address: string;
    let server: net.Server | http2.Http2Server | undefined;
    const connections = new Set<net.Socket>();

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'dr-'));
        address = join(folder, 'c.sock');
    });
    afterEach(() => {
        for (const connection of connections) connection.destroy();
        connections.clear();
        server?.close();
        server = undefined;
        rmSync(folder, { recursive: true });
    });

    async function serve(one: net.Server | http2.Http2Server): Promise<void> {
        server = one;
        one.on('connection', (connection: net.Socket) => {
            connections.add(connection);
            connection.on('error', () => undefined).on('close', () => connections.delete(connection));
        });
        one.listen(address);
        await once(one, 'listening');
    }

    /** An HTTP/2 server that answers each call as told: it has the framing of gRPC, and not its sense. */
    function answering(answer: (path: string, stream: http2.ServerHttp2Stream) => void): http2.Http2Server {
        return http2.createServer().on('stream', (stream, headers) => {
            stream.on('error', () => undefined);
            stream.resume();
            answer(String(headers[':path']), stream);
        });
    }

    async function look(previous?: ContainerdFacts): Promise<ContainerdFacts> {
        const source = openContainerd(address, { lookMilliseconds: 300 });
        const started = performance.now();
        const facts = await source.look(previous);
        assert.ok(performance.now() - started < 1_000, 'within its deadline');
        source.dispose();
        return facts;
    }

    const known: ContainerdFacts = { address: '', namespaces: ['moby'], containers: [], tasks: [], askedAt: 1 };

    it('is a gap when it accepts and says nothing, and what was known before stays', async () => {
        await serve(net.createServer());
        const { problem, ...facts } = await look(known);
        assert.equal(problem?.reason, 'timeout');
        assert.deepEqual(facts, known);
        // Who waits for it to close the socket waits for ours to be destroyed.
        await Promise.all([...connections].map((connection) => once(connection.resume(), 'close')));
    });

    it('is a gap when it hangs up', async () => {
        await serve(net.createServer((connection) => connection.destroy()));
        assert.equal((await look()).problem?.reason, 'unreachable');
    });

    it('is a gap when it hangs up in the middle of an answer', async () => {
        await serve(
            answering((_path, stream) => {
                stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
                stream.write(Buffer.from([0, 0, 0, 0, 9, 10, 3]), () => {
                    for (const connection of connections) connection.destroy();
                });
            }),
        );
        assert.equal((await look()).problem?.reason, 'unreachable');
    });

    it('is a gap when it is something else', async () => {
        await serve(net.createServer((connection) => connection.end('SSH-2.0-OpenSSH_9.2\r\n')));
        assert.equal((await look()).problem?.reason, 'unreachable');
    });

    it('is a gap when its messages make no sense', async () => {
        await serve(
            answering((_path, stream) => {
                stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
                stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
                stream.end(Buffer.from([0, 0, 0, 0, 3, 0xff, 0xff, 0xff]));
            }),
        );
        assert.equal((await look()).problem?.reason, 'malformed');
    });

    it('is a gap where nobody listens, or where there is nothing', async () => {
        assert.equal((await look()).problem?.reason, 'unreachable');
        writeFileSync(address, '');
        assert.equal((await look()).problem?.reason, 'unreachable');
    });

    it('keeps its containers when only its tasks hang', async () => {
        const text = (field: number, value: string) =>
            Buffer.concat([Buffer.from([field * 8 + 2, value.length]), Buffer.from(value)]);
        const nested = (field: number, ...parts: Buffer[]) => text(field, Buffer.concat(parts).toString('latin1'));
        const answers: Readonly<Record<string, Buffer>> = {
            '/containerd.services.version.v1.Version/Version': text(1, '9.9'),
            '/containerd.services.namespaces.v1.Namespaces/List': nested(1, text(1, 'lab')),
            '/containerd.services.containers.v1.Containers/ListStream': nested(1, text(1, 'own'), text(3, 'busybox')),
        };
        await serve(
            answering((path, stream) => {
                const body = answers[path];
                if (!body) return;
                stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
                stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
                stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]));
            }),
        );
        const task = { namespace: 'lab', id: 'own', pid: 7, status: 'running' } as const;
        const facts = await look({ ...known, tasks: [task] });
        assert.equal(facts.problem?.reason, 'timeout');
        assert.equal(facts.version, '9.9');
        assert.deepEqual(facts.containers, [
            { namespace: 'lab', id: 'own', image: 'busybox', runtime: '', labels: {} },
        ]);
        assert.deepEqual(facts.tasks, [task]);
    });

    for (const [what, bytes] of [
        ['bytes', 1024 * 1024],
        ['records', 0],
    ] as const) {
        it(`is given up when it streams ${what} without an end`, async () => {
            const part = Buffer.alloc(5 + bytes);
            part.writeUInt32BE(bytes, 1);
            // A field that nobody knows, and then the whole of it.
            if (bytes > 0) Buffer.from([0x7a, 0xfc, 0xff, 0x3f]).copy(part, 5);
            const parts = bytes > 0 ? part : Buffer.concat(Array<Buffer>(10_000).fill(part));
            let isEnded = false;
            await serve(
                answering((path, stream) => {
                    const isStream = path.endsWith('/ListStream');
                    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
                    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
                    const namespaces = Buffer.from([0, 0, 0, 0, 5, 10, 3, 10, 1, 0x61]);
                    if (!isStream) {
                        stream.end(path.endsWith('Namespaces/List') ? namespaces : Buffer.alloc(5));
                        return;
                    }
                    const more = (): void => {
                        if (!stream.destroyed) stream.write(parts, more);
                    };
                    stream.on('close', () => (isEnded = true));
                    more();
                }),
            );
            const source = openContainerd(address, { lookMilliseconds: 60_000 });
            const { problem, containers } = await source.look();
            assert.equal(problem?.reason, 'unsupported', 'not to be had by asking again soon');
            assert.equal(problem.detail, 'it keeps more than is read here: 64 MiB, or 100000 records');
            assert.match(problem.help, /: ctr -n NAMESPACE containers ls\.$/);
            assert.deepEqual(containers, []);
            while (!isEnded) await setImmediate();
            source.dispose();
        }).timeout(60_000);
    }

    it('is given up when one of its messages is too large', async () => {
        await serve(
            answering((_path, stream) => {
                stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
                stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]));
            }),
        );
        const { problem } = await look();
        assert.equal(problem?.reason, 'unsupported');
        assert.match(problem.detail, /^it keeps more than is read here: /);
    });

    it('is counted no further than a person reads, however long its lists are', async () => {
        const text = (field: number, value: string) =>
            Buffer.concat([Buffer.from([field * 8 + 2, value.length]), Buffer.from(value)]);
        const listPath = '/containerd.services.namespaces.v1.Namespaces/List';
        const contentPath = '/containerd.services.content.v1.Content/List';
        await serve(
            answering((path, stream) => {
                const namespaces = text(1, text(1, 'lab').toString('latin1'));
                const endless = path === contentPath;
                const body = endless
                    ? Buffer.from('0a00'.repeat(10_001), 'hex')
                    : path === listPath
                      ? namespaces
                      : Buffer.alloc(0);
                const head = Buffer.alloc(5);
                head.writeUInt32BE(body.length, 1);
                stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
                stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
                stream.write(Buffer.concat([head, body]));
                // The stream of content never ends by itself.
                if (!endless) stream.end();
            }),
        );
        const source = openContainerd(address, { countMilliseconds: 5_000 });
        const none = { number: 0, isMore: false };
        const started = performance.now();
        assert.deepEqual(await source.stores(), [
            { namespace: 'lab', images: none, snapshots: none, content: { number: 10_000, isMore: true } },
        ]);
        assert.ok(performance.now() - started < 4_000, 'its end was not waited for');
        source.dispose();
    });

    it('is a gap in time where even its socket’s file does not answer, which is asked once', async () => {
        const hanging = hangAccess();
        try {
            assert.equal((await look()).problem?.detail, 'no answer within 300 ms');
            const source = openContainerd(address);
            source.events(
                () => undefined,
                () => undefined,
            );
            for (let times = 0; times < 2; times++) {
                const { problem } = await source.look();
                assert.deepEqual([problem?.reason, problem?.detail], ['timeout', `${address} does not answer`]);
            }
            source.dispose();
            assert.equal(hanging.looks(), 1, 'each of them holds a thread');
        } finally {
            hanging.restore();
            await hanging.answer();
            await until(async () => !(await isAnyFileHanging()));
        }
        assert.equal((await look()).problem?.detail, 'there is no such socket');
    }).timeout(10_000);

    it('says what would help where it is not permitted', () => {
        const { reason, help } = gapOf(address, Object.assign(new Error('no'), { code: 'EACCES' }), 300);
        assert.equal(reason, 'forbidden');
        assert.match(help, /usable by root only/);
    });
});
