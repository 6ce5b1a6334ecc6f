import type { Container, PublishedPort } from '../model/container';
import type { Gap } from '../model/gap';
import { isContradiction } from '../topology/first-process';
import { shimAbove, type ShimNode } from '../topology/lineage';
import type { ContainerNode, Evidence, ProcessNode, Topology } from '../topology/topology';
import type { HoverRow, HoverSection } from './hover';
import { aboveSection, commonRows, type HoverContext, processLine, row, rowFrom } from './hover-rows';
import { moment } from './moments';
import { visible } from './plain-text';
import { guestSentences } from './guests';
import { taskRows } from './swarm';
import { imageOf, namesOf } from '../topology/container-names';
import { isSaidToRun } from '../topology/container-state';
import { explainVerdict, productOf } from './verdicts';
import { witnessesOf } from './witnesses';

/** A container's hover: its shim first, for that is what nothing else shows. */
export function containerSections(
    context: HoverContext,
    node: ContainerNode,
): readonly [HoverSection, ...HoverSection[]] {
    const { topology } = context;
    const shim = shimAbove(topology, node);
    const inContainer = processesOf(topology, node);
    const main = inContainer.find(({ process }) => process.pid === node.mainPid);
    const sessions = inContainer.filter(({ role }) => role === 'exec' || role === 'healthcheck');
    return [
        { title: 'Shim parent', rows: shim ? shimRows(context, shim) : [missingShim(context, node)] },
        // Where there is a shim, it has its own section.
        aboveSection(context, shim ?? node),
        { title: 'First process', rows: main ? firstProcessRows(context, node, main) : [] },
        { title: 'Its own processes', rows: guestRows(node) },
        { title: 'Pod', rows: podRows(node) },
        {
            title: 'Exec sessions',
            rows: sessions.map(({ role, process, pidInContainer, evidence }) =>
                row(role === 'exec' ? 'exec' : 'health check', processLine(context, process, pidInContainer), evidence),
            ),
        },
        { title: 'Verdict', rows: [verdictRow(context, node)] },
        dockerSection(node),
    ];
}

function shimRows(context: HoverContext, { process, shim, evidence }: ShimNode): readonly HoverRow[] {
    const told = (label: string, value: string | undefined, option: string): readonly HoverRow[] => {
        return value === undefined ? [] : [row(label, visible(value), [{ source: 'argv', detail: option }])];
    };
    return [
        row('pid', String(process.pid), evidence),
        ...commonRows(context, process),
        ...told('namespace', shim.namespace, '-namespace'),
        ...told('runtime', shim.runtime, shim.version === 'v1' ? '-workdir' : 'the name of the shim'),
        ...told('containerd', shim.address, '-address'),
    ];
}

function missingShim({ topology }: HoverContext, node: ContainerNode): HoverRow {
    const { verdict, mainPid, mainEvidence, link } = node;
    if (verdict === 'shim-gone') {
        const main = topology.snapshot.processes.find(({ pid }) => pid === mainPid);
        const detail = `the first process is now a child of ${String(main?.ppid)}`;
        return row('shim', 'gone', [{ source: 'ppid', detail }]);
    }
    const runs = mainPid !== undefined || isSaidToRun(node);
    // Where no engine lists it either, what shows the container is all there is.
    return row('shim', runs ? 'not seen' : 'none: it does not run', link?.evidence ?? mainEvidence);
}

function firstProcessRows(
    context: HoverContext,
    { mainEvidence }: ContainerNode,
    { process, pidInContainer }: ProcessNode,
): readonly HoverRow[] {
    const onHost = row('on the host', processLine(context, process), mainEvidence);
    if (pidInContainer === undefined) return [onHost];
    return [onHost, rowFrom(`/proc/${String(process.pid)}/status, NSpid`, 'inside', `pid ${String(pidInContainer)}`)];
}

/** Who was heard, in a few words each: their reasons stand in the sections above. */
function verdictRow({ topology }: HoverContext, node: ContainerNode): HoverRow {
    const contradiction = row('', '', node.mainEvidence.filter(isContradiction));
    const evidence = [...witnessesOf(topology, node), ...contradiction.evidence];
    return { label: node.verdict, value: explainVerdict(node), evidence };
}

function guestRows({ guest }: ContainerNode): readonly HoverRow[] {
    return guest ? [row('where', guestSentences[guest.kind], guest.evidence)] : [];
}

function podRows({ pod }: ContainerNode): readonly HoverRow[] {
    if (!pod) return [];
    const told = (label: string, value: string | undefined, evidence: Evidence | undefined): readonly HoverRow[] => {
        return value === undefined ? [] : [row(label, visible(value), evidence && [evidence])];
    };
    return [
        ...told('name', pod.name, pod.evidence.name),
        ...told('namespace', pod.namespace, pod.evidence.name),
        ...told('uid', pod.uid, pod.evidence.uid),
        ...told('class', pod.qualityOfService, pod.evidence.qualityOfService),
        ...told('sandbox', pod.sandbox, pod.evidence.sandbox),
    ];
}

function dockerSection(node: ContainerNode): HoverSection {
    const { container, containerd, engine, containerId, namespace } = node;
    if (!container) {
        const image = imageOf(node);
        const rows = [
            ...namesOf(node).map((name) => row('name', visible(name))),
            row('id', visible(containerId)),
            ...(image === undefined ? [] : [row('image', visible(image))]),
            ...(namespace === undefined ? [] : [row('namespace', visible(namespace))]),
            ...(containerd?.container ? [row('runtime', visible(containerd.container.runtime))] : []),
        ];
        return { title: containerd?.container ? 'containerd says' : 'Its id', rows };
    }
    const { state, status, inspected } = container;
    const rows = [
        row('name', container.names.map((name) => visible(name)).join(', ')),
        row('id', visible(containerId)),
        row('image', visible(container.image)),
        row('state', visible(status === '' || status === state ? state : `${state} (${status})`)),
        ...(inspected && state === 'exited' ? [row('exit code', String(inspected.exitCode))] : []),
        ...outOfMemoryRows(container),
        ...(inspected && inspected.restartCount > 0 ? [row('restarts', String(inspected.restartCount))] : []),
        ...(inspected && inspected.pidMode !== '' ? [row('pid namespace', visible(inspected.pidMode))] : []),
        ...container.ports.slice(0, 10).map((port) => row('port', visible(portWords(port)))),
        ...container.networks.map(({ name, ipAddress }) => row('network', visible(`${name} ${ipAddress}`))),
        ...taskRows(container, engine),
        ...(engine?.problem ? [row('stale', staleWords(engine.problem, engine.listedAt))] : []),
    ];
    return {
        title: `${productOf(engine)} says${engine?.endpoint === undefined ? '' : `, at ${visible(engine.endpoint)}`}`,
        rows,
    };
}

/** Docker sets OOMKilled when the kernel kills any process of it, and clears it only when it is started again. */
function outOfMemoryRows({ state, inspected }: Container): readonly HoverRow[] {
    if (!inspected?.oomKilled) return [];
    if (state === 'exited' && inspected.exitCode === 137) return [row('ended by', 'the kernel, for want of memory')];
    const run = state === 'running' || state === 'paused' ? 'this run' : 'its last run';
    return [row('out of memory', `the kernel has killed a process of it in ${run}`)];
}

function staleWords({ detail }: Gap, listedAt: number | undefined): string {
    return listedAt === undefined ? visible(detail) : `as of ${moment(listedAt)}: ${visible(detail)}`;
}

function portWords({ hostIp, hostPort, containerPort, protocol }: PublishedPort): string {
    const outside = hostPort === undefined ? 'not published' : `${hostIp ?? ''}:${String(hostPort)}`;
    return `${outside} → ${String(containerPort)}/${protocol}`;
}

function processesOf(topology: Topology, container: ContainerNode): readonly ProcessNode[] {
    return container.children.flatMap((id) => {
        const child = topology.nodes.get(id);
        return child?.kind === 'process' ? [child] : [];
    });
}
