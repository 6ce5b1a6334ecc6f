import { shimAbove } from '../topology/lineage';
import { hasEnded } from '../topology/process-table';
import { compareStarts } from '../topology/start-time';
import type { ContainerNode, Topology } from '../topology/topology';
import { age, moment } from './moments';
import { visible } from './plain-text';
import { stateWords } from './process-states';
import { containerdWords, productOf } from './verdicts';

/** What each witness says of a container, in a few words; one that was not asked, or said nothing, is named. */
export function witnessesOf(topology: Topology, node: ContainerNode): readonly string[] {
    return [
        dockersWords(topology, node),
        ...inspectWords(node),
        ...(node.containerd ? [containerdWords(node.containerd)] : []),
        shimWords(topology, node),
        ...kernelWords(topology, node),
    ];
}

function dockersWords({ snapshot }: Topology, { container, engine, doubt }: ContainerNode): string {
    if (!container) {
        if (snapshot.engines.length === 0) return 'docker: not asked';
        const isHeard = doubt !== 'engine-silent' && snapshot.engines.some(({ problem }) => !problem);
        return isHeard ? 'docker: not listed' : 'docker: not heard';
    }
    return `docker: ${visible(container.state)}${engine?.problem ? ', when it last answered' : ''}`;
}

function inspectWords({ container, mainPid }: ContainerNode): readonly string[] {
    if (!container) return [];
    const { inspected, inspectProblem, state } = container;
    if (inspectProblem) return [`docker inspect: ${visible(inspectProblem.detail)}`];
    if (inspected) return [`docker inspect: State.Pid ${String(inspected.pid)}`];
    // Of what does not run, inspect has no pid to tell.
    const isAsked = mainPid !== undefined || state === 'running' || state === 'paused';
    return isAsked ? ['docker inspect: not asked'] : [];
}

function shimWords(topology: Topology, node: ContainerNode): string {
    const shim = shimAbove(topology, node);
    return shim ? `shim: process ${String(shim.process.pid)}` : 'shim: none is seen';
}

function kernelWords(
    { snapshot, nodes }: Topology,
    { container, engine, mainPid, children }: ContainerNode,
): readonly string[] {
    const processes = children.flatMap((id) => {
        const child = nodes.get(id);
        return child?.kind === 'process' ? child.process : [];
    });
    const main = processes.find(({ pid }) => pid === mainPid);
    if (!main) return ['/proc: no first process of it is seen'];
    // Its own shim starts none before it: it is of an earlier run, or was moved there.
    const older = processes.filter((process) => process.startTicks < main.startTicks && !hasEnded(process));
    const state = `/proc/${String(main.pid)}/stat: ${stateWords(main)}`;
    const leftOver = older.map(({ pid }) => {
        return `/proc: process ${String(pid)} in it is older than its first process: left over from an earlier run, or moved there`;
    });
    const starts = compareStarts(snapshot, container, main);
    if (!starts) return [state, ...leftOver];
    // That they differ is a witness's word, and no verdict: a pid counts only where cgroup or shim put it into this
    // container, and then start times can't be of another one. They differ because a clock was set, a host slept, or a
    // time namespace counts from elsewhere.
    const { told, apart, areAlike } = starts;
    const product = productOf(engine);
    const words = areAlike ? 'agree' : `differ by ${age(apart)}: ${product} says ${moment(told)}`;
    return [state, `start times of ${product} and the kernel: ${words}`, ...leftOver];
}
