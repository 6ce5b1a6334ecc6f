import type { CgroupLine, Process } from '../model/process';
import { parentOf, type ProcessTable } from './process-table';
import type { RunningContainer } from './running-containers';
import type { Evidence } from './topology';

export interface Belonging {
    readonly container: RunningContainer;
    readonly evidence: readonly Evidence[];
}

/**
 * A process belongs to the container whose verified cgroup is the longest prefix of its own. Where its cgroup tells
 * nothing (a zombie has left it, rootless engines on cgroup v1 have none), it belongs where its parent does: a process
 * can leave neither its ancestors nor, without privileges, its container.
 */
export class Membership {
    readonly #table: ProcessTable;
    /** By hierarchy and path. */
    readonly #byCgroup = new Map<number, Map<string, RunningContainer>>();
    /** A path is as long as whoever made it likes: only a part of it that is as long as a container's is looked up. */
    readonly #lengths = new Set<number>();
    readonly #byShimChild = new Map<number, RunningContainer>();
    readonly #answers = new Map<number, Belonging | undefined>();
    /** Of thousands of processes many are in the same cgroups, which the reader then hands out as the same list. */
    readonly #byCgroups = new Map<readonly CgroupLine[], Belonging | undefined>();

    constructor(table: ProcessTable, containers: readonly RunningContainer[]) {
        this.#table = table;
        for (const container of containers) {
            for (const { hierarchy, path } of container.cgroups) {
                const paths = this.#byCgroup.get(hierarchy) ?? new Map<string, RunningContainer>();
                this.#byCgroup.set(hierarchy, paths.set(path, container));
                this.#lengths.add(path.length);
            }
            for (const child of container.shimChildren) this.#byShimChild.set(child.pid, container);
        }
    }

    of(process: Process): Belonging | undefined {
        // Without recursion: a chain of ancestors may be as long as a container's process cares to make it.
        const silent: Process[] = [];
        let next: Process | undefined = process;
        let answer: Belonging | undefined;
        for (; next; next = parentOf(this.#table, next)) {
            answer = this.#answers.get(next.pid) ?? this.#byItself(next);
            if (answer || this.#answers.has(next.pid)) break;
            silent.push(next);
        }
        if (next) this.#answers.set(next.pid, answer);
        for (const descendant of silent) this.#answers.set(descendant.pid, answer && inherited(answer, descendant));
        return this.#answers.get(process.pid);
    }

    #byItself(process: Process): Belonging | undefined {
        const byCgroup = process.cgroups && this.#byItsCgroups(process.cgroups, process);
        if (byCgroup) return byCgroup;
        const container = this.#byShimChild.get(process.pid);
        if (!container) return undefined;
        const shim = container.shim?.process.pid;
        const detail =
            process.ppid === shim
                ? `started by the shim ${String(shim)} of this container`
                : `started by ${String(process.ppid)}, for the shim ${String(shim)} of this container`;
        return { container, evidence: [{ source: 'ppid', detail }] };
    }

    #byItsCgroups(cgroups: readonly CgroupLine[], process: Process): Belonging | undefined {
        let shared = this.#byCgroups.get(cgroups);
        if (!shared && !this.#byCgroups.has(cgroups)) {
            shared = this.#longestPrefix(cgroups);
            this.#byCgroups.set(cgroups, shared);
        }
        // Kata's shim stands in the cgroup of what it holds.
        return shared?.container.shim?.process === process ? this.#longestPrefix(cgroups, process) : shared;
    }

    #longestPrefix(cgroups: readonly CgroupLine[], shim?: Process): Belonging | undefined {
        let longest: { readonly path: string; readonly container: RunningContainer } | undefined;
        for (const { hierarchy, path } of cgroups) {
            const paths = this.#byCgroup.get(hierarchy);
            const shortest = (longest?.path.length ?? 0) + 1;
            for (let end = path.length; paths && end >= shortest; end = path.lastIndexOf('/', end - 1)) {
                if (!this.#lengths.has(end)) continue;
                const container = paths.get(path.slice(0, end));
                if (!container || (shim && container.shim?.process === shim)) continue;
                longest = { path: path.slice(0, end), container };
                break;
            }
        }
        return longest && { container: longest.container, evidence: [{ source: 'cgroup', detail: longest.path }] };
    }
}

function inherited({ container }: Belonging, process: Process): Belonging {
    const detail = `its parent ${String(process.ppid)} belongs to this container`;
    return { container, evidence: [{ source: 'ppid', detail }] };
}
