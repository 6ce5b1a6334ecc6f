import { optionValue } from '../command-line';
import type { Daemon } from '../daemons';
import { allHeardAt } from '../interpretation';
import { isNewsTo, isStarting } from '../start-time';
import type { ProcessNode } from '../topology';
import { listingsOf, type Look, type Rule, type Sighting } from './rule';

/** It holds a port of the host for an address that no container has: connections to it lead nowhere, or to a stranger. */
const proxyWithoutContainer: Rule = {
    code: 'proxy-without-container',
    severity: 'warning',
    isTransient: true,
    find: (look) => {
        const orphans = orphansIn(look);
        return orphans.filter(({ taker }) => !taker).map(sightingOf);
    },
};

/**
 * The same port is published by a container that has a docker-proxy of its own. While one holds a port, the kernel
 * refuses it to the other (EADDRINUSE, bind(2)), and dockerd does not start the container: so this tells of a proxy that
 * goes on without its port.
 */
const proxyPortTaken: Rule = {
    code: 'proxy-port-taken',
    severity: 'warning',
    isTransient: true,
    find: (look) =>
        orphansIn(look).flatMap((orphan): readonly Sighting[] => {
            const { taker } = orphan;
            if (!taker) return [];
            const detail = `docker-proxy ${String(taker.node.process.pid)} publishes the same port for ${taker.address}`;
            const sighting = sightingOf(orphan);
            return [
                {
                    ...sighting,
                    others: [taker.node.id],
                    evidence: [...sighting.evidence, { source: 'argv', detail }],
                },
            ];
        }),
};

export const proxyRules: readonly Rule[] = [proxyWithoutContainer, proxyPortTaken];

interface Proxy {
    readonly node: ProcessNode;
    /** Where it leads. */
    readonly address: string;
    /** `tcp 0.0.0.0:8080` */
    readonly port: string;
}

interface Orphan extends Proxy {
    /** Another proxy on the same port of the host whose container is known. */
    readonly taker: Proxy | undefined;
    /** See Sighting. */
    readonly askedAt: readonly number[];
}

function proxiesIn(look: Look): readonly Proxy[] {
    return look.processes.flatMap((node): readonly Proxy[] => {
        if (node.role !== 'docker-proxy') return [];
        const argv = node.process.argv ?? [];
        const told = (option: string) => optionValue(argv, option) ?? '';
        const address = told('container-ip');
        const port = `${told('proto')} ${told('host-ip')}:${told('host-port')}`;
        // The list tells one address for each network: of a container with both kinds, the IPv4 one.
        return address === '' || address.includes(':') ? [] : [{ node, address, port }];
    });
}

/** Only where every engine that may have started it was heard is an address that none of them lists nobody's. */
function orphansIn(look: Look): readonly Orphan[] {
    const { snapshot } = look.known;
    const containers = snapshot.engines.flatMap((engine) => engine.containers);
    const addresses = new Set(containers.flatMap(({ networks }) => networks.map(({ ipAddress }) => ipAddress)));
    const published = new Set(containers.flatMap(({ ports }) => ports.map(({ hostPort }) => hostPort)));
    const proxies = proxiesIn(look);
    const takers = proxies.filter(({ node }) => node.containerId !== undefined);
    return proxies.flatMap((proxy): readonly Orphan[] => {
        if (proxy.node.containerId !== undefined || addresses.has(proxy.address)) return [];
        const starters = startersOf(look, proxy);
        const listedAt = allHeardAt(starters);
        if (starters.length === 0 || listedAt === undefined) return [];
        // It is started before its container, and a list tells the address only when that runs.
        const { process } = proxy.node;
        if (isStarting(snapshot, process) || isNewsTo(listedAt, snapshot, process)) return [];
        const taker = takers.find((one) => one.port === proxy.port && shareTheirPorts(one, proxy));
        // Swarm reaches a container at an address of a network that its list does not name.
        const askedAt = listingsOf(starters.map(({ engine }) => engine));
        return taker || !published.has(hostPortOf(proxy)) ? [{ ...proxy, taker, askedAt }] : [];
    });
}

/** The dockerd whose child it is, else each that may be: its containers' addresses are of one network namespace. */
function startersOf({ known }: Look, { node }: Proxy): readonly Daemon[] {
    const starter = known.daemons.find(({ process }) => process?.pid === node.process.ppid);
    if (starter) return [starter];
    const network = node.process.namespaces?.net;
    return known.daemons.filter(({ process }) => {
        const its = process?.namespaces?.net;
        return its === undefined || network === undefined || its === network;
    });
}

/** In another network namespace, such as that of a Docker in Docker, the same number is another port. */
function shareTheirPorts(one: Proxy, other: Proxy): boolean {
    return one.node.process.namespaces?.net === other.node.process.namespaces?.net;
}

function hostPortOf({ node }: Proxy): number {
    return Number(optionValue(node.process.argv ?? [], 'host-port'));
}

function sightingOf({ node, address, port, askedAt }: Orphan): Sighting {
    return {
        about: node.id,
        askedAt,
        evidence: [
            { source: 'argv', detail: `it carries ${port} to -container-ip ${address}` },
            { source: 'docker', detail: `no container that is listed has the address ${address}` },
        ],
    };
}
