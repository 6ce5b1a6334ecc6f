import type { Process } from '../model/process';
import { visible } from './plain-text';

/** `S (sleeping)`: the letter that ps shows, and what it means. A zombie's other threads may still run. */
export function stateWords({ state, threads }: Process): string {
    if (state === 'Z' && threads > 1) return `Z (its first thread has ended, ${String(threads - 1)} more may run)`;
    const words = Object.hasOwn(states, state) ? states[state] : undefined;
    return words === undefined ? visible(state) : `${state} (${words})`;
}

/** The letters of field 3 of /proc/PID/stat, proc_pid_stat(5). */
const states: Readonly<Record<string, string>> = {
    R: 'running',
    S: 'sleeping',
    D: 'waiting, not to be interrupted',
    T: 'stopped by a signal',
    t: 'stopped by a tracer',
    Z: 'zombie: it has ended, and its parent has not yet asked how',
    I: 'idle',
    X: 'dead',
};
