import type { Container } from '../model/container';
import type { Process } from '../model/process';
import { claimOf, isBuildkit } from './claims';
import { optionValue } from './command-line';
import type { Daemon } from './daemons';
import type { Draft, Place } from './draft';
import { roleInContainer } from './first-process';
import type { Interpretation } from './interpretation';
import { engineIdOf } from './place-daemons';
import { childrenOf, parentOf, processNodeId } from './process-table';
import type { RunningContainer } from './running-containers';
import type { Evidence, Role } from './topology';

/** Processes of containers stand under their kernel parent while it is of the same container, else under the container. */
export function placeMembers(
    draft: Draft,
    known: Interpretation,
    firsts: ReadonlyMap<RunningContainer, Process | undefined>,
): void {
    for (const running of known.containers) {
        const listed = known.listings.get(running)?.container;
        for (const process of known.members.get(running) ?? []) {
            if (draft.nodeOf(process) !== undefined) continue;
            const evidence = known.membership.of(process)?.evidence ?? [];
            const parent = parentOf(known.table, process);
            const isFellow = parent !== undefined && known.membership.of(parent)?.container === running;
            const ppid: Evidence = { source: 'ppid', detail: `child of ${String(process.ppid)}` };
            const role = roleInContainer(running, firsts.get(running), listed, process);
            draft.addProcess(
                {
                    process,
                    role,
                    evidence: whyRole(role, process),
                    containerId: running.id,
                    pidInContainer: process.namespacePids?.at(-1),
                },
                isFellow
                    ? {
                          parent: draft.nodeOf(parent) ?? processNodeId(parent),
                          link: { kind: 'spawned', evidence: [ppid, ...evidence] },
                      }
                    : { parent: known.containerIds.get(running) ?? '', link: { kind: 'member', evidence } },
            );
        }
    }
}

/** docker-proxy carries the traffic of one published port: its argv names the container's address and port. */
export function placeProxies(draft: Draft, known: Interpretation): void {
    const byAddress = containersByAddress(known);
    for (const process of known.claimants) {
        const claim = claimOf(process);
        if (claim?.role !== 'docker-proxy' || claim.contradicted || draft.nodeOf(process) !== undefined) continue;
        const parent = parentOf(known.table, process);
        const starter = known.daemons.find((daemon) => parent && daemon.process === parent);
        const served = findServed(byAddress, process, starter);
        const daemon = starter ?? served?.daemon;
        const place: Place | undefined = daemon && {
            parent: engineIdOf(known, daemon),
            link: starter
                ? {
                      kind: 'spawned',
                      evidence: [{ source: 'ppid', detail: `child of dockerd ${String(process.ppid)}` }],
                  }
                : { kind: 'managed', evidence: served?.evidence ?? [] },
        };
        const evidence = [claim.evidence, ...(served?.evidence ?? [])];
        draft.addProcess({ process, role: 'docker-proxy', evidence, containerId: served?.container.id }, place);
    }
}

/** What a daemon itself has started and is nothing else: runc while it runs, plugins, helpers; and what they started. */
export function placeHelpers(draft: Draft, known: Interpretation): void {
    for (const process of known.claimants) {
        const claim = claimOf(process);
        if (draft.nodeOf(process) !== undefined || claim?.contradicted !== false) continue;
        if (isBuildkit(process)) draft.addProcess({ process, role: 'buildkit', evidence: [claim.evidence] });
        if (claim.role === 'rootlesskit') placeRootlesskit(draft, known, process, claim.evidence);
    }
    const pending = known.table.all.filter((process) => draft.nodeOf(process) !== undefined);
    for (let parent = pending.pop(); parent; parent = pending.pop()) {
        const at = draft.nodeOf(parent);
        const kind = at === undefined ? undefined : draft.roleAt(at);
        // Below rootlesskit is all of its daemon's host side, which has its own place.
        if (at === undefined || kind === 'rootlesskit') continue;
        for (const process of childrenOf(known.table, parent)) {
            if (draft.nodeOf(process) !== undefined) continue;
            const claim = claimOf(process);
            const role: Role = claim?.role === 'runc' && !claim.contradicted ? 'runc' : 'child';
            const evidence: Evidence[] = [{ source: 'ppid', detail: `child of ${String(parent.pid)}` }];
            draft.addProcess(
                { process, role, evidence: claim ? [claim.evidence] : evidence },
                { parent: at, link: { kind: 'spawned', evidence } },
            );
            pending.push(process);
        }
    }
}

/** rootlesskit makes the user namespace of a rootless dockerd: it stands beside the daemon's containerd. */
function placeRootlesskit(draft: Draft, known: Interpretation, process: Process, why: Evidence): void {
    const daemon = known.daemons.find((one) => {
        for (let above = one.process; above; above = parentOf(known.table, above)) {
            if (above === process) return true;
        }
        return false;
    });
    if (!daemon) return;
    const evidence: Evidence[] = [{ source: 'ppid', detail: `an ancestor of dockerd ${String(daemon.process?.pid)}` }];
    draft.addProcess(
        { process, role: 'rootlesskit', evidence: [why] },
        { parent: engineIdOf(known, daemon), link: { kind: 'managed', evidence } },
    );
}

interface Addressed {
    readonly daemon: Daemon;
    readonly container: Container;
    /** The name of the network on which it has the address. */
    readonly network: string;
}

function containersByAddress({ daemons }: Interpretation): ReadonlyMap<string, readonly Addressed[]> {
    const index = new Map<string, Addressed[]>();
    for (const daemon of daemons) {
        for (const container of daemon.engine?.containers ?? []) {
            for (const { name, ipAddress } of container.networks) {
                const known = index.get(ipAddress) ?? [];
                if (known.at(-1)?.container !== container) known.push({ daemon, container, network: name });
                index.set(ipAddress, known);
            }
        }
    }
    return index;
}

function findServed(
    byAddress: ReadonlyMap<string, readonly Addressed[]>,
    process: Process,
    starter: Daemon | undefined,
): { readonly daemon: Daemon; readonly container: Container; readonly evidence: readonly Evidence[] } | undefined {
    const argv = process.argv ?? [];
    const ipAddress = optionValue(argv, 'container-ip');
    // Containers without a network of their own are listed with an empty address.
    if (!ipAddress) return undefined;
    const found = (byAddress.get(ipAddress) ?? []).filter(({ daemon }) => !starter || daemon === starter);
    const [only] = found;
    // Two daemons may each have a container at this address.
    if (!only || found.length > 1) return undefined;
    const { daemon, container, network } = only;
    return {
        daemon,
        container,
        evidence: [
            { source: 'argv', detail: `-container-ip ${ipAddress}` },
            {
                source: 'docker',
                detail: `the address of ${container.names[0] ?? container.id} on network ${network}`,
            },
        ],
    };
}

function whyRole(role: Role, process: Process): readonly Evidence[] {
    if (role === 'exec')
        return [
            {
                source: 'ppid',
                detail: `child of the shim ${String(process.ppid)}, leads its own session, younger than the first process`,
            },
        ];
    if (role === 'healthcheck') return [{ source: 'docker', detail: 'its argv is that of Config.Healthcheck.Test' }];
    const claim = role === 'init' || role === 'pause' || role === 'runc' ? claimOf(process) : undefined;
    return claim ? [claim.evidence] : [];
}
