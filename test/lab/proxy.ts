import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between us and a real daemon's socket, and spoils what the daemon answers, one connection at a time. */
export interface Proxy {
    /** `unix://…`. */
    readonly endpoint: string;
    /** What is done from now on with the answer to a request for this target; undefined lets it pass. */
    spoil: (target: string) => Fault | undefined;
    /** Connections of clients that are open now, and how many there have been. */
    open(): number;
    accepted(): number;
    close(): void;
}

/** Brings the daemon's answer to the client, or not. */
export type Fault = (daemon: Socket, client: Socket) => void;

export async function startProxy(path: string, socket: string): Promise<Proxy> {
    const clients = new Set<Socket>();
    let accepted = 0;
    const server = createServer((client) => {
        accepted++;
        clients.add(client);
        client.on('error', () => undefined).on('close', () => clients.delete(client));
        let head = '';
        client.on('data', function beginning(chunk) {
            head += chunk.toString('latin1');
            if (!head.includes('\r\n\r\n')) return;
            client.off('data', beginning);
            const daemon = connect(socket, () => daemon.write(Buffer.from(head, 'latin1')));
            daemon.on('error', () => client.destroy());
            client.on('close', () => daemon.destroy());
            const fault = proxy.spoil(head.split(' ', 2)[1] ?? '') ?? pass;
            fault(daemon, client);
        });
    });
    await new Promise<void>((listening) => server.listen(path, listening));
    const proxy: Proxy = {
        endpoint: `unix://${path}`,
        spoil: () => undefined,
        open: () => clients.size,
        accepted: () => accepted,
        close() {
            server.close();
            for (const client of clients) client.destroy();
            rmSync(path, { force: true });
        },
    };
    return proxy;
}

export const pass: Fault = (daemon, client) => void daemon.pipe(client);

/** Takes the request and never answers. */
export const silence: Fault = (daemon) => void daemon.resume();

export const hangUp: Fault = (_daemon, client) => void client.destroy();

/** Passes so many bytes of the answer, headers included, and hangs up. */
export const cutAfter =
    (most: number): Fault =>
    (daemon, client) => {
        let left = most;
        daemon.on('data', (chunk: Buffer) => {
            client.write(chunk.subarray(0, left));
            left -= chunk.length;
            if (left <= 0) client.end();
        });
    };

export const late =
    (milliseconds: number): Fault =>
    (daemon, client) => {
        setTimeout(() => pass(daemon, client), milliseconds);
    };

/** Every byte in a packet of its own. */
export const byteByByte: Fault = (daemon, client) => {
    client.setNoDelay(true);
    daemon.on('data', (chunk: Buffer) => {
        for (const byte of chunk) client.write(Buffer.of(byte));
    });
    daemon.on('end', () => client.end());
};

/** Spoils the body's brackets and quotes, and leaves its length as it was. */
export const garbled: Fault = (daemon, client) => {
    let isBody = false;
    daemon.on('data', (chunk: Buffer) => {
        const text = chunk.toString('latin1');
        const begin = isBody ? 0 : text.indexOf('\r\n\r\n') + 4;
        isBody ||= begin > 3;
        client.write(Buffer.from(text.slice(0, begin) + text.slice(begin).replace(/[[{":]/g, '\xff'), 'latin1'));
    });
    daemon.on('end', () => client.end());
};

export const answerWith =
    (answer: string | Buffer): Fault =>
    (daemon, client) => {
        daemon.resume();
        client.end(answer);
    };

/** An answer of so many megabytes of blanks, which are no error in JSON. */
export const endless =
    (megabytes: number): Fault =>
    (daemon, client) => {
        daemon.resume();
        client.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${megabytes << 20}\r\n\r\n`);
        const blanks = Buffer.alloc(1 << 20, ' ');
        let left = megabytes;
        const pour = (): void => {
            while (left > 0 && !client.destroyed) {
                left--;
                if (!client.write(blanks)) return void client.once('drain', pour);
            }
        };
        pour();
    };

/** Half open: the answer begins, and from then on nothing comes, not even an end. */
export const deaf: Fault = (daemon, client) => {
    daemon.once('data', (chunk: Buffer) => {
        client.write(chunk.subarray(0, chunk.indexOf('\r\n\r\n') + 4));
        daemon.resume();
    });
};
