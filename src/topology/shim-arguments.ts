import type { Process } from '../model/process';
import type { ClaimedRole } from './claims';
import { baseName, optionValue } from './command-line';
import type { Shim } from './topology';

/**
 * What the argv of a shim says, in each form that has been in use:
 * - v2: `containerd-shim-runc-v2 -namespace moby -id <id> -address <socket>` (containerd, runtime/v2 README);
 * - v1: `containerd-shim -namespace moby -workdir …/io.containerd.runtime.v1.linux/moby/<id> -address <socket>`;
 * - Docker 1.11 and 1.12: `docker-containerd-shim <id> <bundle> docker-runc`;
 * - conmon, which takes the shim's place under Podman and CRI-O: `conmon -c <id> -n <name> …`; with
 *   `--exec-process-spec` it holds one exec session of that container (conmon, src/cli.c);
 * - runc itself, which stays as the parent where BuildKit or a person runs it: `runc … run --bundle … <id>`.
 *
 * Undefined for the short-lived helpers `… start` and `… delete`, which carry a container's id but hold nothing.
 */
export function readShimArguments(role: ClaimedRole, process: Process): Shim | undefined {
    const argv = process.argv ?? [];
    if (role === 'conmon') {
        return readConmonArguments(withoutPassedOn(argv));
    }
    if (role === 'runc') {
        const id = argv.at(-1) ?? '';
        return argv.includes('run') && runcId.test(id) ? { version: 'runc', id } : undefined;
    }
    if (role !== 'shim' || argv.includes('start') || argv.includes('delete')) return undefined;

    const shared = { address: optionValue(argv, 'address'), namespace: optionValue(argv, 'namespace') };
    const id = optionValue(argv, 'id');
    if (id !== undefined) return { version: 'v2', runtime: runtimeOf(argv), id, ...shared };

    const workdir = optionValue(argv, 'workdir');
    if (workdir !== undefined) {
        const runtime = /\/(io\.containerd\.[^/]+)\//.exec(workdir)?.[1];
        return { version: 'v1', runtime, id: baseName(workdir.replace(/(?<!\/)\/+$/, '')), workdir, ...shared };
    }
    const first = argv[1] ?? '';
    return /^[0-9a-f]{64}$/.test(first) ? { version: 'v1', id: first, ...shared } : undefined;
}

/** Words for other programs, as in `--exit-command-arg --runtime`: they are no options of conmon's (its src/cli.c). */
function withoutPassedOn(argv: readonly string[]): readonly string[] {
    const passesOn = /^--(exit-command-arg|runtime-arg|runtime-opt|restore-arg)$/;
    return argv.filter((word, index) => !passesOn.test(word) && !passesOn.test(argv[index - 1] ?? ''));
}

function readConmonArguments(argv: readonly string[]): Shim | undefined {
    const id = optionValue(argv, 'c', 'cid');
    if (id === undefined) return undefined;
    const name = optionValue(argv, 'n', 'name');
    const isForSession = optionValue(argv, 'exec-process-spec') !== undefined;
    return {
        version: 'conmon',
        runtime: optionValue(argv, 'r', 'runtime'),
        id,
        ...(name && { name }),
        ...(isForSession && { isForSession }),
    };
}

/** What runc accepts as an id: letters, digits, `_+-.`; not an option. */
const runcId = /^[\w+.][\w+.-]*$/;

/** runc's containers, and those of what stands in its place, are ordinary processes of this kernel. */
export function isOfRunc({ version, runtime = '' }: Shim): boolean {
    return version === 'v1' || /^io\.containerd\.runc\./.test(runtime);
}

/** dockerd's namespaces of containerd are `moby`, and `moby-…` where it remaps users; others are somebody else's. */
export function isDockersNamespace(namespace: string): boolean {
    return /^moby(-|$)/.test(namespace);
}

/** containerd starts the binary `containerd-shim-<name>-<version>` for the runtime `io.containerd.<name>.<version>`. */
function runtimeOf(argv: readonly string[]): string | undefined {
    const parts = /^containerd-shim-(.+)-(v\d+)$/.exec(baseName(argv[0] ?? ''));
    return parts ? `io.containerd.${parts[1] ?? ''}.${parts[2] ?? ''}` : undefined;
}
