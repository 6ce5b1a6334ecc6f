import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import { waitsToBeStarted } from './claims';
import type { ContainerdWord } from './containerd-word';
import type { FirstProcess } from './first-process';
import { isOutermost, hasEnded } from './process-table';
import { compareStarts, isNewsTo, isStarting } from './start-time';
import type { Life } from './topology';
import type { ContainerdWords, EngineWord, Witnesses } from './verdict';

/** What is known of a container when it is judged. */
export interface Case {
    readonly snapshot: Snapshot;
    /** The engine that lists it, and how. */
    readonly engine?: Engine;
    readonly listed?: Container;
    /** Where none lists it, what that means. */
    readonly unlisted: Extract<EngineWord, 'does not list it' | 'silent' | 'nobody'>;
    /** When the engines that ought to know it made their lists, the oldest, in milliseconds since 1970. */
    readonly listedAt?: number;
    /** When a look last saw its first process alive, the present one included, in milliseconds since 1970. */
    readonly livedAt?: number;
    readonly containerd?: ContainerdWord;
    readonly shim?: Process;
    readonly first: FirstProcess;
    /** The process whose pid the engine tells, if it is not the first one. */
    readonly toldProcess?: Process;
    /** Its processes other than the first. */
    readonly others: readonly Process[];
    readonly seesAll: boolean;
    /** The parent of the first process is seen, and is nothing that may be its shim. */
    readonly hasOtherParent: boolean;
    /** Its own processes are those of another kernel. */
    readonly isGuest: boolean;
}

/** One word for each witness. */
export function weigh(one: Case): Witnesses {
    const { engine, listed, shim, seesAll, hasOtherParent } = one;
    const kernel = lifeOf(one);
    return {
        engine: listed ? engineWord(engine, listed) : one.unlisted,
        containerd: containerdWord(one, kernel),
        shim: shim ? 'there' : hasOtherParent ? 'gone' : 'not seen',
        kernel,
        pid: pidWord(one),
        sight: seesAll ? 'all' : 'part',
        age: ageWord(one, kernel),
        inspect: listed?.inspectProblem?.reason === 'timeout' ? 'hangs' : 'fine',
    };
}

export function lifeOf({ first: { process }, others }: Pick<Case, 'first' | 'others'>): Life {
    if (process && !hasEnded(process)) return waitsToBeStarted(process) ? 'waits' : 'lives';
    return others.some((other) => other !== process && !hasEnded(other)) ? 'others live' : 'nothing lives';
}

/** Whether its first process lives. */
export function isAlive(life: Life): boolean {
    return life === 'lives' || life === 'waits';
}

function engineWord(engine: Engine | undefined, { state }: Container): EngineWord {
    if (engine?.problem) return 'stale';
    switch (state) {
        case 'running':
        case 'paused':
            return 'runs';
        case 'exited':
        case 'dead':
            return 'ended';
        case 'unknown':
            return 'some other word';
        default:
            return state;
    }
}

/** containerd's pids are those of its own pid namespace, and of a guest it may name any of the processes that hold it. */
function containerdWord(
    { snapshot, containerd, shim, first: { process }, isGuest }: Case,
    kernel: Life,
): ContainerdWords {
    if (!containerd || containerd.silence !== undefined) return 'silent';
    const { task } = containerd;
    const told = task ? statusWords[task.status] : 'no task';
    if (told === 'silent' || !process || !isAlive(kernel)) return told;
    const isPidOurs = !isGuest && (!shim || isOutermost(shim));
    const word = told === 'runs' && isPidOurs && task?.pid !== process.pid ? 'runs elsewhere' : told;
    return word !== 'runs' && isNewsTo(containerd.askedAt, snapshot, process) ? 'old' : word;
}

const statusWords = {
    running: 'runs',
    paused: 'runs',
    pausing: 'runs',
    created: 'created',
    stopped: 'stopped',
    unknown: 'silent',
} as const;

function pidWord({ snapshot, listed, first: { told }, toldProcess, seesAll }: Case): Witnesses['pid'] {
    if (told === 'gone') return seesAll ? 'gone' : 'not seen';
    return told === "another's" && compareStarts(snapshot, listed, toldProcess)?.areAlike ? 'alike' : told;
}

function ageWord(one: Case, kernel: Life): Witnesses['age'] {
    const { snapshot, listed, listedAt = Infinity, livedAt = -Infinity, shim } = one;
    const { process, told } = one.first;
    if (process && !hasEnded(process)) {
        // A pid that contradicts may have been told long before the list.
        const pidToldAt = told === 'nothing' || told === 'its own' ? undefined : listed?.inspectedAt;
        if (isNewsTo(pidToldAt ?? listedAt, snapshot, process)) return 'news';
        return isStarting(snapshot, process) ? 'young' : 'old';
    }
    if (listed && hasJustStarted(listed)) return 'news';
    if (listed && listedAt <= livedAt) return 'just ended';
    return kernel === 'nothing lives' && shim && isStarting(snapshot, shim) ? 'young' : 'old';
}

/** `Up Less than a second`, `Up 2 seconds`: it may have been started after /proc was read (moby's container/state.go). */
function hasJustStarted({ status }: Container): boolean {
    return /^Up (Less than a second|[12] seconds?)\b/.test(status);
}
