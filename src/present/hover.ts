import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import prettyBytes from 'pretty-bytes';
import { lineageOf } from '../topology/lineage';
import type {
    ContainerNode,
    EngineNode,
    Evidence,
    ProcessNode,
    Shim,
    Topology,
    TopologyNode,
} from '../topology/topology';
import { containerName, describe } from './describe';
import { age, moment, startedAt } from './moments';
import { visible, visibleArgv } from './plain-text';
import { purposeOf } from './purposes';
import { explainVerdict } from './verdicts';

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

/** `now` in milliseconds since 1970, for ages. */
export function hoverOf(topology: Topology, node: TopologyNode, now: number): Hover {
    const { label, description } = describe(topology, node);
    const context = { topology, now };
    return {
        title: description === '' ? label : `${label} · ${description}`,
        purpose: purposeOf(node),
        sections: sectionsOf(context, node).filter(({ rows }) => rows.length > 0),
    };
}

interface Context {
    readonly topology: Topology;
    readonly now: number;
}

function sectionsOf(context: Context, node: TopologyNode): readonly HoverSection[] {
    switch (node.kind) {
        case 'engine':
            return [engineSection(node), ...processSections(context, node.process), aboveSection(context, node)];
        case 'container':
            return containerSections(context, node);
        case 'process':
            return [roleSection(node), ...processSections(context, node.process), aboveSection(context, node)];
    }
}

function containerSections(context: Context, node: ContainerNode): readonly HoverSection[] {
    const { topology } = context;
    const shim = lineageOf(topology, node.id).find((above): above is ProcessNode & { readonly shim: Shim } => {
        return above.kind === 'process' && above.shim !== undefined;
    });
    const inContainer = processesOf(topology, node);
    const main = inContainer.find(({ process }) => process.pid === node.mainPid);
    const others = inContainer.filter(({ role }) => role === 'exec' || role === 'healthcheck');
    return [
        shim
            ? { title: 'Shim parent', rows: shimRows(context, shim) }
            : {
                  title: 'Shim parent',
                  rows: [row('shim', node.mainPid === undefined ? 'none: it does not run' : 'none is alive')],
              },
        aboveSection(context, node),
        {
            title: 'First process',
            rows: main
                ? [row('on the host', processLine(context, main.process), node.mainEvidence), ...insideRows(main)]
                : [],
        },
        {
            title: 'Exec sessions',
            rows: others.map((other) =>
                row(
                    other.role === 'exec' ? 'exec' : 'health check',
                    processLine(context, other.process),
                    other.evidence,
                ),
            ),
        },
        {
            title: 'Verdict',
            rows: [
                row(
                    node.verdict,
                    explainVerdict(node),
                    node.mainEvidence.length > 0 ? [] : (node.link?.evidence ?? []),
                ),
            ],
        },
        { title: 'Docker says', rows: dockerRows(node) },
    ];
}

function shimRows(
    context: Context,
    { process, shim, link, evidence }: ProcessNode & { readonly shim: Shim },
): readonly HoverRow[] {
    return [
        row('pid', String(process.pid), evidence),
        ...startRows(context, process),
        row('memory', prettyBytes(process.residentBytes, { binary: true })),
        row('argv', visibleArgv(process.argv ?? [])),
        ...(shim.namespace === undefined ? [] : [row('namespace', visible(shim.namespace))]),
        ...(shim.runtime === undefined ? [] : [row('runtime', visible(shim.runtime))]),
        row(
            'containerd',
            shim.address === undefined ? 'its argv names no address' : visible(shim.address),
            link?.evidence ?? [],
        ),
        row('kernel parent', kernelParent(context.topology.snapshot, process), [
            { source: 'ppid', detail: `field 4 of /proc/${String(process.pid)}/stat` },
        ]),
    ];
}

/** A shim's own parent exits on purpose, so that the shim outlives its daemons. */
function kernelParent(snapshot: Snapshot, process: Process): string {
    const parent = snapshot.processes.find(({ pid }) => pid === process.ppid);
    const name = parent ? ` (${visible(parent.comm)})` : '';
    return process.ppid === 0 ? 'outside of this pid namespace' : `${String(process.ppid)}${name}`;
}

function insideRows({ process, pidInContainer }: ProcessNode): readonly HoverRow[] {
    if (pidInContainer === undefined) return [];
    const field = `NSpid of /proc/${String(process.pid)}/status`;
    return [row('inside', `pid ${String(pidInContainer)}`, [{ source: 'namespace', detail: field }])];
}

function dockerRows({ container, engine, containerId, pod }: ContainerNode): readonly HoverRow[] {
    const known = containerId === '' ? [] : [row('id', visible(containerId))];
    const podRows = pod === undefined ? [] : [row('pod sandbox', visible(pod))];
    if (!container) return [...known, ...podRows, row('engine', 'no engine that was asked lists it')];
    const { inspected } = container;
    return [
        row('name', container.names.map((name) => visible(name)).join(', ')),
        ...known,
        ...podRows,
        row('image', visible(container.image)),
        row(
            'state',
            visible(`${container.state} (${container.status})`),
            engine?.endpoint === undefined ? [] : [{ source: 'docker', detail: engine.endpoint }],
        ),
        ...(inspected && container.state === 'exited' ? [row('exit code', String(inspected.exitCode))] : []),
        ...(inspected && inspected.restartCount > 0 ? [row('restarts', String(inspected.restartCount))] : []),
        ...(inspected && inspected.pidMode !== '' ? [row('pid namespace', visible(inspected.pidMode))] : []),
        ...container.ports.slice(0, 10).map((port) => row('port', visible(portWords(port)))),
        ...container.networks.map(({ name, ipAddress }) => row('network', visible(`${name} ${ipAddress}`))),
        ...(engine?.problem ? [row('stale', visible(engine.problem.detail))] : []),
    ];
}

function portWords({
    hostIp,
    hostPort,
    containerPort,
    protocol,
}: {
    readonly hostIp?: string;
    readonly hostPort?: number;
    readonly containerPort: number;
    readonly protocol: string;
}): string {
    const outside = hostPort === undefined ? 'not published' : `${hostIp ?? ''}:${String(hostPort)}`;
    return `${outside} → ${String(containerPort)}/${protocol}`;
}

function engineSection({ engine, evidence, containerdAddress }: EngineNode): HoverSection {
    const rows = [
        ...(engine?.endpoint === undefined ? [] : [row('endpoint', visible(engine.endpoint), evidence)]),
        ...(engine ? [row('found by', visible(engine.foundBy))] : []),
        ...(engine?.version === undefined
            ? []
            : [row('version', visible(`${engine.version} (API ${engine.apiVersion ?? '?'})`))]),
        ...(engine?.dataRoot === undefined ? [] : [row('data root', visible(engine.dataRoot))]),
        ...(engine?.cgroupDriver === undefined ? [] : [row('cgroup driver', visible(engine.cgroupDriver))]),
        ...(engine?.liveRestore === undefined
            ? []
            : [row('live restore', engine.liveRestore ? 'on: containers outlive this daemon' : 'off')]),
        ...(containerdAddress === undefined ? [] : [row('containerd', visible(containerdAddress))]),
        ...(engine ? [row('containers', `${String(engine.containers.length)} listed`)] : []),
        ...(engine?.problem
            ? [row('problem', visible(engine.problem.detail)), row('what helps', visible(engine.problem.help))]
            : []),
    ];
    return { title: 'Docker engine', rows };
}

function roleSection(node: ProcessNode): HoverSection {
    const rows = [row('role', node.role, node.evidence)];
    if (node.shim) {
        rows.push(row('container', visible(node.shim.id)));
        if (node.shim.namespace !== undefined) rows.push(row('namespace', visible(node.shim.namespace)));
        if (node.shim.address !== undefined) rows.push(row('containerd', visible(node.shim.address)));
    }
    for (const address of node.addresses ?? []) rows.push(row('serves at', visible(address)));
    if (node.containerId !== undefined && !node.shim) rows.push(row('container', visible(node.containerId)));
    if (node.pidInContainer !== undefined) rows.push(...insideRows(node));
    return { title: 'Role', rows };
}

function processSections(context: Context, process: Process | undefined): readonly HoverSection[] {
    if (!process) return [];
    const rows = [
        row('pid', String(process.pid)),
        row('kernel parent', kernelParent(context.topology.snapshot, process)),
        ...startRows(context, process),
        row('state', process.state),
        row('memory', prettyBytes(process.residentBytes, { binary: true })),
        row('threads', String(process.threads)),
        ...(process.uid === undefined ? [] : [row('user id', String(process.uid))]),
        row('argv', process.argv ? visibleArgv(process.argv) || 'empty' : 'not readable'),
        ...(process.exe === undefined ? [] : [row('executable', visible(process.exe))]),
        ...(process.cgroups ? [row('cgroup', visible(mostTelling(process)))] : []),
    ];
    return [{ title: 'Process', rows }];
}

/** The unified hierarchy's line, unless another one says more: on hybrid hosts the controllers' lines do. */
function mostTelling(process: Process): string {
    const paths = (process.cgroups ?? []).map(({ path }) => path);
    return paths.reduce((longest, path) => (path.length > longest.length ? path : longest), '');
}

/** Who is responsible for it, from the next node up to the root, each with how that is known. */
function aboveSection({ topology }: Context, node: TopologyNode): HoverSection {
    const lineage = lineageOf(topology, node.id);
    const rows = lineage.slice(1).map((above, index) => {
        const { label, description } = describe(topology, above);
        const evidence = lineage[index]?.link?.evidence ?? [];
        const kind = lineage[index]?.link?.kind ?? '';
        return row(
            above.kind === 'process' ? above.role : above.kind,
            `${label} · ${description}${kind === '' ? '' : ` (${kind})`}`,
            evidence,
        );
    });
    return { title: 'Above it', rows };
}

function startRows({ topology, now }: Context, process: Process): readonly HoverRow[] {
    const started = startedAt(topology.snapshot, process);
    return started === undefined ? [] : [row('started', `${moment(started)}, ${age(now - started)} ago`)];
}

function processLine({ topology, now }: Context, process: Process): string {
    const started = startedAt(topology.snapshot, process);
    const since = started === undefined ? '' : `, for ${age(now - started)}`;
    return `pid ${String(process.pid)}: ${visibleArgv(process.argv ?? [process.comm], 200)}${since}`;
}

function processesOf(topology: Topology, container: ContainerNode): readonly ProcessNode[] {
    return container.children.flatMap((id) => {
        const child = topology.nodes.get(id);
        return child?.kind === 'process' ? [child] : [];
    });
}

function row(label: string, value: string, evidence: readonly Evidence[] = []): HoverRow {
    return { label, value, evidence: evidence.map(({ source, detail }) => `${source}: ${visible(detail)}`) };
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
