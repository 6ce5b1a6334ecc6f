import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { access, constants } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { singleFlight } from '../hanging-files';
import type { Method } from './protocol';

/** What containerd keeps is more than is read here. */
export class TooMuch extends Error {}

/** A connection for a few questions; closing it leaves no socket. */
export interface Connection {
    ask<Request, Response>(method: Method<Request, Response>, request: Request, namespace?: string): Promise<Response>;
    /** Every message of a method that answers with a stream; {@link TooMuch} where those of all streams are too many. */
    askForAll<Response>(method: Method<object, Response>, namespace: string): Promise<readonly Response[]>;
    /** Resolves when the other side has answered as HTTP/2 does. */
    ready(milliseconds: number): Promise<void>;
    /**
     * Hands on every message of a stream as it comes, until `false` is returned: then the stream is cancelled. Resolves
     * when the stream ends, rejects when it breaks.
     */
    follow<Request, Response>(
        method: Method<Request, Response>,
        request: Request,
        onMessage: (message: Response) => unknown,
        namespace?: string,
    ): Promise<void>;
    close(): void;
}

const mayWrite = singleFlight((path) => access(path, constants.W_OK));

/**
 * Rejects where we may not connect, and at once with the signal. gRPC would tell "unavailable" for all of it; write
 * permission is what connect(2) wants, unix(7).
 */
export function checkPermission(address: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const stop = (): void => {
            reject(signal.reason as Error);
        };
        if (signal.aborted) {
            stop();
            return;
        }
        signal.addEventListener('abort', stop, { once: true });
        mayWrite(address)
            .finally(() => {
                signal.removeEventListener('abort', stop);
            })
            .then(resolve, reject);
    });
}

/** Nothing is sent before the first question. The signal cancels whatever is under way, at the daemon too. */
export function connect(address: string, signal: AbortSignal, largestMessage = largestAnswer): Connection {
    const sockets = trackSockets();
    /** Of all streams that were collected: each may be short, and there may be one for each namespace. */
    const collected = { bytes: 0, messages: 0 };
    const client = new Client(`unix:${address}`, sockets.credentials, {
        'grpc.max_receive_message_length': largestMessage,
        // One try: when to ask again is decided elsewhere.
        'grpc.enable_retries': 0,
        'grpc.service_config_disable_resolution': 1,
        'grpc.enable_http_proxy': 0,
        // Nobody reads its account of itself.
        'grpc.enable_channelz': 0,
        // Otherwise a closed client's connection stays for a while, for others at the same address.
        'grpc.use_local_subchannel_pool': 1,
        // For a unix socket, it would be the socket's path, which containerd 1.x refuses as no host's name.
        'grpc.default_authority': 'localhost',
    });

    /** grpc-js may take its time to tell of a cancelled call: who waits is told at once. */
    function untilCancelled<T>(start: (settle: (error: ServiceError | null, value?: T) => void) => { cancel(): void }) {
        return new Promise<T>((resolve, reject) => {
            signal.throwIfAborted();
            const stop = (): void => {
                call.cancel();
                reject(signal.reason as Error);
            };
            const call = start((error, value) => {
                signal.removeEventListener('abort', stop);
                if (error || value === undefined) reject(error ?? new Error('an empty answer'));
                else resolve(value);
            });
            signal.addEventListener('abort', stop, { once: true });
        });
    }

    async function stream<Request, Response>(
        { path, encode, decode }: Method<Request, Response>,
        request: Request,
        onMessage: (message: Response) => unknown,
        namespace?: string,
    ): Promise<void> {
        await untilCancelled<true>((settle) => {
            const call = client.makeServerStreamRequest(path, encode, decode, request, metadataOf(namespace));
            call.on('data', (message: Response) => {
                if (onMessage(message) !== false) return;
                settle(null, true);
                call.cancel();
            });
            call.on('error', (error: ServiceError) => settle(error));
            call.on('end', () => settle(null, true));
            return call;
        });
    }

    return {
        ask: (method, request, namespace) =>
            untilCancelled((settle) =>
                client.makeUnaryRequest(
                    method.path,
                    method.encode,
                    method.decode,
                    request,
                    metadataOf(namespace),
                    settle,
                ),
            ),
        async askForAll<Response>(method: Method<object, Response>, namespace: string) {
            const all: Response[] = [];
            const decode = (bytes: Buffer): Response => {
                collected.bytes += bytes.length;
                collected.messages++;
                return method.decode(bytes);
            };
            const isTooMuch = (): boolean => collected.bytes > largestAnswer || collected.messages > mostMessages;
            await stream(
                { ...method, decode },
                {},
                (message) => {
                    all.push(message);
                    return !isTooMuch();
                },
                namespace,
            );
            if (isTooMuch()) throw new TooMuch(`${largestAnswer / 1024 / 1024} MiB, or ${mostMessages} records`);
            return all;
        },
        ready: async (milliseconds) => {
            await untilCancelled<true>((settle) => {
                client.waitForReady(Date.now() + milliseconds, (error) => {
                    settle(error ? (Object.assign(error, { name: 'TimeoutError' }) as ServiceError) : null, true);
                });
                return { cancel: () => client.close() };
            });
        },
        follow: stream,
        close() {
            client.close();
            sockets.destroy();
        },
    };
}

/**
 * Unencrypted, as containerd's socket is; what is special is that every socket can be ended. A closed client of
 * grpc-js 1.14 leaves one open for ever where the other side accepted it and then says nothing, as a stopped
 * containerd does, and its credentials are the one place that gets to see the socket.
 */
function trackSockets(): { readonly credentials: ChannelCredentials; destroy(): void } {
    const sockets = new Set<Socket>();
    let isOver = false;
    const plain = credentials.createInsecure();
    const createPlainConnector = plain._createSecureConnector.bind(plain);
    plain._createSecureConnector = (...told) => {
        const connector = createPlainConnector(...told);
        return {
            ...connector,
            connect(socket) {
                if (isOver) return Promise.reject(new Error('too late'));
                sockets.add(socket);
                return connector.connect(socket);
            },
        };
    };
    return {
        credentials: plain,
        destroy() {
            isOver = true;
            for (const socket of sockets) socket.destroy();
        },
    };
}

/** In bytes. */
const largestAnswer = 64 * 1024 * 1024;

/** A message may be empty, and ten thousand containers are a large host. */
const mostMessages = 100_000;

/** The header by which containerd knows the namespace: pkg/namespaces/grpc.go. */
function metadataOf(namespace: string | undefined): Metadata {
    const metadata = new Metadata();
    if (namespace !== undefined) metadata.set('containerd-namespace', namespace);
    return metadata;
}
