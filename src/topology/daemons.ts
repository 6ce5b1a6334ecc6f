import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import { type Address, address, addressesServedBy, defaultContainerdSocket } from './addresses';
import { claimOf } from './claims';
import { baseName, optionValue, optionValues, socketPath } from './command-line';
import type { Membership } from './membership';
import { childrenOf, isOutermost, mayStartOneAnother, parentOf, type ProcessTable } from './process-table';
import type { HeldShim, RunningContainer } from './running-containers';
import type { Evidence } from './topology';

/** A dockerd with what is known of each of its halves: the process, the API, or both. */
export interface Daemon {
    readonly process?: Process;
    readonly engine?: Engine;
    /** Why the process is a dockerd, and why both halves are the same one. */
    readonly evidence: readonly Evidence[];
    /** The container that it runs in (Docker in Docker). */
    readonly inside?: RunningContainer;
    /** Where it finds its containerd, and how that is known. */
    readonly containerd?: Address;
    /** Where its process is not seen: one of its containers' shims, which is its user's and in its pid namespace. */
    readonly shim?: Process;
}

export interface Containerd {
    readonly process: Process;
    readonly evidence: readonly Evidence[];
    readonly inside?: RunningContainer;
    readonly addresses: readonly Address[];
}

/** What is known when daemons are looked for. */
interface Known {
    readonly table: ProcessTable;
    readonly claimants: readonly Process[];
    readonly shims: readonly HeldShim[];
    readonly membership: Membership;
}

export function findContainerds(known: Known): readonly Containerd[] {
    return known.claimants.flatMap((process) => {
        const claim = claimOf(process);
        if (claim?.role !== 'containerd') return [];
        const inside = known.membership.of(process)?.container;
        const addresses = addressesServedBy(known.table, process);
        const proof = socketProof(process) ?? shimProof(known, process, addresses, inside);
        // Inside a container, or under another executable's name, its own word is not enough.
        if (!proof && (inside || claim.contradicted)) return [];
        return [{ process, inside, addresses, evidence: proof ? [claim.evidence, proof] : [claim.evidence] }];
    });
}

export function findDaemons(
    known: Known,
    containerds: readonly Containerd[],
    engines: readonly Engine[],
): readonly Daemon[] {
    const daemons = known.claimants.flatMap((process) => daemonOf(known, containerds, process) ?? []);
    const halves = new Map<Daemon, { readonly engine: Engine; readonly evidence: Evidence }>();
    const take = (engine: Engine, find: (daemon: Daemon) => Evidence | undefined): boolean => {
        const found = daemons.flatMap((daemon) => {
            const evidence = halves.has(daemon) ? undefined : find(daemon);
            return evidence ? [{ daemon, evidence }] : [];
        });
        // Two daemons that would both do are no answer.
        const [only] = found;
        if (!only || found.length > 1) return false;
        halves.set(only.daemon, { engine, evidence: only.evidence });
        return true;
    };
    // The strongest evidence first for every engine, so that a weak match never takes another engine's process.
    const usedByContainers = addressesOfContainers(known);
    const ways = [
        listensHere,
        listensAt,
        runsItsContainers(known.table, usedByContainers),
        isToldToListenAt,
        standsForAnUnnamedList,
    ];
    // Podman's service is no dockerd, though it may answer at dockerd's own socket.
    const podmans = engines.filter(({ product }) => product === 'podman');
    let alone = engines.filter((engine) => !podmans.includes(engine));
    for (const way of ways) alone = alone.filter((engine) => !take(engine, (daemon) => way(daemon, engine)));

    const whole = daemons.map((daemon) => {
        const half = halves.get(daemon);
        if (!half) return daemon;
        const { engine, evidence } = half;
        return {
            ...daemon,
            engine,
            evidence: [...daemon.evidence, evidence],
            containerd: containerdToldBy(engine) ?? shownBy(daemon, usedByContainers(engine)) ?? daemon.containerd,
        };
    });
    // An endpoint that never answered, and that no process serves, is no engine: the gap says that it was asked.
    const heardOf = [...alone, ...podmans].filter(({ problem, listedAt }) => !problem || listedAt !== undefined);
    const halfKnown = heardOf.map((engine) => {
        // What it tells may be a path in a VM or on another host; what its containers' shims use is here.
        const used = usedByContainers(engine);
        return { engine, evidence: [], inside: used?.inside, containerd: used?.address, shim: used?.shim };
    });
    return [...whole, ...halfKnown];
}

function daemonOf(known: Known, containerds: readonly Containerd[], process: Process): Daemon | undefined {
    const claim = claimOf(process);
    if (claim?.role !== 'dockerd') return undefined;
    // A dockerd that was started by a dockerd is a helper between fork and exec, still wearing its parent's argv.
    const parent = parentOf(known.table, process);
    if (parent && claimOf(parent)?.role === 'dockerd') return undefined;
    const inside = known.membership.of(process)?.container;
    const containerd = containerdUsedBy(known.table, containerds, process, inside);
    const proof = socketProof(process) ?? (containerd && shimProof(known, process, [containerd], inside));
    if (!proof && (inside || claim.contradicted)) return undefined;
    return { process, inside, containerd, evidence: proof ? [claim.evidence, proof] : [claim.evidence] };
}

/** Where a dockerd finds its containerd: --containerd, else one that it started, else the system's. */
function containerdUsedBy(
    table: ProcessTable,
    containerds: readonly Containerd[],
    process: Process,
    inside: RunningContainer | undefined,
): Address | undefined {
    const told = optionValue(process.argv ?? [], 'containerd');
    if (told !== undefined) return address(told, 'argv', `dockerd's --containerd ${told}`);
    const children = new Set(childrenOf(table, process));
    const own = containerds.find((one) => children.has(one.process));
    const first = own?.addresses[0];
    if (own && first)
        return address(first.path, 'ppid', `dockerd started ${String(own.process.pid)}, which serves there`);
    const system = containerds.find((one) => {
        if (one.inside !== inside || !serves(one, defaultContainerdSocket)) return false;
        return mayStartOneAnother(table, one.process, process);
    });
    if (!system) return undefined;
    const detail = 'dockerd names no other, and this one serves at the default address';
    return { ...address(defaultContainerdSocket, 'argv', detail), isAssumed: true };
}

/** daemon.json may name a containerd that argv does not: what the shims of a daemon's containers use is better known. */
function shownBy({ containerd, inside }: Daemon, used: UsedAddress | undefined): Address | undefined {
    const isOpen = containerd === undefined || (containerd.isAssumed && used?.inside === inside);
    return isOpen ? used?.address : undefined;
}

function containerdToldBy(engine: Engine): Address | undefined {
    const told = engine.containerdAddress;
    return told === undefined ? undefined : address(told, 'docker', `GET /info says ${told}`);
}

/** A system container's daemon (LXC) may have a socket of the same path, in another mount namespace. */
function listensHere(daemon: Daemon, engine: Engine): Evidence | undefined {
    return daemon.process && isOutermost(daemon.process) ? listensAt(daemon, engine) : undefined;
}

function listensAt(daemon: Daemon, engine: Engine): Evidence | undefined {
    const path = engine.endpoint?.startsWith('unix://') ? socketPath(engine.endpoint) : undefined;
    // A nested daemon's socket has the same path in another mount namespace: it is not the one that we asked.
    if (path === undefined || daemon.inside) return undefined;
    const listening = daemon.process?.listens?.some((one) => socketPath(one) === path);
    return listening
        ? { source: 'socket', detail: `process ${String(daemon.process?.pid)} listens on ${path}` }
        : undefined;
}

function isToldToListenAt(daemon: Daemon, engine: Engine): Evidence | undefined {
    if (!engine.endpoint || !daemon.process || daemon.inside) return undefined;
    // The kernel's word on unix sockets is better; on ports it is not asked.
    if (daemon.process.listens && !engine.endpoint.startsWith('tcp://')) return undefined;
    const hosts = optionValues(daemon.process.argv ?? [], ['H', 'host']);
    // Without -H, and for the socket that systemd hands over (fd://), it is the default one.
    const isDefault = hosts.length === 0 || hosts.some((host) => host.startsWith('fd://'));
    const path = socketPath(engine.endpoint);
    if (hosts.some((host) => socketPath(host) === path))
        return { source: 'argv', detail: `dockerd's -H ${engine.endpoint}` };
    if (listensOnPort(hosts, engine.endpoint))
        return { source: 'argv', detail: `dockerd is told to listen on the port of ${engine.endpoint}` };
    if (isDefault && path === socketPath(defaultSocketOf(daemon.process)) && isOutermost(daemon.process))
        return { source: 'argv', detail: 'dockerd names no other socket: the default' };
    return undefined;
}

/** An ordinary user's dockerd is rootless: its default is in XDG_RUNTIME_DIR, which systemd makes (pam_systemd(8)). */
function defaultSocketOf({ uid = 0 }: Process): string {
    return uid === 0 ? '/var/run/docker.sock' : `/run/user/${String(uid)}/docker.sock`;
}

/** `-H tcp://0.0.0.0:2375` serves `tcp://127.0.0.1:2375`: only an address of this machine's own can be meant. */
function listensOnPort(hosts: readonly string[], endpoint: string): boolean {
    const [, port] = /^tcp:\/\/(?:localhost|127\.[\d.]+|\[::1\]):(\d+)$/.exec(endpoint) ?? [];
    return port !== undefined && hosts.some((host) => host.startsWith('tcp://') && host.endsWith(`:${port}`));
}

/** The daemon whose containerd holds the shims of the containers that the engine lists, nested or not. */
function runsItsContainers(table: ProcessTable, usedByContainers: (engine: Engine) => UsedAddress | undefined) {
    return (daemon: Daemon, engine: Engine): Evidence | undefined => {
        const used = usedByContainers(engine);
        if (!used || used.inside !== daemon.inside || used.address.path !== daemon.containerd?.path) return undefined;
        const isElsewhere = daemon.process && !mayStartOneAnother(table, used.shim, daemon.process);
        return isElsewhere ? undefined : used.address.evidence;
    };
}

/** A list that came without the name of its daemon is of the only one; where there are two, nobody knows. */
function standsForAnUnnamedList(daemon: Daemon, engine: Engine): Evidence | undefined {
    if (engine.endpoint !== undefined || daemon.inside) return undefined;
    return { source: 'docker', detail: `the list (${engine.foundBy}) names no daemon, and this is the only one` };
}

interface UsedAddress {
    readonly address: Address;
    /** One of the shims that report there. */
    readonly shim: Process;
    readonly inside: RunningContainer | undefined;
}

/** The containerd to which the shims of an engine's containers report, where they all name the same. */
function addressesOfContainers({ shims, membership }: Known): (engine: Engine) => UsedAddress | undefined {
    const shimById = new Map(shims.map((held) => [held.shim.id, held]));
    return (engine) => {
        const found: UsedAddress[] = [];
        for (const { id } of engine.containers) {
            const held = shimById.get(id);
            if (held?.shim.address === undefined) continue;
            const path = socketPath(held.shim.address);
            const inside = membership.of(held.process)?.container;
            if (found.some((one) => one.inside === inside && one.address.path === path)) continue;
            found.push({
                inside,
                shim: held.process,
                address: address(path, 'docker', `it lists containers whose shims report to ${path}`),
            });
        }
        return found.length === 1 ? found[0] : undefined;
    };
}

/** Where a dockerd answers, by its -H; without one, and behind systemd's fd://, at the socket that it is known for. */
export function endpointOf(process: Process): string {
    const { argv = [], listens = [] } = process;
    const told = optionValues(argv, ['H', 'host']).find((host) => !host.startsWith('fd://'));
    return told ?? `unix://${listens.find((path) => baseName(path) === 'docker.sock') ?? defaultSocketOf(process)}`;
}

function socketProof(process: Process): Evidence | undefined {
    const listens = process.listens?.find((path) => path.endsWith('.sock')) ?? process.listens?.[0];
    if (listens === undefined || process.exe === undefined || claimOf(process)?.contradicted !== false)
        return undefined;
    return { source: 'socket', detail: `${baseName(process.exe)} ${String(process.pid)} listens on ${listens}` };
}

/** A shim that stands in the same container and reports to one of these addresses. */
function shimProof(
    known: Known,
    process: Process,
    addresses: readonly Address[],
    inside: RunningContainer | undefined,
): Evidence | undefined {
    const shim = known.shims.find((one) => {
        const used = one.shim.address;
        if (used === undefined || known.membership.of(one.process)?.container !== inside) return false;
        if (!mayStartOneAnother(known.table, one.process, process)) return false;
        return addresses.some(({ path }) => path === socketPath(used));
    });
    return (
        shim && { source: 'argv', detail: `shim ${String(shim.process.pid)} reports to ${String(shim.shim.address)}` }
    );
}

/** Whether a daemon may have started a process, or been started by it, as far as users and pid namespaces tell. */
export function mayBelongTo(table: ProcessTable, { process, shim }: Daemon, other: Process): boolean {
    const own = process ?? shim;
    return !own || mayStartOneAnother(table, own, other);
}

export function serves(containerd: Containerd, path: string): boolean {
    return containerd.addresses.some((one) => one.path === path);
}

/** The containerd at the address of a shim, among those that may have started it; where two might have, nobody knows. */
export function containerdAt(...where: Parameters<typeof containerdsAt>): Containerd | undefined {
    const candidates = containerdsAt(...where);
    const listening = candidates.filter(({ process }) => process.listens);
    const likely = listening.length > 0 ? listening : candidates;
    return likely.length === 1 ? likely[0] : undefined;
}

/** Those that serve at the address of a shim, and may have started it. */
export function containerdsAt(
    table: ProcessTable,
    containerds: readonly Containerd[],
    path: string,
    shim: Process,
    inside: RunningContainer | undefined,
): readonly Containerd[] {
    return containerds
        .filter((one) => one.inside === inside && serves(one, path))
        .filter((one) => mayStartOneAnother(table, one.process, shim));
}
