import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import { baseName } from '../topology/command-line';
import { imageOf, namesOf } from '../topology/container-names';
import { isSaidToBePaused, stateOf } from '../topology/container-state';
import type { ContainerNode, EngineNode, ProcessNode, Role, Topology, TopologyNode } from '../topology/topology';
import { containerNodeId, hasEnded } from '../topology/process-table';
import { guestWords } from './guests';
import { visible, visibleArgv } from './plain-text';
import type { Icon, Tone } from './scene';
import { serviceWords } from './swarm';
import { shortVerdict, toneOfVerdict } from './verdicts';

/** What every face shows of a node. All texts are plain, with control characters made visible. */
export interface Description {
    /** The name first: `web`, `containerd`, `nginx: worker process`. */
    readonly label: string;
    /** Pid, image, state: what tells it from its namesakes. */
    readonly description: string;
    readonly icon: Icon;
    readonly tone: Tone;
    /** One sentence for screen readers. */
    readonly accessibleLabel: string;
}

export function describe(topology: Topology, node: TopologyNode): Description {
    const description = describeByItself(topology, node);
    const worst = worstSeverityAt(topology, node);
    // What is old stays as quiet as it is: nobody knows whether it still holds.
    if (worst === undefined || description.tone === 'error' || description.tone === 'muted') return description;
    return {
        ...description,
        tone: worst,
        accessibleLabel: `${description.accessibleLabel}, ${worst}: see its findings`,
    };
}

/** Of the verified findings; information is no alarm. */
function worstSeverityAt({ findingsAt }: Topology, { id }: TopologyNode): 'error' | 'warning' | undefined {
    const severities = findingsAt.get(id)?.map(({ severity }) => severity) ?? [];
    if (severities.includes('error')) return 'error';
    return severities.includes('warning') ? 'warning' : undefined;
}

function describeByItself(topology: Topology, node: TopologyNode): Description {
    switch (node.kind) {
        case 'engine':
            return describeEngine(node);
        case 'container':
            return describeContainer(node);
        case 'process':
            return describeProcess(topology, node);
    }
}

/** The first name, or the short id that docker prints, where nobody tells a name. */
export function containerName(node: ContainerNode): string {
    return visible(namesOf(node)[0] ?? shortId(node.containerId), 128);
}

/** Docker's twelve digits; other ids are names already. */
function shortId(containerId: string): string {
    return /^[0-9a-f]{64}$/.test(containerId) ? containerId.slice(0, 12) : containerId;
}

function describeEngine({ engine, process }: EngineNode): Description {
    const name = engineName(engine);
    const label = engine?.version === undefined ? name : `${name} ${visible(engine.version, 40)}`;
    const endpoint = engine?.endpoint === undefined ? 'API not asked' : visible(engine.endpoint);
    const pid = process || engine?.product !== 'podman' ? pidWords(process?.pid) : '';
    const description = join(pid, endpoint, engine?.isUnencrypted ? 'not encrypted' : '', refusalOf(engine));
    const tone = engine?.isUnencrypted ? 'warning' : 'normal';
    return {
        label,
        description,
        icon: 'engine',
        tone: engine?.problem ? 'muted' : tone,
        accessibleLabel: `${engine?.product === 'podman' ? 'Podman service' : 'Docker daemon'} ${label}, ${description}`,
    };
}

/** What its row calls it: `dockerd`, or `podman`. */
export function engineName(engine: Engine | undefined): string {
    return engine?.product ?? 'dockerd';
}

function refusalOf(engine: Engine | undefined): string {
    switch (engine?.problem?.reason) {
        case undefined:
            return '';
        case 'forbidden':
            return 'not permitted to ask';
        case 'starting':
            return 'starting';
        default:
            return 'not answering';
    }
}

function describeContainer(node: ContainerNode): Description {
    const { container, engine } = node;
    const label = containerName(node);
    const known = imageOf(node);
    const unknown = node.isBuildStep ? 'build step' : 'known by its id alone';
    const image = known === undefined ? unknown : visible(shortImage(known), 128);
    const isStale = engine?.problem !== undefined || (isUnseen(node) && node.containerd?.silence !== undefined);
    const description = join(
        image,
        container ? serviceWords(container) : '',
        podWords(node),
        node.guest ? guestWords[node.guest.kind] : '',
        container ? visible(stateOf(container), 80) : taskState(node),
        isUnseen(node) ? `in ${visible(node.namespace ?? '', 64)}` : '',
        shortVerdict(node),
        isStale ? 'stale' : '',
    );
    const icon = iconOfContainer(node);
    const tone = toneOfVerdict(node);
    const quiet = tone === 'normal' && (icon === 'container-stopped' || isStale);
    return {
        label,
        description,
        icon,
        tone: quiet ? 'muted' : tone,
        accessibleLabel: `Container ${label}, ${description}`,
    };
}

/** Its containerd knows it, and neither an engine nor a process shows it. */
function isUnseen({ container, mainPid, containerd }: ContainerNode): boolean {
    return !container && mainPid === undefined && containerd?.container !== undefined;
}

function taskState(node: ContainerNode): string {
    return node.containerd?.task?.status ?? (isUnseen(node) && !node.containerd?.silence ? 'no task' : '');
}

/** `in pod 8f14e45f… (burstable)`; where its name already tells its pod, only which one is the sandbox. */
function podWords({ containerId, pod, container, containerd, conmonName }: ContainerNode): string {
    if (!pod) return '';
    const isNamed = namesOf({ container, containerd, conmonName }).length > 0;
    const isSandbox = pod.sandbox === containerId;
    if (isNamed && pod.name !== undefined) return isSandbox ? 'pod sandbox' : '';
    const quality = pod.qualityOfService === undefined ? '' : ` (${pod.qualityOfService})`;
    const which = pod.name ?? pod.uid ?? shortId(pod.sandbox ?? '');
    return visible(`${isSandbox ? 'sandbox of' : 'in'} pod ${which}${quality}`, 120);
}

function describeProcess(topology: Topology, node: ProcessNode): Description {
    const { process } = node;
    const label = processName(node);
    const inside =
        node.pidInContainer !== undefined && node.pidInContainer !== process.pid
            ? `${String(node.pidInContainer)} inside`
            : '';
    const details = detailOf(topology, node);
    const zombie = hasEnded(process);
    const description = join(pidWords(process.pid), inside, roleWords(node), details, stateWords(process));
    return {
        label,
        description,
        icon: zombie ? 'zombie' : iconOfRole(node),
        tone: zombie ? 'warning' : 'normal',
        accessibleLabel: `${roleName(node)} ${label}, ${description}`,
    };
}

/** Daemons by their own name, everything else by what it says it was started as. */
function processName({ process, role }: ProcessNode): string {
    const argv = process.argv ?? [];
    const program = baseName(argv[0] ?? '') || process.comm;
    if (isNamedByRole(role)) return visible(program, 64);
    if (argv.length === 0) return `[${visible(process.comm, 64)}]`;
    const first = argv[0] ?? '';
    // A title that the process has written over its argv: `nginx: worker process`.
    if (argv.length === 1 && !first.startsWith('/')) return visible(first, 120);
    return visibleArgv([first.startsWith('/') ? baseName(first) : first, ...argv.slice(1)], 120);
}

/** Their program's name is their role. */
function isNamedByRole(role: Role): boolean {
    return (
        role === 'containerd' || role === 'shim' || role === 'conmon' || role === 'docker-proxy' || role === 'dockerd'
    );
}

/** How its row tells its part, `exec session`; empty where that needs no word. */
export function roleWords(node: ProcessNode): string {
    const { role } = node;
    return isNamedByRole(role) || role === 'child' || role === 'host' ? '' : roleName(node);
}

function roleName({ role }: ProcessNode): string {
    switch (role) {
        case 'main':
            return 'first process';
        case 'init':
            return 'init';
        case 'exec':
            return 'exec session';
        case 'healthcheck':
            return 'health check';
        case 'child':
        case 'host':
            return 'process';
        default:
            return role;
    }
}

function detailOf(topology: Topology, { shim, addresses, role, containerId }: ProcessNode): string {
    if (shim) return visible(shim.namespace ?? '', 64);
    if (role === 'containerd') return visible(addresses?.[0] ?? '');
    if (role !== 'docker-proxy' || containerId === undefined) return '';
    const served = topology.nodes.get(containerNodeId(containerId));
    return `for ${served?.kind === 'container' ? containerName(served) : shortId(containerId)}`;
}

function stateWords(process: Process): string {
    if (hasEnded(process)) return 'zombie';
    return process.state === 'T' ? 'stopped' : '';
}

function pidWords(pid: number | undefined): string {
    return pid === undefined ? 'process not seen' : `pid ${String(pid)}`;
}

/** A digest says nothing to people beyond its first digits. */
function shortImage(image: string): string {
    return image.replace(/^sha256:([0-9a-f]{12})[0-9a-f]{52}$/, '$1').replace(/@sha256:[0-9a-f]{64}$/, '');
}

/** By its engine; where none lists it, by what lives of it, or by what its containerd says. */
function iconOfContainer(node: ContainerNode): Icon {
    if (isSaidToBePaused(node)) return 'container-paused';
    const { container, containerd, life } = node;
    const unlisted = life === 'lives' || life === 'others live' ? 'running' : containerd?.task?.status;
    switch (container ? container.state : unlisted) {
        case 'running':
            return 'container-running';
        case 'restarting':
            return 'container-restarting';
        default:
            return 'container-stopped';
    }
}

function iconOfRole({ role }: ProcessNode): Icon {
    switch (role) {
        case 'dockerd':
            return 'engine';
        case 'containerd':
            return 'containerd';
        case 'shim':
        case 'conmon':
            return 'shim';
        case 'main':
        case 'init':
        case 'exec':
        case 'healthcheck':
        case 'runc':
            return role;
        case 'docker-proxy':
            return 'proxy';
        default:
            return 'process';
    }
}

function join(...parts: readonly string[]): string {
    return parts.filter((part) => part !== '').join(' · ');
}
