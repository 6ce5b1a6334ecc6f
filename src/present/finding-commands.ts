import { optionValue } from '../topology/command-line';
import type { ContainerNode, Finding, FindingCode, Topology, TopologyNode } from '../topology/topology';

/**
 * The command that a finding offers. Whoever follows it only looks: nothing here changes anything. A recording has none,
 * for its pids are other processes here.
 *
 * It ends up in a shell, so nothing that a stranger wrote is part of it: only pids, ports, ids of 64 hex digits, and
 * endpoints of harmless characters.
 */
export function commandFor(topology: Topology, finding: Finding): string | undefined {
    if (topology.snapshot.recorded) return undefined;
    const nodes = finding.nodes.flatMap((id) => topology.allNodes.get(id) ?? []);
    return commands[finding.code](nodes);
}

type Command = (nodes: readonly TopologyNode[]) => string | undefined;

const inspectState: Command = (nodes) => inspect(nodes, '{{json .State}}');
const inspectHealth: Command = (nodes) => inspect(nodes, '{{json .State.Health}}');
const inspectHostConfig: Command = (nodes) => inspect(nodes, '{{json .HostConfig}}');
const listProcesses: Command = (nodes) => {
    const pids = pidsOf(nodes);
    return pids.length === 0 ? undefined : `ps -o pid,ppid,stat,lstart,rss,wchan:32,args -p ${pids.join(',')}`;
};
const showDocker: Command = () => 'systemctl status docker containerd --no-pager';
const showKernelStack: Command = (nodes) => {
    const [pid] = pidsOf(nodes);
    return pid === undefined ? undefined : `sudo cat /proc/${String(pid)}/stack`;
};
const showPort: Command = (nodes) => {
    const [node] = nodes;
    const argv = node?.kind === 'process' ? (node.process.argv ?? []) : [];
    const port = optionValue(argv, 'host-port') ?? '';
    return /^\d{1,5}$/.test(port) ? `sudo ss -lntup 'sport = :${port}'` : undefined;
};

const commands: Readonly<Record<FindingCode, Command>> = {
    'container-without-process': inspectState,
    'pid-of-another': inspectState,
    'process-of-a-stopped-container': listProcesses,
    'wedged-container': listProcesses,
    'containerd-disagrees': listProcesses,
    'container-without-shim': listProcesses,
    'unknown-container': listProcesses,
    'orphan-shim': showDocker,
    'shim-without-container': listProcesses,
    'grown-shim': listProcesses,
    zombies: listProcesses,
    uninterruptible: showKernelStack,
    'runc-did-not-exit': listProcesses,
    'exec-without-client': listProcesses,
    'proxy-without-container': showPort,
    'proxy-port-taken': showPort,
    'daemon-down': showDocker,
    'daemon-not-answering': listProcesses,
    'shared-data-root': listProcesses,
    'deleted-executable': listProcesses,
    'host-namespaces': inspectHostConfig,
    privileged: inspectHostConfig,
    unhealthy: inspectHealth,
};

const mostPids = 20;

function pidsOf(nodes: readonly TopologyNode[]): readonly number[] {
    const pids = nodes.flatMap((node) =>
        node.kind === 'container' ? (node.mainPid ?? []) : (node.process?.pid ?? []),
    );
    return [...new Set(pids)].slice(0, mostPids);
}

/** Only of an engine that lists the container and answers: connecting to the socket of one that has ended may start it. */
function inspect(nodes: readonly TopologyNode[], format: string): string | undefined {
    const container = nodes.find((node): node is ContainerNode => node.kind === 'container');
    if (!container?.container || !/^[0-9a-f]{64}$/.test(container.containerId)) return undefined;
    const { endpoint = '', problem } = container.engine ?? {};
    // None of these letters ends the quotes, and no option can begin with them.
    if (problem || !/^(unix|tcp):\/\/[\w./:[\]-]+$/.test(endpoint)) return undefined;
    return `docker -H '${endpoint}' inspect --format '${format}' ${container.containerId}`;
}
