import type { Gap } from '../model/gap';
import type { Snapshot } from '../model/snapshot';
import { type Daemon, endpointOf } from './daemons';
import { Draft } from './draft';
import { findFindings, findingsByNode } from './findings/findings';
import { interpret } from './interpretation';
import { placeContainers } from './place-containers';
import { placeContainerds, placeEngines, placeShims } from './place-daemons';
import { placeHelpers, placeMembers, placeProxies } from './place-processes';
import type { Topology } from './topology';

/**
 * Reconstructs the hierarchy in ownership order: engine → containerd → shim → container → process.
 *
 * Pure: the same snapshot gives the same topology, in whatever order its processes and engines come. The topology of
 * the look before only tells which findings have lasted since then.
 */
export function buildTopology(snapshot: Snapshot, previous?: Topology): Topology {
    const known = interpret(snapshot);
    const draft = new Draft();
    placeEngines(draft, known);
    placeContainerds(draft, known);
    placeShims(draft, known);
    const firsts = placeContainers(draft, known);
    placeMembers(draft, known, firsts);
    placeProxies(draft, known);
    placeHelpers(draft, known);
    const { nodes, roots } = draft.finish();
    const { findings, sightings } = findFindings({ known, nodes }, previous);
    return {
        snapshot,
        order: 'ownership',
        nodes,
        roots,
        findings,
        findingsAt: findingsByNode(findings),
        sightings,
        gaps: gapsOf(snapshot, known.daemons),
    };
}

function gapsOf(snapshot: Snapshot, daemons: readonly Daemon[]): readonly Gap[] {
    const problems = snapshot.engines.flatMap(({ problem }) => problem ?? []);
    // Where no process was seen at all, that is what has to be said.
    const halves = snapshot.processes.length === 0 ? [] : daemons.flatMap((daemon) => halfMissing(daemon) ?? []);
    // That only root may ask containerd is as it should be: the hovers say it, and nobody is told to change it.
    const silent = (snapshot.containerds ?? []).flatMap(({ problem }) => problem ?? []);
    return [...snapshot.gaps, ...problems, ...silent.filter(({ reason }) => reason !== 'forbidden'), ...halves];
}

function halfMissing({ process, engine, inside }: Daemon): Gap | undefined {
    if (process && !engine) {
        return {
            source: `dockerd ${String(process.pid)}`,
            reason: 'unreachable',
            detail: inside
                ? 'it runs inside a container, and its API was not asked'
                : 'its API was not asked: names and images of its containers are unknown',
            help: inside
                ? 'Ask it from inside: docker exec … docker ps'
                : `Add ${endpointOf(process)} to the endpoints.`,
        };
    }
    if (engine && !process && !engine.problem) {
        return {
            source: `docker ${engine.endpoint ?? engine.foundBy}`,
            reason: 'unsupported',
            detail: 'its daemon is not among the processes seen here',
            help: 'It may run in a VM, on another host, or where this user may not look: open this window there to see its processes.',
        };
    }
    return undefined;
}
