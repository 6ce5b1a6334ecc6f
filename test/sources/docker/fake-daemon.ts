import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDocker, type DockerSource, type DockerTimes } from '../../../src/sources/docker/client';
import { resolveEndpoints, type DockerEndpoint } from '../../../src/sources/docker/endpoint';
import { until } from '../../until';

/**
 * A daemon that fails on purpose, in the ways that a real one cannot be made to. It speaks bytes, not HTTP: what is
 * sent, cut and withheld is the test's to say.
 */
export interface FakeDaemon {
    readonly endpoint: DockerEndpoint;
    /** Request targets, in the order they came: `/containers/json?all=true`. */
    readonly requests: readonly string[];
    /** Connections that are open now, and the most there ever were. */
    openConnections(): number;
    mostConnections(): number;
    /** What happens on each request from now on. */
    script: Script;
    stop(): Promise<void>;
}

export type Script = (socket: Socket, target: string) => void;

export async function startFakeDaemon(script: Script): Promise<FakeDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'fake-'));
    const path = join(folder, 'd.sock');
    const requests: string[] = [];
    const sockets = new Set<Socket>();
    let most = 0;
    const server = createServer((socket) => {
        sockets.add(socket);
        most = Math.max(most, sockets.size);
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
        let head = '';
        socket.on('data', (chunk) => {
            head += chunk.toString('latin1');
            if (head.includes('\r\n\r\n')) {
                const target = head.split(' ', 2)[1] ?? '';
                head = '';
                requests.push(target);
                daemon.script(socket, target);
            }
        });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const daemon: FakeDaemon = {
        endpoint: await endpointAt(path),
        requests,
        openConnections: () => sockets.size,
        mostConnections: () => most,
        script,
        stop: async () => {
            sockets.forEach((socket) => socket.destroy());
            await new Promise((resolve) => server.close(resolve));
            rmSync(folder, { recursive: true });
        },
    };
    return daemon;
}

export async function endpointAt(path: string): Promise<DockerEndpoint> {
    const { endpoints } = await resolveEndpoints({ configured: [path], environment: {} });
    const [endpoint] = endpoints;
    if (!endpoint) {
        throw new Error(`${path} is no endpoint`);
    }
    return endpoint;
}

/** Runs a test against a scripted daemon, and holds that the source leaves nothing behind: no connection, no listener. */
export async function withFakeDaemon(
    script: Script,
    times: Partial<DockerTimes>,
    test: (source: DockerSource, daemon: FakeDaemon) => Promise<void>,
): Promise<void> {
    const daemon = await startFakeDaemon(script);
    const source = openDocker(daemon.endpoint, times);
    try {
        await test(source, daemon);
    } finally {
        source.dispose();
        try {
            await until(() => daemon.openConnections() === 0, 'every connection is closed after dispose');
        } finally {
            await daemon.stop();
        }
    }
}

/** A whole answer with a length. */
export function answer(body: string, status = '200 OK', headers = ''): string {
    return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The beginning of an answer whose chunks follow one by one. */
export const chunkedHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

export function chunk(bytes: string | Buffer): Buffer {
    const body = Buffer.from(bytes);
    return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}

export const webId = 'ab'.repeat(32);
export const webRecord = {
    Id: webId,
    Names: ['/web'],
    Image: 'nginx',
    Command: 'nginx -g "daemon off;"',
    Created: 1_700_000_000,
    State: 'running',
    Status: 'Up 3 minutes',
    Labels: { role: 'front' },
    Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } } },
    HostConfig: { NetworkMode: 'default' },
};

/** A daemon that works: one container, version and info. */
export const healthy: Script = (socket, target) => {
    if (target.startsWith('/containers/json')) {
        socket.end(answer(JSON.stringify([webRecord])));
    } else if (target.startsWith('/version')) {
        socket.end(answer(JSON.stringify({ Version: '28.0.1', ApiVersion: '1.48' })));
    } else if (target.startsWith('/info')) {
        socket.end(answer(JSON.stringify({ Name: 'host', DockerRootDir: '/var/lib/docker', CgroupDriver: 'systemd' })));
    } else {
        socket.end(answer('{"message":"page not found"}', '404 Not Found'));
    }
};

/** The same, and its stream of events stays open, and tells nothing. */
export const quiet: Script = (socket, target) => {
    if (target.startsWith('/events')) socket.write(chunkedHead);
    else healthy(socket, target);
};
