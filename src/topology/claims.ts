import type { Process } from '../model/process';
import { baseName } from './command-line';
import { isZombie } from './process-table';
import type { Evidence, Role } from './topology';

/**
 * What a process looks like, by its names alone. Any process can call itself anything, so a claim is where a question
 * starts: running-containers.ts and daemons.ts decide which claims hold.
 */
export interface Claim {
    readonly role: ClaimedRole;
    readonly evidence: Evidence;
    /** Its executable is readable and has another name: a multi-call binary (k3s), or a process that lies. */
    readonly contradicted: boolean;
}

export type ClaimedRole = Extract<
    Role,
    | 'dockerd'
    | 'containerd'
    | 'shim'
    | 'conmon'
    | 'runc'
    | 'docker-proxy'
    | 'rootlesskit'
    | 'buildkit'
    | 'init'
    | 'pause'
    | 'cli'
>;

/** The one table of names. Distributions prefix some with `docker-` (1.11 to 18.06) or suffix them (-ce, -current). */
const namesOfRoles: readonly (readonly [ClaimedRole, RegExp])[] = [
    ['shim', /^(docker-)?containerd-shim(-[a-z0-9_.]+)*$/],
    ['dockerd', /^dockerd(-ce|-current)?$/],
    ['containerd', /^(docker-)?containerd(-current)?$/],
    ['conmon', /^conmon(rs)?$/],
    ['runc', /^((docker-)?runc|crun|youki)$/],
    ['docker-proxy', /^(docker|rootlesskit-docker)-proxy(-current)?$/],
    ['rootlesskit', /^rootlesskit$/],
    ['buildkit', /^buildkitd$/],
    ['init', /^(docker-init|tini|tini-static|dumb-init|catatonit)$/],
    ['pause', /^pause$/],
    ['cli', /^(docker|podman|nerdctl|ctr|crictl)$/],
];

export function claimOf(process: Process): Claim | undefined {
    if (process.kernelThread || isZombie(process)) return undefined;
    const argv = process.argv ?? [];
    if (isRuncInit(process)) return claim('runc', `it is between clone and exec: comm is ${process.comm}`);

    const byExecutable = process.exe === undefined ? undefined : roleOf(baseName(process.exe), argv);
    if (byExecutable === 'dockerd' && isHelperOfDockerd(argv)) return undefined;
    if (byExecutable) return claim(byExecutable, `its executable is ${process.exe ?? ''}`);

    const byArgument = argv[0] === undefined ? undefined : roleOf(baseName(argv[0]), argv);
    if (byArgument) return claim(byArgument, `argv[0] is ${argv[0] ?? ''}`, process.exe !== undefined);

    // comm holds 15 bytes: enough for a name only where argv could not be read.
    const byComm = process.argv === undefined ? roleOf(process.comm, argv) : undefined;
    return byComm && claim(byComm, `comm is ${process.comm}`, process.exe !== undefined);
}

/** `runc init` waits in the container's place until runc start lets it execute the container's program. */
export function isRuncInit(process: Process): boolean {
    return (
        /^runc:\[\d/.test(process.comm) ||
        (baseName(process.argv?.[0] ?? '') === 'runc' && process.argv?.[1] === 'init')
    );
}

/**
 * dockerd runs its own executable under other names for work that needs a process of its own (the names that moby
 * registers with its package reexec), for example as runc's hook in each `docker run` with a network.
 */
function isHelperOfDockerd(argv: readonly string[]): boolean {
    return /^(libnetwork-setkey|docker-(applyLayer|mountfrom|tar|untar)|netns-create|set-default-vlan|setup-resolver|fwmarker|redirector)$/.test(
        baseName(argv[0] ?? ''),
    );
}

function roleOf(name: string, argv: readonly string[]): ClaimedRole | undefined {
    // Until 1.12 the daemon was `docker daemon` (and `docker -d` before 1.8).
    if (name === 'docker' && (argv[1] === 'daemon' || argv[1] === '-d')) return 'dockerd';
    return namesOfRoles.find(([, names]) => names.test(name))?.[0];
}

function claim(role: ClaimedRole, detail: string, contradicted = false): Claim {
    return { role, evidence: { source: 'argv', detail }, contradicted };
}
