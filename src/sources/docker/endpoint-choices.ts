import { access, constants } from 'node:fs/promises';
import type { EndpointChoice } from '../../model/endpoint-choice';
import { endpointOf, parseAddress, withoutUserinfo } from './address';
import { listContexts } from './context';
import { defaultAddress, dockerFolder, type Surroundings } from './endpoint';
import { isThere, knownSockets } from './known-sockets';

/**
 * What a person can choose from: docker's contexts, and the sockets that are there. Nothing is connected to, for that
 * may start a daemon.
 */
export async function listEndpointChoices(surroundings: Surroundings = {}): Promise<readonly EndpointChoice[]> {
    const [contexts, sockets] = await Promise.all([contextChoices(surroundings), socketChoices(surroundings)]);
    return [...contexts, ...sockets];
}

async function contextChoices(surroundings: Surroundings): Promise<readonly EndpointChoice[]> {
    const contexts = await listContexts(dockerFolder(surroundings));
    return contexts.map(({ name, host }) => {
        const parsed = parseAddress(host || endpointOf(defaultAddress(surroundings)));
        return {
            setting: `context://${name}`,
            endpoint: parsed.ok ? endpointOf(parsed.address) : withoutUserinfo(host),
            foundBy: `the docker context "${name}"`,
        };
    });
}

async function socketChoices(surroundings: Surroundings): Promise<readonly EndpointChoice[]> {
    const known = [
        { path: defaultAddress(surroundings).path, product: 'the default socket' },
        ...knownSockets(surroundings).map(({ path, product }) => ({ path, product: `the socket of ${product}` })),
    ];
    const choices = await Promise.all(
        known.map(async ({ path, product }): Promise<readonly EndpointChoice[]> => {
            if (!(await isThere(path))) return [];
            const endpoint = endpointOf({ kind: 'socket', path });
            return [{ setting: endpoint, endpoint, foundBy: product, isPermitted: await mayUse(path) }];
        }),
    );
    return choices.flat();
}

/** connect(2) wants the right to write to the socket's file. */
function mayUse(path: string): Promise<boolean> {
    return access(path, constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
    );
}
