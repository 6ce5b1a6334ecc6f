import { Agent, request } from 'node:http';
import type { Dockerd } from './dockerd';
import { testImage } from './image';

/** Asks an engine directly: starting a docker program for each step would take longer than the step. */
export interface Engine {
    /** The status of the answer, and the answer. */
    call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<{ status: number; answer: unknown }>;
    /** The id of a new container, not started. */
    create(name: string, ...command: readonly string[]): Promise<string>;
    /** How many it holds now, or keeps for the next call. */
    connections(): number;
    close(): void;
}

/** Longer than anything takes that is not stuck. */
const callMilliseconds = 120_000;

export function openEngine({ socket }: Dockerd): Engine {
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const call: Engine['call'] = (method, path, body) =>
        new Promise((resolve, reject) => {
            const headers = { 'Content-Type': 'application/json' };
            const signal = AbortSignal.timeout(callMilliseconds);
            const asked = request({ socketPath: socket, agent, method, path, headers, signal }, (response) => {
                const chunks: Buffer[] = [];
                response.on('data', (chunk: Buffer) => chunks.push(chunk));
                response.on('error', reject);
                response.on('end', () => {
                    const text = Buffer.concat(chunks).toString('utf8');
                    const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
                    resolve({ status: response.statusCode ?? 0, answer: isJson ? JSON.parse(text) : text });
                });
            });
            asked.on('error', (error) => {
                reject(signal.aborted ? new Error(`no answer to ${method} ${path}`) : error);
            });
            asked.end(body && JSON.stringify(body));
        });
    return {
        call,
        async create(name, ...command) {
            const config = { Image: testImage, Cmd: command, HostConfig: { NetworkMode: 'none' } };
            const { status, answer } = await call('POST', `/containers/create?name=${name}`, config);
            if (status !== 201) throw new Error(`no container ${name}: ${JSON.stringify(answer)}`);
            return (answer as { Id: string }).Id;
        },
        connections: () => [agent.sockets, agent.freeSockets].flatMap((held) => Object.values(held).flat()).length,
        close: () => agent.destroy(),
    };
}
