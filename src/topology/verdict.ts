import type { Container } from '../model/container';
import type { ContainerdTask } from '../model/containerd';
import type { Engine } from '../model/engine';
import { isRuncInit } from './claims';
import { hasEnded } from './process-table';
import type { FirstProcess } from './first-process';
import type { RunningContainer } from './running-containers';
import type { Verdict } from './topology';

/** What each witness says about one container. */
export interface Witnesses {
    /** The one that lists it; else one that ought to and doesn't. Absent when not every such one was heard. */
    readonly engine?: Engine;
    readonly listed?: Container;
    /** containerd's word, where it was heard. */
    readonly task?: ContainerdTask;
    /** Absent when neither a shim nor a process shows it. */
    readonly running?: RunningContainer;
    readonly first: FirstProcess;
    /** Every process that the engine could mean would be seen here: only then is absence a proof. */
    readonly seesAll: boolean;
    /** The first process is so young that the engine's list may be older. */
    readonly isNews: boolean;
    /** The parent of the first process is seen, and does not hold it in a way that can't be read. */
    readonly hasOtherParent: boolean;
}

/** Whether Docker, containerd, the shim and the kernel agree; never harsher than what was seen. */
export function verdictOf({
    engine,
    listed,
    task,
    running,
    first,
    seesAll,
    isNews,
    hasOtherParent,
}: Witnesses): Verdict {
    const lives = first.process !== undefined && !hasEnded(first.process);
    if (!listed) {
        // Only what is in its own namespace of containerd ought an engine to know.
        const namespace = task?.namespace ?? running?.shim?.shim.namespace;
        const isItsOwn = engine && (namespace === undefined || isNamespaceOf(engine, namespace));
        if (task && !isItsOwn && agreesWith(task, first, running)) return 'agree';
        if (lives && !running?.shim && hasOtherParent && seesAll) return 'shim-gone';
        return isItsOwn && !isNews ? 'unknown-to-engine' : 'unverified';
    }
    if (engine?.problem) return 'unverified';
    // The pid that was told may be that of the process before, where the container was started again since then.
    if (first.contradiction && first.process) return isNews ? 'unverified' : 'pid-of-another';
    if (listed.state === 'running' || listed.state === 'paused') {
        if (lives && running?.shim) return listed.inspectProblem?.reason === 'timeout' ? 'wedged' : 'agree';
        if (lives) return hasOtherParent ? 'shim-gone' : 'unverified';
        if (!seesAll || hasJustStarted(listed)) return 'unverified';
        return running?.shim ? 'shim-without-process' : 'running-without-process';
    }
    // While it is being created or restarted, its process comes and goes before the list says so.
    if (listed.state === 'restarting' || listed.state === 'removing' || listed.state === 'unknown') return 'agree';
    if (lives && isNews) return 'unverified';
    return lives && !isRuncInit(first.process) ? 'process-of-a-stopped-container' : 'agree';
}

/** With --userns-remap, dockerd adds the ids that root is mapped to: `moby-100000.100000`. */
function isNamespaceOf(engine: Engine, namespace: string): boolean {
    const isRemapped = engine.containerdNamespace === undefined && /^moby-\d+\.\d+$/.test(namespace);
    return isRemapped || namespace === namespaceOf(engine);
}

/** `Up Less than a second`, `Up 2 seconds`: it may have been started after /proc was read (moby's container/state.go). */
function hasJustStarted({ status }: Container): boolean {
    return /^Up (Less than a second|[12] seconds?)\b/.test(status);
}

/** dockerd's --containerd-namespace, which engines before API 1.46 don't tell. */
export function namespaceOf(engine: Engine | undefined): string {
    return engine?.containerdNamespace ?? 'moby';
}

function agreesWith(task: ContainerdTask, { process }: FirstProcess, running: RunningContainer | undefined): boolean {
    const lives = process !== undefined && !hasEnded(process);
    if (task.status === 'stopped') return !lives;
    return lives && running?.shim !== undefined && saysItRuns(task, process.pid);
}

/** Whether containerd says that a container's first process is this one, and alive. */
export function saysItRuns({ status, pid }: ContainerdTask, mainPid: number | undefined): boolean {
    return (status === 'running' || status === 'paused' || status === 'pausing') && pid === mainPid;
}
