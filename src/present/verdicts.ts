import type { ContainerdWord } from '../topology/containerd-word';
import type { ContainerNode, Verdict } from '../topology/topology';
import { saysItRuns } from '../topology/verdict';
import { visible } from './plain-text';
import type { Tone } from './scene';

/** What a verdict means, for the container that it was given to. */
export function explainVerdict({ verdict, container, containerd, mainPid }: ContainerNode): string {
    const agrees = containerd?.task !== undefined && saysItRuns(containerd.task, mainPid);
    const state = container?.state ?? 'running';
    switch (verdict) {
        case 'agree':
            if (!container && !agrees)
                return 'containerd says that it does not run, and there is no process of it. No engine lists it.';
            if (!container) return 'containerd, the shim and the kernel agree: it runs. No engine lists it.';
            return state === 'running' || state === 'paused'
                ? `Docker, ${agrees ? 'containerd, ' : ''}the shim and the kernel agree: it runs.`
                : `Docker says ${state}, and no living process contradicts it.`;
        case 'running-without-process':
            return `Docker says ${state}, but there is neither a shim nor a process of it.`;
        case 'process-of-a-stopped-container':
            return `Docker says ${state}, but its first process is alive.`;
        case 'shim-gone':
            return 'Its processes live, but their shim is gone: nobody holds their output, and nobody will report how they end.';
        case 'shim-without-process':
            return `Docker says ${state} and its shim is there, but no living process is under it.`;
        case 'pid-of-another':
            return 'The pid that Docker names is not a process of this container.';
        case 'unknown-to-engine':
            if (mainPid === undefined && containerd?.container)
                return 'containerd keeps it for the engine, which was asked later and does not list it.';
            return agrees
                ? 'containerd runs it, but the engine that was asked does not list it.'
                : 'It runs, but the engine that was asked does not list it.';
        case 'wedged':
            return `Its process lives and the list says ${state}, but Docker does not answer when asked about it alone: something that was asked of it hangs.`;
        case 'unverified':
            return 'Not every witness could be asked, so this is not verified.';
    }
}

/** What containerd says, as one of the witnesses. */
export function containerdWords({ container, task, silence }: ContainerdWord): string {
    if (silence !== undefined) return `containerd ${visible(silence, 300)}`;
    if (!task) return container ? 'containerd says there is no task of it' : 'containerd does not list it';
    const how = task.exitStatus === undefined ? `pid ${String(task.pid)}` : `exit status ${String(task.exitStatus)}`;
    return `containerd says ${task.status}, ${how}`;
}

/** A word or two behind the container's name; empty where there is nothing to say. */
export function shortVerdict(verdict: Verdict): string {
    return shortVerdicts[verdict];
}

export function toneOfVerdict(verdict: Verdict): Tone {
    if (verdict === 'agree' || verdict === 'unverified' || verdict === 'unknown-to-engine') return 'normal';
    return verdict === 'shim-gone' || verdict === 'process-of-a-stopped-container' ? 'warning' : 'error';
}

const shortVerdicts: Readonly<Record<Verdict, string>> = {
    agree: '',
    'running-without-process': 'no process',
    'process-of-a-stopped-container': 'process still alive',
    'shim-gone': 'shim gone',
    'shim-without-process': 'no process under the shim',
    'pid-of-another': 'pid belongs to another',
    'unknown-to-engine': 'not known to the engine',
    wedged: 'inspect does not answer',
    unverified: '',
};
