import type { Engine } from '../model/engine';
import { isSaidToBePaused, isSaidToRun, saidStateOf } from '../topology/container-state';
import type { ContainerdWord } from '../topology/containerd-word';
import type { ContainerNode, Doubt, Verdict } from '../topology/topology';
import { visible } from './plain-text';
import type { Tone } from './scene';

/** What a verdict means, for the container that it was given to. */
export function explainVerdict(node: ContainerNode): string {
    const { verdict, life, doubt } = node;
    const said = saidStateOf(node) ?? 'nothing of it';
    const says = `${speakerOf(node)} says ${said}`;
    switch (verdict) {
        case 'agree':
            return explainAgreement(node);
        case 'running-without-process':
            return `${says}, but there is neither a shim nor a process of it.`;
        case 'process-of-a-stopped-container':
            return `${says}, but ${life === 'others live' ? 'a process of it' : 'its first process'} is alive.`;
        case 'first-process-ended':
            return `${says}, but its first process has ended. Other processes of it live.`;
        case 'shim-gone':
            return 'Its processes live, but their shim is gone: nobody holds their output, and nobody will report how they end.';
        case 'shim-without-process':
            return isSaidToRun(node)
                ? `${says} and its shim is there, but no living process is under it.`
                : 'Nobody lists it as running and no process of it lives: only its shim is left.';
        case 'pid-of-another':
            return `The pid that ${productOf(node.engine)} names is not a process of this container.`;
        case 'containerd-disagrees':
            return node.container
                ? `${says} and its first process lives, but ${containerdWords(node.containerd ?? {})}.`
                : `${life === 'others live' ? 'A process of it' : 'Its first process'} lives, but ${containerdWords(node.containerd ?? {})}.`;
        case 'unknown-to-engine':
            if (life === 'nothing lives' && !isSaidToRun(node))
                return 'containerd keeps it for the engine, which was asked later and does not list it.';
            return life === 'nothing lives' || node.containerd?.task
                ? 'containerd runs it, but the engine that was asked does not list it.'
                : 'It runs, but the engine that was asked does not list it.';
        case 'wedged':
            return `Its process lives and the list says ${said}, but ${productOf(node.engine)} does not answer when asked about it alone: something that was asked of it hangs.`;
        case 'unverified':
            return doubts[doubt ?? 'nobody-heard'].sentence;
    }
}

function explainAgreement(node: ContainerNode): string {
    const { container, containerd, life } = node;
    const said = saidStateOf(node) ?? 'nothing of it';
    if (life === 'waits' && !isSaidToRun(node)) {
        return `${speakerOf(node)} says ${said}, and its first process waits to be started.`;
    }
    if (!container && life === 'nothing lives')
        return 'containerd says that it does not run, and there is no process of it. No engine lists it.';
    const what = isSaidToBePaused(node) ? 'it is paused' : 'it runs';
    if (!container) return `containerd, the shim and the kernel agree: ${what}. No engine lists it.`;
    if (!isSaidToRun(node)) return `${speakerOf(node)} says ${said}, and no living process contradicts it.`;
    const others = containerd?.task ? 'containerd, the shim' : 'the shim';
    return `${speakerOf(node)}, ${others} and the kernel agree: ${what}.`;
}

/** Who says whether it runs. */
export function speakerOf({ container, engine }: ContainerNode): 'Docker' | 'Podman' | 'containerd' {
    return container ? productOf(engine) : 'containerd';
}

/** What people call the engine. */
export function productOf(engine: Engine | undefined): 'Docker' | 'Podman' {
    return engine?.product === 'podman' ? 'Podman' : 'Docker';
}

/** What containerd says, as one of the witnesses. */
export function containerdWords({ container, task, silence }: ContainerdWord): string {
    if (silence !== undefined) return `containerd ${visible(silence, 300)}`;
    if (!task) return container ? 'containerd says there is no task of it' : 'containerd does not list it';
    const how = task.exitStatus === undefined ? `pid ${String(task.pid)}` : `exit status ${String(task.exitStatus)}`;
    return `containerd says ${task.status}, ${how}`;
}

/** A word or two behind the container's name; empty where there is nothing to say. */
export function shortVerdict({ verdict, doubt = 'nobody-heard' }: ContainerNode): string {
    return verdict === 'unverified' ? doubts[doubt].short : shortVerdicts[verdict];
}

export function toneOfVerdict(node: ContainerNode): Tone {
    switch (node.verdict) {
        case 'agree':
        case 'unverified':
        case 'unknown-to-engine':
            return 'normal';
        case 'shim-gone':
        case 'process-of-a-stopped-container':
        case 'containerd-disagrees':
            return 'warning';
        case 'shim-without-process':
            return isSaidToRun(node) ? 'error' : 'warning';
        default:
            return 'error';
    }
}

const shortVerdicts: Readonly<Record<Exclude<Verdict, 'unverified'>, string>> = {
    agree: '',
    'running-without-process': 'no process',
    'process-of-a-stopped-container': 'process still alive',
    'first-process-ended': 'first process has ended',
    'shim-gone': 'shim gone',
    'shim-without-process': 'no process under the shim',
    'pid-of-another': 'pid belongs to another',
    'containerd-disagrees': 'containerd disagrees',
    'unknown-to-engine': 'not known to the engine',
    wedged: 'inspect does not answer',
};

/**
 * Why nothing is verified. Its row needs no word where it says already that it is stale, or known by its id alone; nor
 * for what every container goes through when it starts.
 */
const doubts: Readonly<Record<Doubt, { readonly short: string; readonly sentence: string }>> = {
    'engine-silent': {
        short: '',
        sentence: 'Its engine does not answer, so nobody knows whether what it said last still holds.',
    },
    'nobody-heard': {
        short: '',
        sentence: 'Only the kernel shows it: no engine and no containerd that knows it was heard.',
    },
    'just-started': {
        short: '',
        sentence: 'It has only just started: what was told of it may be from before.',
    },
    'just-ended': {
        short: 'just ended',
        sentence: 'Its first process has ended since its engine was asked, which says next whether it knows.',
    },
    'not-all-seen': {
        short: 'processes not seen',
        sentence: 'Not every process can be seen from here, so what is not seen proves nothing.',
    },
    'shim-not-seen': {
        short: 'shim not seen',
        sentence: 'Its first process lives, but its parent is not seen from here, or is no shim that is known as one.',
    },
    'pid-alike': {
        short: 'unverified',
        sentence:
            'The process that the engine names started when the engine says, but neither a cgroup nor a shim shows that it is of this container.',
    },
    'being-removed': {
        short: 'process still alive',
        sentence: 'The engine is removing it, and a process of it still lives.',
    },
    'containerd-says-running': {
        short: 'unverified',
        sentence: 'containerd says that it runs, which neither the engine nor the kernel says.',
    },
    'state-not-known': {
        short: 'unverified',
        sentence: 'The engine uses a word for its state that says neither that it runs nor that it does not.',
    },
};
