/** Where a daemon listens, taken apart. */
export type Address = SocketAddress | TcpAddress;

export interface SocketAddress {
    readonly kind: 'socket';
    /** Path of a unix socket, or of a named pipe on Windows. */
    readonly path: string;
}

export interface TcpAddress {
    readonly kind: 'tcp';
    readonly host: string;
    readonly port: number;
    /** Empty, or a path such as `/docker` where a proxy keeps the API below one. */
    readonly pathPrefix: string;
    /** Set where the connection is to be TLS. */
    readonly tls?: Tls;
}

/** Paths of PEM files, read anew for each connection: certificates are renewed while a window stays open. */
export interface Tls {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    /** Whether the daemon must prove who it is. */
    readonly verify: boolean;
}

export type ParsedAddress =
    | { readonly ok: true; readonly address: Address }
    | {
          readonly ok: false;
          readonly reason: 'malformed' | 'unsupported';
          readonly detail: string;
          readonly help: string;
      };

export const defaultSocket = '/var/run/docker.sock';
export const defaultPipe = '//./pipe/docker_engine';

/** sun_path of unix(7) has 108 bytes, the last of them NUL. A longer path would be cut by some systems, silently. */
const longestSocketPath = 107;

/** Takes what people write after `docker -H`: unix://, tcp://, npipe://, ssh://, a socket's path, or host:port. */
export function parseAddress(text: string, tls?: Tls): ParsedAddress {
    const written = text.trim();
    if (written.startsWith('/')) {
        return parseSocketPath(written);
    }
    const [, scheme, rest] = /^([a-z+]+):\/\/(.*)$/is.exec(written) ?? [];
    switch (scheme?.toLowerCase()) {
        case 'unix':
            return parseSocketPath(rest || defaultSocket);
        case 'npipe':
            return parsePipe(written, rest || defaultPipe);
        case 'tcp':
            return parseTcp(written, rest ?? '', tls);
        case 'ssh':
            return {
                ok: false,
                reason: 'unsupported',
                detail: `${written} is reached through ssh, which is not built in`,
                help: `Open that machine with Remote-SSH, or forward its socket (ssh -nNT -L /tmp/docker.sock:${defaultSocket} …) and choose unix:///tmp/docker.sock`,
            };
        case undefined:
            return /^[\w.-]+:\d+$/.test(written) ? parseTcp(`tcp://${written}`, written, tls) : malformed(written);
        default:
            return malformed(written);
    }
}

function parseSocketPath(path: string): ParsedAddress {
    if (!path.startsWith('/') || path.includes('\0')) {
        return malformed(`unix://${path}`);
    }
    const bytes = Buffer.byteLength(path);
    if (bytes > longestSocketPath) {
        return {
            ok: false,
            reason: 'unsupported',
            detail: `the socket's path has ${bytes} bytes, and a unix socket's path at most ${longestSocketPath}: ${path}`,
            help: 'Make a short symbolic link to its folder, and choose the path through that link',
        };
    }
    return { ok: true, address: { kind: 'socket', path } };
}

/** `//./pipe/NAME`, the form in which Windows knows the pipes of this machine. */
function parsePipe(written: string, path: string): ParsedAddress {
    return /^\/\/\.\/pipe\/[^\0]+$/.test(path) ? { ok: true, address: { kind: 'socket', path } } : malformed(written);
}

function parseTcp(written: string, rest: string, tls: Tls | undefined): ParsedAddress {
    // The scheme is http here because URL takes hosts apart, brackets of IPv6 included, only in schemes that it knows.
    const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
    if (!url?.hostname || url.username || url.password || url.search || url.hash) {
        return malformed(written);
    }
    return {
        ok: true,
        address: {
            kind: 'tcp',
            host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
            // URL leaves out port 80, being http's own.
            port: url.port ? Number(url.port) : /:80(\/|$)/.test(rest) ? 80 : tls ? 2376 : 2375,
            pathPrefix: url.pathname.replace(/\/+$/, ''),
            ...(tls && { tls }),
        },
    };
}

function malformed(written: string): ParsedAddress {
    return {
        ok: false,
        reason: 'malformed',
        detail: written
            ? `${written} is not the address of a Docker daemon`
            : 'the address of the Docker daemon is empty',
        help: 'Write unix:///path/to/docker.sock or tcp://host:port',
    };
}

/** The one spelling of an address: it is shown, and it names the engine in the topology. */
export function endpointOf(address: Address): string {
    if (address.kind === 'tcp') {
        const host = address.host.includes(':') ? `[${address.host}]` : address.host;
        return `tcp://${host}:${address.port}${address.pathPrefix}`;
    }
    return address.path.startsWith('//./') ? `npipe://${address.path}` : `unix://${address.path}`;
}
