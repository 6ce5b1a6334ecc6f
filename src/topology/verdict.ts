import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import { isZombie } from './process-table';
import type { FirstProcess } from './first-process';
import type { RunningContainer } from './running-containers';
import type { Verdict } from './topology';

/** What each witness says about one container. */
export interface Witnesses {
    /** Absent when no engine was asked that could know it. */
    readonly engine?: Engine;
    readonly listed?: Container;
    /** Absent when neither a shim nor a process shows it. */
    readonly running?: RunningContainer;
    readonly first: FirstProcess;
    /** Other users' processes, or another pid namespace's, can't be seen: absence proves nothing. */
    readonly procIsPartial: boolean;
}

/** Whether Docker, the shim and the kernel agree; never harsher than what was seen. */
export function verdictOf({ engine, listed, running, first, procIsPartial }: Witnesses): Verdict {
    if (!listed) return engine && !engine.problem && engine.listedAt !== undefined ? 'unknown-to-engine' : 'unverified';
    if (engine?.problem) return 'unverified';
    const lives = first.process !== undefined && !isZombie(first.process);
    if (first.contradiction && first.process) return 'pid-of-another';
    if (listed.state === 'running' || listed.state === 'paused') {
        if (lives) return running?.shim ? 'agree' : 'shim-gone';
        if (procIsPartial) return 'unverified';
        return running?.shim ? 'shim-without-process' : 'running-without-process';
    }
    // While it is being created or restarted, its process comes and goes before the list says so.
    if (listed.state === 'restarting' || listed.state === 'removing' || listed.state === 'unknown') return 'agree';
    return lives && first.process?.comm.startsWith('runc:[') !== true ? 'process-of-a-stopped-container' : 'agree';
}
