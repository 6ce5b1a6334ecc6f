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
    /** Its executable is readable and has another name: a script's interpreter, or a process that lies. */
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
    ['shim', /^(docker-)?containerd-shim(-[a-z0-9_.-]+)?$/],
    ['dockerd', /^dockerd(-ce|-current)?$/],
    ['containerd', /^(docker-)?containerd(-current)?$/],
    ['conmon', /^conmon(rs)?$/],
    ['runc', /^((docker-|buildkit-|sysbox-)?runc|crun|youki|nvidia-container-runtime(\.(cdi|legacy|experimental))?)$/],
    ['docker-proxy', /^(docker|rootlesskit-docker)-proxy(-current)?$/],
    ['rootlesskit', /^rootlesskit$/],
    ['buildkit', /^buildkitd$/],
    ['init', /^(docker-init|tini|tini-static|dumb-init|catatonit)$/],
    ['pause', /^pause$/],
    ['cli', /^(docker|podman|nerdctl|ctr|crictl)$/],
];

/** One question instead of as many as there are roles: nearly every process has none. */
const anyName = new RegExp(namesOfRoles.map(([, names]) => names.source).join('|'));

/** Several programs in one, told apart by argv[0]: k3s, which names the file `containerd` in some of its versions. */
const severalPrograms = /\/k3s( \(deleted\))?$|\/data\/[0-9a-f]{64}\/bin\/containerd( \(deleted\))?$/;

/** runc and crun execute a sealed copy of themselves, whose link tells no name (their cloned_binary.c). */
const sealedCopy = /^\/( \(deleted\))?$|^\/memfd:(runc|crun|youki)/;

export function claimOf(process: Process): Claim | undefined {
    if (process.kernelThread || isZombie(process)) return undefined;
    const { argv = [], comm } = process;
    const byArgument = argv[0] === undefined ? undefined : roleOf(baseName(argv[0]), argv);
    const executable = namedExecutable(process);
    const byExecutable = executable === undefined ? undefined : roleOf(baseName(executable), argv);
    if (isBeforeExec(comm, byArgument, argv)) {
        const contradicted = executable !== undefined && byExecutable !== 'runc';
        return claim('runc', `it is between clone and exec: comm is ${comm}`, contradicted);
    }
    if (byExecutable === 'dockerd' && isHelperOfDockerd(argv)) return undefined;
    if (byExecutable) return claim(byExecutable, `its executable is ${executable ?? ''}`);

    if (byArgument) return claim(byArgument, `argv[0] is ${argv[0] ?? ''}`, executable !== undefined);

    // comm holds 15 bytes: enough for a name only where argv could not be read.
    const byComm = process.argv === undefined ? roleOf(comm, argv) : undefined;
    return byComm && claim(byComm, `comm is ${comm}`, executable !== undefined);
}

/** The role of a claim that its executable, where that can be read, does not contradict. */
export function likelyRoleOf(process: Process): ClaimedRole | undefined {
    const claim = claimOf(process);
    return claim?.contradicted === false ? claim.role : undefined;
}

export function isBuildkit(process: Process): boolean {
    return likelyRoleOf(process) === 'buildkit';
}

/** `runc init` waits in the container's place until runc start lets it execute the container's program. */
export function isRuncInit(process: Process): boolean {
    const { comm, argv = [] } = process;
    return isBeforeExec(comm, roleOf(baseName(argv[0] ?? ''), argv), argv) && likelyRoleOf(process) === 'runc';
}

/** As `runc init` does, `crun create` does it under its own name. */
export function waitsToBeStarted(process: Process): boolean {
    if (isRuncInit(process)) return true;
    return likelyRoleOf(process) === 'runc' && (process.argv?.includes('create') ?? false);
}

function isBeforeExec(comm: string, role: ClaimedRole | undefined, argv: readonly string[]): boolean {
    // A shim that runs WebAssembly in a process of its own keeps the name that youki's library gave this process.
    if (/^(runc|youki):\[\d/.test(comm)) return role !== 'shim';
    return role === 'runc' && argv[1] === 'init';
}

/** Where a container's own processes live, if not as processes of this kernel. */
export type GuestKind = 'virtual machine' | 'gVisor' | 'WebAssembly';

/** The one table of what holds guests: shims, and the runtimes that a conmon is given. */
const namesOfGuests: readonly (readonly [GuestKind, RegExp])[] = [
    ['virtual machine', /^(containerd-shim-)?(kata|aws-firecracker)(-|$)|^krun$/],
    ['gVisor', /^(containerd-shim-)?runsc(-|$)/],
    ['WebAssembly', /^containerd-shim-(wasm\w*|spin|slight|wws|lunatic)-/],
];

/** By the name of a program or the path of its executable. */
export function guestKindOf(program: string): GuestKind | undefined {
    return namesOfGuests.find(([, names]) => names.test(baseName(program)))?.[0];
}

/** The process in which a virtual machine runs; whose it is, its name does not tell. */
export function isMachineMonitor(process: Process): boolean {
    return /^(qemu-(system-\w+|kvm|lite)|cloud-hypervisor|firecracker|stratovirt)$/.test(baseName(programOf(process)));
}

/** Its executable, or where that can't be read what it says it was started as. */
export function programOf(process: Process): string {
    return namedExecutable(process) ?? process.argv?.[0] ?? process.comm;
}

/** Absent where it can't be read, and where its name does not tell which program it is. */
function namedExecutable({ exe }: Process): string | undefined {
    return exe === undefined || severalPrograms.test(exe) || sealedCopy.test(exe) ? undefined : exe;
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

/** Shims had events published by `containerd --address … publish`; people ask it for its version or configuration. */
function isHelperOfContainerd(argv: readonly string[]): boolean {
    const first = /^(config|help|oci-hook|--?help|-h|--?version|-v)$/;
    return first.test(argv[1] ?? '') || argv.includes('publish');
}

function roleOf(name: string, argv: readonly string[]): ClaimedRole | undefined {
    // Until 1.12 the daemon was `docker daemon` (and `docker -d` before 1.8).
    if (name === 'docker' && (argv[1] === 'daemon' || argv[1] === '-d')) return 'dockerd';
    if (!anyName.test(name)) return undefined;
    const role = namesOfRoles.find(([, names]) => names.test(name))?.[0];
    return role === 'containerd' && isHelperOfContainerd(argv) ? undefined : role;
}

function claim(role: ClaimedRole, detail: string, contradicted = false): Claim {
    return { role, evidence: { source: 'argv', detail }, contradicted };
}
