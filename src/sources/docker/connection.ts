import type Dockerode from 'dockerode';
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { stringify } from 'node:querystring';
import { addAbortSignal } from 'node:stream';
import { singleFlight } from '../hanging-files';
import type { Address, Tls } from './address';
import { connectThroughSsh } from './ssh';

/** The daemon answered, with a status that is not the one asked for. */
export class StatusError extends Error {
    constructor(
        readonly status: number,
        /** The daemon's own words, on one line. */
        readonly said: string,
    ) {
        super(`status ${status}: ${said}`);
    }
}

/** The daemon answered, with something that is no answer. */
export class ProtocolError extends Error {}

export interface ConnectionOptions {
    /** Ends every request of this connection, whatever state it is in. */
    readonly signal: AbortSignal;
    /** An answer with more bytes than this is given up. */
    readonly largestBody: number;
}

/**
 * A dockerode for a few requests, with a transport of our own beneath it.
 *
 * dockerode knows the API; what it sends goes through `dial` here and not through docker-modem, because docker-modem:
 * waits for ever when the daemon dies in the middle of an answer, collects answers without a bound, hands out a Buffer
 * where the JSON is broken, follows redirects to any host (and throws past every handler when that fails), and lets
 * DOCKER_HOST override the endpoint that it was given. Each request has a connection of its own: a kept-alive one still
 * answers when the socket has been replaced or forbidden, and would outlive the one who asked.
 */
export async function connect(address: Address, options: ConnectionOptions): Promise<Dockerode> {
    // Loaded when first needed: starting the extension, or looking at /proc alone, never pays for it.
    const [{ default: Docker }, transport] = await Promise.all([import('dockerode'), transportTo(address)]);
    const modem: Modem = { dial: (asked, answer) => dial(transport, options, asked, answer) };
    return new Docker({ modem } as Dockerode.DockerOptions);
}

/** What dockerode wants of a modem. */
interface Modem {
    dial(asked: Asked, answer: Answer): void;
}

interface Asked {
    /** Ends in '?' where `options` are to be the query. */
    readonly path: string;
    readonly method: string;
    readonly options?: Readonly<Record<string, unknown>>;
    /** Status → true, or dockerode's name for that failure. */
    readonly statusCodes: Readonly<Record<number, unknown>>;
    readonly isStream?: boolean;
}

type Answer = (error: Error | null, value?: unknown) => void;

interface Transport {
    readonly request: typeof http.request;
    readonly options: https.RequestOptions;
    readonly pathPrefix: string;
}

async function transportTo(address: Address): Promise<Transport> {
    if (address.kind === 'socket') {
        return {
            request: http.request,
            options: { socketPath: address.path, headers: { Host: 'docker' }, agent: false },
            pathPrefix: '',
        };
    }
    if (address.kind === 'ssh') {
        // No agent at all, not even a new one: with one, node would ask it for a socket.
        const createConnection = () => connectThroughSsh(address);
        return { request: http.request, options: { createConnection, headers: { Host: 'docker' } }, pathPrefix: '' };
    }
    const { host, port, pathPrefix, tls } = address;
    if (!tls) {
        return { request: http.request, options: { host, port, agent: false }, pathPrefix };
    }
    const certificates = await readCertificates(tls);
    return {
        request: https.request,
        options: { host, port, ...certificates, rejectUnauthorized: tls.verify, agent: false },
        pathPrefix,
    };
}

const readCertificate = singleFlight((path) => readFile(path));

/** One after the other: where the first hangs, the others will. */
async function readCertificates({ ca, cert, key }: Tls): Promise<Pick<https.RequestOptions, 'ca' | 'cert' | 'key'>> {
    return {
        ca: ca && (await readCertificate(ca)),
        cert: cert && (await readCertificate(cert)),
        key: key && (await readCertificate(key)),
    };
}

function dial(transport: Transport, options: ConnectionOptions, asked: Asked, answer: Answer): void {
    if (asked.method !== 'GET') {
        throw new Error(`${asked.method} ${asked.path}: this connection only reads`);
    }
    const request = transport.request({
        ...transport.options,
        path: transport.pathPrefix + pathAndQuery(asked),
        signal: options.signal,
    });
    request.on('error', answer);
    request.on('response', (response) => {
        // The request's own signal does not reach as far as the body.
        addAbortSignal(options.signal, response);
        // Whoever reads the body hears of its failure; in nobody's hands it must not become an uncaught exception.
        response.on('error', () => undefined);
        void receive(response, asked, options.largestBody).then((value) => answer(null, value), answer);
    });
    request.end();
}

function pathAndQuery({ path, options = {} }: Asked): string {
    if (!path.endsWith('?')) {
        return path;
    }
    const pairs = Object.entries(options).map(([name, value]) => [
        name,
        typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : value,
    ]);
    return pairs.length > 0 ? path + stringify(Object.fromEntries(pairs)) : path.slice(0, -1);
}

async function receive(response: http.IncomingMessage, asked: Asked, largestBody: number): Promise<unknown> {
    const status = response.statusCode ?? 0;
    if (asked.statusCodes[status] !== true) {
        throw new StatusError(status, messageIn(await collect(response, largestErrorBody)));
    }
    if (asked.isStream) {
        return response;
    }
    const body = await collect(response, largestBody);
    try {
        return JSON.parse(body);
    } catch {
        throw new ProtocolError(body === '' ? 'the answer is empty' : 'the answer is not JSON');
    }
}

const largestErrorBody = 64 * 1024;

async function collect(response: http.IncomingMessage, largestBody: number): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
            bytes += chunk.length;
            if (bytes > largestBody) {
                throw new ProtocolError(`the answer has more than ${largestBody / 1024 / 1024} MiB`);
            }
            chunks.push(chunk);
        }
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const cut = code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
        throw cut ? new ProtocolError('the answer was cut off') : error;
    }
    return Buffer.concat(chunks).toString('utf8');
}

/** Errors are `{"message": …}` since API 1.24, and plain text before and from proxies. */
function messageIn(body: string): string {
    let message: unknown = body;
    try {
        message = (JSON.parse(body) as { message?: unknown } | null)?.message ?? body;
    } catch {
        // plain text, then
    }
    const line = String(message)
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim();
    return line.length > 300 ? `${line.slice(0, 300)}…` : line || 'no explanation';
}
