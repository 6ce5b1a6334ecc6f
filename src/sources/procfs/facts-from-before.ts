import type { Process } from '../../model/process';

/**
 * Processes of which only stat was read, with what else an earlier look has told of them: a process seldom becomes
 * something else while its name stays, and without its cgroup it would be in no container.
 */
export function withFactsFromBefore(processes: readonly Process[], before: readonly Process[]): readonly Process[] {
    const known = new Map(before.map((process) => [process.pid, process]));
    return processes.map((process) => {
        const earlier = known.get(process.pid);
        if (!earlier || !isSame(earlier, process)) return process;
        // Where it waited then says nothing: taken for the same wait, it would seem stuck.
        return { ...earlier, ...process, wait: undefined };
    });
}

function isSame(one: Process, other: Process): boolean {
    return (
        one.startTicks === other.startTicks && one.comm === other.comm && (one.state === 'Z') === (other.state === 'Z')
    );
}
