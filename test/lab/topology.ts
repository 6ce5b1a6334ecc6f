import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { type CommandResult, observe } from './command';

/** The topology as a user gets it: what the terminal program prints, and ways to walk in it. */
export interface SeenTopology {
    readonly nodes: readonly SeenNode[];
    readonly roots: readonly string[];
    readonly gaps: readonly SeenGap[];
    /** Every node with this pid. */
    processNodes(pid: number): readonly SeenNode[];
    /** The only node with this pid. */
    processNode(pid: number): SeenNode;
    /** The only node of this container, by its full id. */
    containerNode(containerId: string): SeenNode;
    /** The node itself and what it stands under, up to the root. */
    lineage(node: SeenNode): readonly SeenNode[];
    /** The lineage of the only node with this pid in short: `main 582`, `container web`, `shim 561`, … */
    chain(pid: number): readonly string[];
    /** The links along that lineage in short: `member by cgroup docker`, … */
    links(pid: number): readonly string[];
}

export interface SeenGap {
    readonly source: string;
    readonly reason: string;
    readonly detail: string;
    readonly help: string;
}

/** A node of the contract; only what the tests look at. */
export interface SeenNode {
    readonly id: string;
    readonly kind: 'engine' | 'process' | 'container';
    readonly parent: string | null;
    readonly children: readonly string[];
    readonly link?: { readonly kind: string; readonly evidence: readonly { readonly source: string }[] } | null;
    readonly pid?: number;
    readonly ppid?: number;
    readonly role?: string;
    readonly state?: string;
    /** The engine's words about a container. */
    readonly status?: string | null;
    readonly argv?: readonly string[];
    readonly endpoint?: string;
    readonly version?: string;
    readonly containerId?: string;
    readonly name?: string;
    readonly mainPid?: number;
    readonly pidInContainer?: number;
    readonly verdict?: string;
    readonly image?: string | null;
    readonly evidence?: readonly { readonly source: string; readonly detail: string }[];
    readonly containerd?: {
        readonly runtime?: string;
        readonly taskPid: number | null;
        readonly taskStatus: string | null;
        readonly silence?: string;
    };
    readonly shim?: {
        readonly version: string;
        readonly runtime?: string;
        readonly address?: string;
        readonly namespace?: string;
        readonly id: string;
    };
}

/** Runs the terminal program. */
export function terminal(...args: readonly string[]): Promise<CommandResult> {
    const [program, ...more] = terminalCommand(...args);
    return observe(program, more, { deadlineMs: 60_000 });
}

/** The terminal program as words of a command line, for other programs to run; mocha runs in the repository's root. */
export function terminalCommand(...args: readonly string[]): readonly [string, ...string[]] {
    return [process.execPath, resolve('dist/cli.js'), ...args];
}

/** `args` come after the endpoints, for example `--order kernel`. */
export async function topologyOf(endpoints: readonly string[], ...args: readonly string[]): Promise<SeenTopology> {
    const { status, stdout, stderr } = await tree(endpoints, args);
    assert.equal(status, 0, stderr);
    return readTopology(stdout);
}

/** An engine that was named and is dead was asked for in vain: that is said, and /proc is shown all the same. */
export async function topologyWithoutEngine(endpoint: string): Promise<SeenTopology> {
    const { status, stdout, stderr } = await tree([endpoint], []);
    assert.equal(status, 2);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.ok(stderr.includes(endpoint), stderr);
    const topology = readTopology(stdout);
    assert.deepEqual(
        topology.gaps.filter(({ source }) => source.includes(endpoint)).map(({ reason }) => reason),
        ['unreachable'],
    );
    return topology;
}

function tree(endpoints: readonly string[], args: readonly string[]): Promise<CommandResult> {
    const sources = endpoints.flatMap((endpoint) => ['--docker', endpoint]);
    return terminal('tree', '--format', 'json', ...sources, ...args);
}

export function readTopology(json: string): SeenTopology {
    const topology = JSON.parse(json) as Pick<SeenTopology, 'nodes' | 'roots' | 'gaps'> & { schema: string };
    assert.equal(topology.schema, 'docker-runtime/topology@1');
    const byId = new Map(topology.nodes.map((node) => [node.id, node]));
    assert.equal(byId.size, topology.nodes.length, 'every id is there once');
    for (const { id, children } of topology.nodes) {
        for (const child of children) assert.equal(byId.get(child)?.parent, id, `${child} is a child of ${id}`);
    }
    for (const { id, parent } of topology.nodes) {
        if (parent === null) assert.ok(topology.roots.includes(id), `${id} has no parent, so it is a root`);
        else assert.ok(byId.get(parent)?.children.includes(id), `${parent} counts ${id} among its children`);
    }

    const only = (nodes: readonly SeenNode[], what: string): SeenNode => {
        const [node] = nodes;
        if (!node || nodes.length > 1) throw new Error(`${what} is in the topology ${nodes.length} times`);
        return node;
    };
    const processNodes = (pid: number): SeenNode[] =>
        topology.nodes.filter((node) => node.kind !== 'container' && node.pid === pid);
    const processNode = (pid: number): SeenNode => only(processNodes(pid), `pid ${pid}`);
    const lineage = (node: SeenNode): SeenNode[] => {
        const parent = node.parent === null ? undefined : byId.get(node.parent);
        return parent ? [node, ...lineage(parent)] : [node];
    };
    return {
        nodes: topology.nodes,
        roots: topology.roots,
        gaps: topology.gaps,
        processNodes,
        processNode,
        containerNode: (containerId) =>
            only(
                topology.nodes.filter((node) => node.kind === 'container' && node.containerId === containerId),
                `container ${containerId}`,
            ),
        lineage,
        chain: (pid) => lineage(processNode(pid)).map(shortly),
        links: (pid) =>
            lineage(processNode(pid)).flatMap(({ link }) =>
                link
                    ? `${link.kind} by ${[...new Set(link.evidence.map(({ source }) => source))].sort().join(' ')}`
                    : [],
            ),
    };
}

/** `main 582`, `container web`, `engine 19341`; a container that no engine knows by the first digits of its id. */
export function shortly(node: SeenNode): string {
    if (node.kind === 'container') return `container ${node.name ?? node.containerId?.slice(0, 12)}`;
    return `${node.kind === 'engine' ? 'engine' : node.role} ${node.pid}`;
}
