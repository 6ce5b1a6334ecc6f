/** Where a daemon listens, taken apart. */
export type Address = SocketAddress | TcpAddress | SshAddress;

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

/** A daemon that `docker system dial-stdio` reaches, run on another machine through the system's own ssh program. */
export interface SshAddress {
    readonly kind: 'ssh';
    /** A name, an address, or an alias of ssh's own configuration. */
    readonly host: string;
    /** Where absent, ssh's configuration decides. */
    readonly user?: string;
    readonly port?: number;
    /** The socket on that machine; where absent, its docker client decides. */
    readonly socket?: string;
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
            return parseSsh(written, rest ?? '');
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
const pipePath = /^\/\/\.\/pipe\/[^\0]+$/;

function parsePipe(written: string, path: string): ParsedAddress {
    return pipePath.test(path) ? { ok: true, address: { kind: 'socket', path } } : malformed(written);
}

function parseTcp(written: string, rest: string, tls: Tls | undefined): ParsedAddress {
    // The scheme is http here because URL takes hosts apart, brackets of IPv6 included, only in schemes that it knows.
    const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
    if (!url?.hostname || url.username || url.password || url.search || url.hash) {
        return malformed(written);
    }
    // `user:12/34@host`: a password with a slash, and what stands before it looks like a host and a port.
    if (url.pathname.includes('@')) return malformed(written);
    return {
        ok: true,
        address: {
            kind: 'tcp',
            host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
            // URL leaves out port 80, being http's own.
            port: url.port ? Number(url.port) : /:80(\/|$)/.test(rest) ? 80 : tls ? 2376 : 2375,
            pathPrefix: url.pathname.replace(/(?<!\/)\/+$/, ''),
            ...(tls && { tls }),
        },
    };
}

/**
 * ssh takes what begins with '-' for an option, and hands the command to a shell on the other side: so each part is
 * made of letters, digits and what neither of them gives a meaning.
 */
function parseSsh(written: string, rest: string): ParsedAddress {
    const [, user, name, ipv6, port, socket] =
        /^(?:([\w.][\w.+-]*)@)?(?:([a-z0-9_][\w.-]*)|\[([\da-f:.]+)\])(?::(\d{1,5}))?(\/[\w./@:+-]*)?$/i.exec(rest) ??
        [];
    const host = name ?? ipv6;
    if (host === undefined || Number(port ?? 1) > 65_535 || port === '0') {
        return malformed(written);
    }
    return {
        ok: true,
        address: {
            kind: 'ssh',
            host,
            ...(user && { user }),
            ...(port && { port: Number(port) }),
            ...(socket && socket !== '/' && { socket }),
        },
    };
}

/** The docker context that an endpoint of our settings names, `context://NAME`: its TLS files and changes are followed. */
export function contextNamedBy(text: string): string | undefined {
    return /^context:\/\/(.+)$/s.exec(text.trim())?.[1];
}

function malformed(written: string): ParsedAddress {
    return {
        ok: false,
        reason: 'malformed',
        detail: written
            ? `${withoutUserinfo(written)} is not the address of a Docker daemon`
            : 'the address of the Docker daemon is empty',
        help: 'Write unix:///path/to/docker.sock, tcp://host:port, ssh://user@host or context://NAME',
    };
}

/** An address that can't be used is named, shown and recorded, and people put passwords into addresses. */
export function withoutUserinfo(written: string): string {
    return written.replace(/^([a-z+]+:\/\/)?.*@/is, '$1…@');
}

/** The one spelling of an address: it is shown, and it names the engine in the topology. */
export function endpointOf(address: Address): string {
    if (address.kind === 'socket') {
        return pipePath.test(address.path) ? `npipe://${address.path}` : `unix://${address.path}`;
    }
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    if (address.kind === 'tcp') {
        return `tcp://${host}:${address.port}${address.pathPrefix}`;
    }
    const { user, port, socket = '' } = address;
    return `ssh://${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}${socket}`;
}
