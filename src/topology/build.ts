import type { Engine } from '../model/engine';
import type { Gap } from '../model/gap';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import { type Daemon, endpointOf } from './daemons';
import { Draft } from './draft';
import { isStartedBySocket } from './dockerds-to-ask';
import { findFindings, findingsByNode } from './findings/findings';
import { type Interpretation, interpret } from './interpretation';
import { placeContainers } from './place-containers';
import { placeContainerds, placeEngines, placeShims } from './place-daemons';
import { placeHelpers, placeMembers, placeProxies } from './place-processes';
import { placeUnseenContainers } from './place-unseen-containers';
import { isOutermost } from './process-table';
import type { Topology } from './topology';

/**
 * Reconstructs the hierarchy in ownership order: engine → containerd → shim → container → process.
 *
 * Pure: the same snapshot gives the same topology, in whatever order its processes and engines come. The topology of
 * the look before only tells what has lasted since then: findings, and which processes lived.
 */
export function buildTopology(snapshot: Snapshot, previous?: Topology): Topology {
    const known = interpret(snapshot);
    const draft = new Draft();
    placeEngines(draft, known);
    placeContainerds(draft, known);
    placeShims(draft, known);
    const firsts = placeContainers(draft, known, previous);
    placeUnseenContainers(draft, known);
    placeMembers(draft, known, firsts);
    placeProxies(draft, known);
    placeHelpers(draft, known);
    const { nodes, roots } = draft.finish();
    const { findings, sightings, unjudged } = findFindings(known, nodes, previous);
    return {
        snapshot,
        order: 'ownership',
        nodes,
        allNodes: nodes,
        roots,
        findings,
        findingsAt: findingsByNode(findings),
        unjudged,
        sightings,
        gaps: gapsOf(known),
    };
}

function gapsOf(known: Interpretation): readonly Gap[] {
    const { snapshot, daemons } = known;
    const understood = new Map(daemons.map(({ engine }) => [engine?.endpoint, engine]));
    const problems = snapshot.engines.flatMap((engine) => (understood.get(engine.endpoint) ?? engine).problem ?? []);
    // Where no process was seen at all, that is what has to be said.
    const halves = snapshot.processes.length === 0 ? [] : daemons.flatMap((daemon) => halfMissing(known, daemon) ?? []);
    // That only root may ask containerd is as it should be: the hovers say it, and nobody is told to change it.
    const silent = (snapshot.containerds ?? []).flatMap(({ problem }) => problem ?? []);
    return [...snapshot.gaps, ...problems, ...silent.filter(({ reason }) => reason !== 'forbidden'), ...halves];
}

function halfMissing(known: Interpretation, daemon: Daemon): Gap | undefined {
    const { process, engine } = daemon;
    if (process && !engine) {
        return { source: `dockerd ${String(process.pid)}`, reason: 'unreachable', ...whyNotAsked(process, daemon) };
    }
    // Podman has no daemon that could be missing.
    if (engine && !process && !engine.problem && engine.product !== 'podman') {
        const source = `docker ${engine.endpoint ?? engine.foundBy}`;
        return { source, reason: 'unsupported', ...whyNotSeen(known, engine) };
    }
    return undefined;
}

function whyNotAsked(process: Process, { inside }: Daemon): Pick<Gap, 'detail' | 'help'> {
    if (inside) {
        return {
            detail: 'it runs inside a container, and its API was not asked',
            help: 'Ask it from inside: docker exec … docker ps',
        };
    }
    if (!isOutermost(process)) {
        return {
            detail: 'it runs in a pid namespace of its own, as in a system container (LXC, systemd-nspawn), and its API was not asked',
            help: 'Open this window inside that system container, where its socket and its pids are what they are called',
        };
    }
    const why = isStartedBySocket(process)
        ? ', for its socket is systemd’s, which would start it again after its end'
        : '';
    return {
        detail: `its API was not asked${why}: names and images of its containers are unknown`,
        help: `Choose ${endpointOf(process)} as an endpoint, or add it to those that are chosen.`,
    };
}

function whyNotSeen({ snapshot, isInnerView }: Interpretation, { endpoint }: Engine): Pick<Gap, 'detail' | 'help'> {
    const isLocal = endpoint?.startsWith('unix://') ?? false;
    if (isLocal && isInnerView) {
        return {
            detail: 'its daemon is outside of the pid namespace that /proc shows here: only the processes of this container are seen, and the pids that Docker tells are numbers of another /proc',
            help: "Open this window on the Docker host; or start this container with --pid=host; or mount the host's /proc into it (-v /proc:/host/proc:ro) and set dockerRuntime.procRoot to /host/proc.",
        };
    }
    if (isLocal && snapshot.host.hidesProcesses) {
        return {
            detail: 'its daemon is not among the processes that this user may see',
            help: 'Run as root, or join the group that the gid= option of the mount of /proc names.',
        };
    }
    return {
        detail: 'its daemon is not among the processes seen here',
        help: 'It may run in a VM, on another host, or where this user may not look: open this window there to see its processes.',
    };
}
