import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Gap } from '../../model/gap';
import {
    contextNamedBy,
    defaultPipe,
    defaultSocket,
    endpointOf,
    parseAddress,
    type Address,
    type SocketAddress,
    type Tls,
} from './address';
import { findTlsFiles, readContext, readCurrentContext } from './context';
import { answeringSockets, isThere, knownSockets } from './known-sockets';

/** A daemon to ask, and how we came to it. */
export interface DockerEndpoint {
    /** `unix:///var/run/docker.sock`, `tcp://…`. */
    readonly endpoint: string;
    /** Reads on from "found by": `the setting`, `DOCKER_HOST`, `the default socket` … */
    readonly foundBy: string;
    readonly address: Address;
    /** Equal for two endpoints that lead to one daemon, as a socket and a link to it do. */
    readonly identity: string;
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
    /** A person has said whom to ask: nobody else is asked, though they be found. */
    readonly isExclusive: boolean;
}

/**
 * Decides which daemons to ask. First the one that the docker client would ask, in its order: DOCKER_HOST,
 * DOCKER_CONTEXT, the current context of config.json, the default socket, and then the first socket where rootless
 * Docker, Docker Desktop and their likes listen; the others of those that answer stand beside it. What was named in our
 * own settings stands alone. An explicit choice that fails is an error, never a reason to ask another daemon.
 */
export async function resolveEndpoints(surroundings: Surroundings = {}): Promise<ResolvedEndpoints> {
    const environment = surroundings.environment ?? process.env;
    const folder = dockerFolder(surroundings);
    const configured = surroundings.configured ?? [];
    if (configured.length > 0) {
        const tls = await tlsOfEnvironment(environment, folder);
        const chosenBy = surroundings.configuredBy ?? 'an explicit choice';
        const choices = configured.map((text) => {
            const context = contextNamedBy(text);
            return context === undefined
                ? choose(text, chosenBy, tls)
                : chooseContext(folder, context, `${chosenBy}: the context`, surroundings);
        });
        return { ...(await distinct(await Promise.all(choices))), isExclusive: true };
    }
    const primary = await choosePrimary(surroundings, environment, folder);
    if (primary.some((choice) => 'gap' in choice)) return { ...(await distinct(primary)), isExclusive: true };
    const others = await answeringSockets(surroundings);
    return { ...(await distinct([...primary, ...others.map(choiceOfSocket)])), isExclusive: false };
}

/** The docker client's own folder of settings. */
export function dockerFolder({ environment = process.env, home = homedir() }: Surroundings): string {
    return environment.DOCKER_CONFIG || join(home, '.docker');
}

/** What docker itself would ask, or why it can't; with a config.json that it can't read, it asks the default socket. */
async function choosePrimary(
    surroundings: Surroundings,
    environment: Environment,
    folder: string,
): Promise<readonly Choice[]> {
    if (environment.DOCKER_HOST) {
        return [choose(environment.DOCKER_HOST, 'DOCKER_HOST', await tlsOfEnvironment(environment, folder))];
    }
    if (environment.DOCKER_CONTEXT) {
        return [await chooseContext(folder, environment.DOCKER_CONTEXT, 'DOCKER_CONTEXT', surroundings)];
    }
    const current = await readCurrentContext(folder);
    if (current.ok && current.value && current.value !== 'default') {
        return [await chooseContext(folder, current.value, 'the current context', surroundings)];
    }
    const socket = await findSocket(surroundings);
    return current.ok ? [socket] : [socket, { gap: badContext(current.file, current.detail) }];
}

type Choice = { readonly endpoint: Omit<DockerEndpoint, 'identity'> } | { readonly gap: Gap };

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
async function findSocket(surroundings: Surroundings): Promise<Choice> {
    const address = defaultAddress(surroundings);
    const byDefault: Choice = { endpoint: { endpoint: endpointOf(address), foundBy: 'the default socket', address } };
    if (await isThere(address.path)) return byDefault;
    for (const { path } of knownSockets(surroundings)) {
        if (await isThere(path)) return choiceOfSocket(path);
    }
    return byDefault;
}

function choiceOfSocket(path: string): Choice {
    const address: Address = { kind: 'socket', path };
    return { endpoint: { endpoint: endpointOf(address), foundBy: `looking where daemons listen (${path})`, address } };
}

export function defaultAddress({ platform = process.platform, defaultSocket: path }: Surroundings): SocketAddress {
    return { kind: 'socket', path: path ?? (platform === 'win32' ? defaultPipe : defaultSocket) };
}

/** One entry for each daemon, though it be named twice or through a link. */
async function distinct(choices: readonly Choice[]): Promise<Omit<ResolvedEndpoints, 'isExclusive'>> {
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
            endpoints.set(identity, { ...choice.endpoint, identity });
        }
    }
    return { endpoints: [...endpoints.values()], gaps };
}
