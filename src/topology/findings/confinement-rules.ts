import type { Process } from '../../model/process';
import { waitsToBeStarted } from '../claims';
import { shimAbove } from '../lineage';
import { hasEnded } from '../process-table';
import { isOfRunc } from '../shim-arguments';
import type { ContainerNode, Evidence } from '../topology';
import type { Look, Rule, Sighting } from './rule';

/**
 * A shim runs where its daemons run: a namespace that a container shares with its shim is the host's (or, in Docker in
 * Docker, the enclosing container's), namespaces(7).
 */
const hostNamespaces: Rule = {
    code: 'host-namespaces',
    severity: 'information',
    isTransient: false,
    find: (look) =>
        confined(look).flatMap(({ node, main, shim, holder }): readonly Sighting[] => {
            const evidence = (['pid', 'net', 'ipc'] as const).flatMap((kind): readonly Evidence[] => {
                const inode = main.namespaces?.[kind];
                if (inode === undefined || inode !== shim.namespaces?.[kind]) return [];
                return [
                    { source: 'namespace', detail: `${kind} namespace ${String(inode)} is that of ${holder}, too` },
                ];
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
        confined(look).flatMap(({ node, main, shim, holder }): readonly Sighting[] => {
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
                            detail: `CapBnd of process ${String(main.pid)} is ${bounds}, that of ${holder} ${shims}`,
                        },
                        { source: 'proc', detail: `Seccomp is ${String(main.seccomp ?? 'not known to this kernel')}` },
                        ...whoseRights(shim),
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

/** A rootless daemon's capabilities are those of its user namespace, user_namespaces(7): outside, its user has few. */
function whoseRights({ uid }: Process): readonly Evidence[] {
    if (uid === undefined || uid === 0) return [];
    return [
        { source: 'proc', detail: `its daemon is rootless: on the host these are the rights of user ${String(uid)}` },
    ];
}

interface Confined {
    readonly node: ContainerNode;
    readonly main: Process;
    readonly shim: Process;
    /** `its shim`, `its conmon`. */
    readonly holder: string;
}

/**
 * Containers whose own processes are seen: a guest (gVisor, Kata) has another kernel. A conmon is where its podman or
 * CRI-O is, as a shim is where its containerd is.
 */
function confined(look: Look): readonly Confined[] {
    return look.containers.flatMap((node): readonly Confined[] => {
        const main = node.mainPid === undefined ? undefined : look.known.table.byPid.get(node.mainPid);
        const above = shimAbove(look, node);
        const isConmons = above?.shim.version === 'conmon';
        if (!main || !above || node.guest || !(isConmons || isOfRunc(above.shim))) return [];
        if (hasEnded(main) || waitsToBeStarted(main)) return [];
        return [{ node, main, shim: above.process, holder: isConmons ? 'its conmon' : 'its shim' }];
    });
}
