import type { ContainerdStore } from '../model/containerd';
import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import { lineageOf } from '../topology/lineage';
import type { EngineNode, Evidence, ProcessNode, Topology, TopologyNode } from '../topology/topology';
import { containerName, describe } from './describe';
import { findingsSection } from './findings';
import { containerSections } from './hover-container';
import { containerdSection } from './hover-containerd';
import { aboveSection, commonRows, type HoverContext, row, rowFrom } from './hover-rows';
import { age, type Clock, moment } from './moments';
import { visible } from './plain-text';
import { stateWords } from './process-states';
import { purposeOf } from './purposes';
import { nodeWords } from './swarm';

/** What a hover, and `explain` in the terminal, tell of a node. Plain texts: each face escapes for itself. */
export interface Hover {
    readonly title: string;
    /** What this part is for, in one sentence that a learner can use. */
    readonly purpose: string;
    /** In the order in which a person wants them: a container's begin with its shim. */
    readonly sections: readonly HoverSection[];
}

export interface HoverSection {
    readonly title: string;
    readonly rows: readonly HoverRow[];
}

export interface HoverRow {
    readonly label: string;
    readonly value: string;
    /** How it is known: `ppid: child of the shim 561`. */
    readonly evidence: readonly string[];
}

/** `stores` where somebody has counted what a containerd keeps. */
export function hoverOf(
    topology: Topology,
    node: TopologyNode,
    clock: Clock,
    stores?: readonly ContainerdStore[],
): Hover {
    const { label, description } = describe(topology, node);
    const takenAt = Date.parse(topology.snapshot.takenAt);
    const recorded = clock.isRecording ? `recorded ${age(clock.now - takenAt)} ago` : '';
    const [first, ...others] = sectionsOf({ topology, clock, ...(stores && { stores }) }, node);
    return {
        title: [label, description, recorded].filter((part) => part !== '').join(' · '),
        purpose: purposeOf(node),
        sections: [first, findingsSection(topology, node), ...others].filter(({ rows }) => rows.length > 0),
    };
}

/** The lineage on one line, outermost first, as people paste it: `dockerd (19341) → containerd (908) → …`. */
export function lineageLine(topology: Topology, node: TopologyNode): string {
    const parts = [...lineageOf(topology, node.id)].reverse().map((one) => {
        if (one.kind === 'container') return `container ${containerName(one)}`;
        const pid = one.process?.pid;
        return `${describe(topology, one).label}${pid === undefined ? '' : ` (${String(pid)})`}`;
    });
    return parts.join(' → ');
}

function sectionsOf(context: HoverContext, node: TopologyNode): readonly [HoverSection, ...HoverSection[]] {
    switch (node.kind) {
        case 'engine':
            return [
                engineSection(node),
                processSection(context, node.process, node.evidence),
                aboveSection(context, node),
            ];
        case 'container':
            return containerSections(context, node);
        case 'process':
            return [
                roleSection(node),
                ...(node.role === 'containerd' ? [containerdSection(context, node)] : []),
                processSection(context, node.process),
                aboveSection(context, node),
            ];
    }
}

function engineSection({ engine, containerdAddress }: EngineNode): HoverSection {
    const api = engine?.apiVersion === undefined ? '' : ` (API ${engine.apiVersion})`;
    const rows = [
        ...(engine?.endpoint === undefined ? [] : [row('endpoint', visible(engine.endpoint))]),
        ...(engine ? [row('found by', visible(engine.foundBy))] : []),
        ...(engine?.isUnencrypted
            ? [
                  row(
                      'not encrypted',
                      'tcp without TLS: anyone who reaches this port has the rights of its daemon: root’s, unless it is rootless',
                  ),
              ]
            : []),
        ...(engine?.version === undefined ? [] : [row('version', visible(`${engine.version}${api}`))]),
        ...(engine?.dataRoot === undefined ? [] : [row('data root', visible(engine.dataRoot))]),
        ...(engine?.cgroupDriver === undefined ? [] : [row('cgroup driver', visible(engine.cgroupDriver))]),
        ...(engine?.liveRestore === undefined
            ? []
            : [row('live restore', engine.liveRestore ? 'on: containers outlive this daemon' : 'off')]),
        ...(engine?.swarm ? [row('swarm', nodeWords(engine.swarm))] : []),
        ...(containerdAddress === undefined ? [] : [row('containerd', visible(containerdAddress))]),
        ...(engine ? [row('containers', listWords(engine))] : []),
        ...(engine?.problem
            ? [row('problem', visible(engine.problem.detail)), row('what helps', visible(engine.problem.help))]
            : []),
    ];
    return { title: engine?.product === 'podman' ? 'Podman service' : 'Docker engine', rows };
}

/** A list that is old says so. */
function listWords({ containers, problem, listedAt }: Engine): string {
    const count = `${String(containers.length)} listed`;
    return problem && listedAt !== undefined ? `${count}, as of ${moment(listedAt)}` : count;
}

function roleSection({
    role,
    evidence,
    shim,
    addresses,
    containerId,
    process,
    pidInContainer,
}: ProcessNode): HoverSection {
    const rows = [
        row('role', role, evidence),
        ...(addresses ?? []).map((address) => row('serves at', visible(address))),
        ...(containerId === undefined ? [] : [row('container', visible(containerId))]),
        ...(shim?.namespace === undefined ? [] : [row('namespace', visible(shim.namespace))]),
        ...(shim?.address === undefined ? [] : [row('containerd', visible(shim.address))]),
        ...(pidInContainer === undefined
            ? []
            : [rowFrom(`/proc/${String(process.pid)}/status, NSpid`, 'inside', `pid ${String(pidInContainer)}`)]),
    ];
    return { title: 'Role', rows };
}

function processSection(
    context: HoverContext,
    process: Process | undefined,
    evidence: readonly Evidence[] = [],
): HoverSection {
    if (!process) return { title: 'Process', rows: [] };
    const rows = [
        row('pid', String(process.pid), evidence),
        row('state', stateWords(process)),
        // The title tells where they are from.
        ...commonRows(context, process).map(({ label, value }) => row(label, value)),
        row('threads', String(process.threads)),
        ...(process.uid === undefined ? [] : [row('user id', String(process.uid))]),
        ...(process.exe === undefined ? [] : [row('executable', visible(process.exe))]),
        ...(process.cgroups ? [row('cgroup', visible(mostTelling(process)))] : []),
    ];
    return { title: `/proc/${String(process.pid)} says`, rows };
}

/** The unified hierarchy's line, unless another one says more: on hybrid hosts the controllers' lines do. */
function mostTelling(process: Process): string {
    const paths = (process.cgroups ?? []).map(({ path }) => path);
    return paths.reduce((longest, path) => (path.length > longest.length ? path : longest), '');
}
