import type { CgroupLine, Process } from '../../model/process';

/**
 * Of which processes more is read than stat, cmdline and cgroup. This decides only what is read: a process may call
 * itself anything, so that nothing here says what a process is or where it belongs.
 *
 * `daemon`: also the sockets that it listens on; `shim` and `part`: status, exe and namespaces; `member` of a container's
 * cgroup: the same, but no namespaces where its parent is one, too; `other`: nothing more, unless it is somewhere below
 * what may be a shim: it may be in a container then, also where cgroups say nothing (rootless on cgroup v1).
 */
export type Relevance = 'daemon' | 'shim' | 'part' | 'member' | 'other';

export function relevanceOf(
    process: Pick<Process, 'comm' | 'kernelThread'>,
    argv: Process['argv'] = [],
    cgroups: Process['cgroups'] = [],
): Relevance {
    if (process.kernelThread) {
        return 'other';
    }
    // The base name of argv[0] too: comm is cut at 15 bytes.
    const command = argv[0] ?? '';
    const names = [process.comm, command.slice(command.lastIndexOf('/') + 1)];
    if (names.some((name) => shimName.test(name))) {
        return 'shim';
    }
    if (names.some((name) => daemonName.test(name)) || argv.some((text) => engineSocket.test(text))) {
        return 'daemon';
    }
    if (names.some((name) => partName.test(name))) {
        return 'part';
    }
    return nameContainer(cgroups) ? 'member' : 'other';
}

/** Whether a container is being made here: its cgroup, namespaces and name change within milliseconds. */
export function isStartingContainer(comm: string): boolean {
    return /^(exe|runc.*|crun.*|youki.*|memfd:.*|\d+)$/.test(comm);
}

const daemonName =
    /^(docker-)?(dockerd|containerd)|^docker-containe|^(podman|crio|cri-o|cri-dockerd|buildkitd|k3s|rke2|k0s|balena-?engine)/;
const shimName = /shim|^conmon/;
const partName = /^(runc|crun|youki|runsc|kata-|rootlesskit|docker-|tini|dumb-init|catatonit|pause$|exe$)/;
const engineSocket = /(docker|containerd|crio|podman)\.sock/;

/** Thousands of processes share few cgroups: what was found out about the lines of one is kept while they are. */
const known = new WeakMap<readonly CgroupLine[], boolean>();

function nameContainer(lines: readonly CgroupLine[]): boolean {
    const before = known.get(lines);
    if (before !== undefined) return before;
    const answer = lines.some(({ path }) => /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/.test(path));
    known.set(lines, answer);
    return answer;
}
