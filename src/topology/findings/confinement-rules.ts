import type { Process } from '../../model/process';
import { isRuncInit } from '../claims';
import { baseName } from '../command-line';
import { hasEnded } from '../process-table';
import { isOfRunc } from '../shim-arguments';
import type { ContainerNode, Evidence } from '../topology';
import { type Look, type Rule, type Sighting } from './rule';

/**
 * A shim runs where its daemons run: a namespace that a container shares with its shim is the host's (or, in Docker in
 * Docker, the enclosing container's), namespaces(7).
 */
const hostNamespaces: Rule = {
    code: 'host-namespaces',
    severity: 'information',
    isTransient: false,
    find: (look) =>
        confined(look).flatMap(({ node, main, shim }): readonly Sighting[] => {
            const evidence = (['pid', 'net', 'ipc'] as const).flatMap((kind): readonly Evidence[] => {
                const inode = main.namespaces?.[kind];
                if (inode === undefined || inode !== shim.namespaces?.[kind]) return [];
                return [{ source: 'namespace', detail: `${kind} namespace ${String(inode)} is its shim's, too` }];
            });
            return evidence.length === 0 ? [] : [{ about: node.id, evidence }];
        }),
};

/**
 * What --privileged gives, as the kernel shows it: every capability that the shim has, capabilities(7), and no seccomp
 * filter that the shim has not. Whatever option it came from, such a container can do to its host what root can.
 */
const privileged: Rule = {
    code: 'privileged',
    severity: 'information',
    isTransient: false,
    find: (look) =>
        confined(look).flatMap(({ node, main, shim }): readonly Sighting[] => {
            const [bounds, shims] = [main.capabilityBounds, shim.capabilityBounds];
            if (bounds === undefined || shims === undefined || main.seccomp !== shim.seccomp) return [];
            const ought = BigInt(`0x${shims}`) & knownToEveryDocker;
            if ((BigInt(`0x${bounds}`) & ought) !== ought) return [];
            return [
                {
                    about: node.id,
                    evidence: [
                        {
                            source: 'proc',
                            detail: `CapBnd of process ${String(main.pid)} is ${bounds}, its shim's ${shims}`,
                        },
                        { source: 'proc', detail: `Seccomp is ${String(main.seccomp ?? 'not known to this kernel')}` },
                    ],
                },
            ];
        }),
};

export const confinementRules: readonly Rule[] = [hostNamespaces, privileged];

/**
 * Up to CAP_AUDIT_READ (37) of Linux 3.16: Docker up to 20.10 knows no later ones, so that its --privileged leaves out
 * CAP_PERFMON, CAP_BPF and CAP_CHECKPOINT_RESTORE.
 */
const knownToEveryDocker = (1n << 38n) - 1n;

/** Containers whose own processes are seen: a sandbox (gVisor, Kata) has another kernel inside. */
function confined(look: Look) {
    const { known, nodes } = look;
    return look.containers.flatMap(
        (node): readonly { readonly node: ContainerNode; readonly main: Process; readonly shim: Process }[] => {
            const main = node.mainPid === undefined ? undefined : known.table.byPid.get(node.mainPid);
            const above = node.parent === null ? undefined : nodes.get(node.parent);
            if (!main || above?.kind !== 'process' || !above.shim || !isOfRunc(above.shim)) return [];
            const isSandbox = /^runsc/.test(baseName(main.argv?.[0] ?? ''));
            return hasEnded(main) || isRuncInit(main) || isSandbox ? [] : [{ node, main, shim: above.process }];
        },
    );
}
