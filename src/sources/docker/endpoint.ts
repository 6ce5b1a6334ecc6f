import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Gap } from '../../model/gap';
import { defaultPipe, defaultSocket, endpointOf, parseAddress, type Address, type Tls } from './address';
import { findTlsFiles, readContext, readCurrentContext } from './context';

/** A daemon to ask, and how we came to it. */
export interface DockerEndpoint {
    /** `unix:///var/run/docker.sock`, `tcp://…`. */
    readonly endpoint: string;
    /** Reads on from "found by": `the setting`, `DOCKER_HOST`, `the default socket` … */
    readonly foundBy: string;
    readonly address: Address;
}

/** What the choice depends on. */
export interface Surroundings {
    /** Endpoints that a person named, in a setting or an option; these alone count when there are any. */
    readonly configured?: readonly string[];
    /** Where they were named, in words, for example `--docker`. */
    readonly configuredBy?: string;
    readonly environment?: Environment;
    readonly home?: string;
    readonly uid?: number;
    readonly platform?: NodeJS.Platform;
    /** For tests: the socket that stands for /var/run/docker.sock. */
    readonly defaultSocket?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ResolvedEndpoints {
    readonly endpoints: readonly DockerEndpoint[];
    /** Choices that cannot be followed. They are shown; nothing else is asked in their place. */
    readonly gaps: readonly Gap[];
}

/**
 * Decides which daemons to ask, in the order that the docker client has: what was named explicitly, DOCKER_HOST,
 * DOCKER_CONTEXT, the current context of config.json, the default socket; and then the sockets where rootless Docker,
 * Docker Desktop and their likes listen. An explicit choice that fails is an error, never a reason to ask another daemon.
 */
export async function resolveEndpoints(surroundings: Surroundings = {}): Promise<ResolvedEndpoints> {
    const environment = surroundings.environment ?? process.env;
    const folder = environment.DOCKER_CONFIG || join(surroundings.home ?? homedir(), '.docker');
    const configured = surroundings.configured ?? [];
    if (configured.length > 0) {
        const tls = await tlsOfEnvironment(environment, folder);
        return distinct(configured.map((text) => choose(text, surroundings.configuredBy ?? 'an explicit choice', tls)));
    }
    if (environment.DOCKER_HOST) {
        const tls = await tlsOfEnvironment(environment, folder);
        return distinct([choose(environment.DOCKER_HOST, 'DOCKER_HOST', tls)]);
    }
    if (environment.DOCKER_CONTEXT) {
        return distinct([await chooseContext(folder, environment.DOCKER_CONTEXT, 'DOCKER_CONTEXT', surroundings)]);
    }
    const current = await readCurrentContext(folder);
    if (current.ok && current.value && current.value !== 'default') {
        return distinct([await chooseContext(folder, current.value, 'the current context', surroundings)]);
    }
    // Like docker itself: a config.json that cannot be read is said, and names nothing that could be asked instead.
    const gaps = current.ok ? [] : [badContext(current.file, current.detail)];
    return { endpoints: [await findSocket(surroundings, environment)], gaps };
}

type Choice = { readonly endpoint: DockerEndpoint } | { readonly gap: Gap };

function choose(text: string, foundBy: string, tls?: Tls): Choice {
    const parsed = parseAddress(text, tls);
    if (parsed.ok) {
        return { endpoint: { endpoint: endpointOf(parsed.address), foundBy, address: parsed.address } };
    }
    const { reason, detail, help } = parsed;
    return { gap: { source: `docker (${foundBy})`, reason, detail, help } };
}

async function chooseContext(
    folder: string,
    name: string,
    chosenBy: string,
    surroundings: Surroundings,
): Promise<Choice> {
    if (name === 'default') {
        return choose(endpointOf(defaultAddress(surroundings)), `${chosenBy} "default"`);
    }
    const context = await readContext(folder, name);
    if (!context.ok) {
        return { gap: badContext(context.file, context.detail, name) };
    }
    const host = context.value.host || endpointOf(defaultAddress(surroundings));
    return choose(host, `${chosenBy} "${name}"`, context.value.tls);
}

function badContext(file: string, detail: string, name?: string): Gap {
    return {
        source: name === undefined ? "docker's configuration" : `docker context "${name}"`,
        reason: 'malformed',
        detail: `${file}: ${detail}`,
        help:
            name === undefined
                ? 'Correct or remove that file; until then the default socket is asked'
                : 'Choose another context with "docker context use NAME", or name an endpoint in the settings',
        remedy: 'context',
    };
}

/** DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH, for tcp:// only; verified only where that is asked for. */
async function tlsOfEnvironment(environment: Environment, configFolder: string): Promise<Tls | undefined> {
    const { DOCKER_TLS_VERIFY: verify, DOCKER_TLS: tls, DOCKER_CERT_PATH: folder } = environment;
    if (!verify && !tls && !folder) {
        return undefined;
    }
    const files = await findTlsFiles(folder || configFolder, Boolean(verify));
    // Named but missing files stay named: connecting then fails with their path, not with a refused handshake.
    return folder && !files.ca && !files.cert ? { ...files, ca: join(folder, 'ca.pem') } : files;
}

/** The first socket that is there; the default one when none is, so that a daemon started later is found. */
async function findSocket(surroundings: Surroundings, environment: Environment): Promise<DockerEndpoint> {
    const fallback = defaultAddress(surroundings);
    const candidates: DockerEndpoint[] = [
        { endpoint: endpointOf(fallback), foundBy: 'the default socket', address: fallback },
        ...knownSockets(surroundings, environment).map((path): DockerEndpoint => {
            const address: Address = { kind: 'socket', path };
            return { endpoint: endpointOf(address), foundBy: `looking where daemons listen (${path})`, address };
        }),
    ];
    for (const candidate of candidates) {
        if (candidate.address.kind === 'socket' && (await isThere(candidate.address.path))) {
            return candidate;
        }
    }
    return candidates[0] as DockerEndpoint;
}

/** Where rootless Docker, Docker Desktop, OrbStack, Rancher Desktop, Colima, Lima, Podman and dev containers listen. */
function knownSockets(
    { home = homedir(), uid = process.getuid?.(), platform = process.platform }: Surroundings,
    { XDG_RUNTIME_DIR: runtimeFolder }: Environment,
): readonly string[] {
    if (platform === 'win32') {
        return ['//./pipe/dockerDesktopLinuxEngine'];
    }
    return [
        ...(runtimeFolder ? [join(runtimeFolder, 'docker.sock')] : []),
        ...(uid === undefined ? [] : [`/run/user/${uid}/docker.sock`]),
        ...[
            '.docker/run/docker.sock',
            '.docker/desktop/docker.sock',
            '.orbstack/run/docker.sock',
            '.rd/docker.sock',
            '.colima/default/docker.sock',
            '.lima/docker/sock/docker.sock',
            '.lima/default/sock/docker.sock',
        ].map((path) => join(home, path)),
        '/run/podman/podman.sock',
        ...(runtimeFolder ? [join(runtimeFolder, 'podman/podman.sock')] : []),
        '/var/run/docker-host.sock',
    ];
}

function defaultAddress({ platform = process.platform, defaultSocket: path }: Surroundings): Address {
    return { kind: 'socket', path: path ?? (platform === 'win32' ? defaultPipe : defaultSocket) };
}

async function isThere(path: string): Promise<boolean> {
    try {
        await stat(path);
        return true;
    } catch (error) {
        // A folder that we may not enter can hold the socket: then its permissions are what has to be said.
        return (error as NodeJS.ErrnoException).code === 'EACCES';
    }
}

/** One entry for each daemon, though it be named twice or through a link. */
async function distinct(choices: readonly Choice[]): Promise<ResolvedEndpoints> {
    const endpoints = new Map<string, DockerEndpoint>();
    const gaps: Gap[] = [];
    for (const choice of choices) {
        if ('gap' in choice) {
            gaps.push(choice.gap);
            continue;
        }
        const { address, endpoint } = choice.endpoint;
        const identity =
            address.kind === 'socket' ? `unix://${await realpath(address.path).catch(() => address.path)}` : endpoint;
        if (!endpoints.has(identity)) {
            endpoints.set(identity, choice.endpoint);
        }
    }
    return { endpoints: [...endpoints.values()], gaps };
}
