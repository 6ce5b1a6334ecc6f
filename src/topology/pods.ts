import { type CriName, readCriName } from './container-names';
import type { RunningContainer } from './running-containers';
import type { ContainerNode, Evidence } from './topology';

/** The Kubernetes pod that a container is of, as far as labels, cgroups and shims tell. */
export interface Pod {
    /** The id of the container that holds the pod's namespaces open. */
    readonly sandbox?: string;
    readonly name?: string;
    /** Kubernetes' namespace, which is none of containerd's and none of the kernel's. */
    readonly namespace?: string;
    readonly uid?: string;
    readonly qualityOfService?: QualityOfService;
    /** How each of them is known. */
    readonly evidence: Readonly<Partial<Record<'sandbox' | 'name' | 'uid' | 'qualityOfService', Evidence>>>;
}

export type QualityOfService = 'guaranteed' | 'burstable' | 'besteffort';

/** What the tool that made a container tells of it. */
type Told = Pick<ContainerNode, 'container' | 'containerd' | 'conmonName'>;

/** Labels tell the most; where nobody could be asked, the cgroup path still has the pod's uid and quality of service. */
export function podOf(running: RunningContainer, told: Told, sandboxSigns: SandboxSigns): Pod | undefined {
    const byCgroup = running.cgroups.flatMap(({ path }) => podInPath(path) ?? [])[0];
    const named = namedPod(told);
    const sandbox = sandboxOf(running, told, named, sandboxSigns);
    if (!byCgroup && !named && !sandboxSigns.shimHoldsOthers) return undefined;
    return {
        sandbox: sandbox?.id,
        name: named?.pod,
        namespace: named?.namespace,
        uid: named?.uid ?? byCgroup?.uid,
        qualityOfService: byCgroup?.qualityOfService,
        evidence: {
            sandbox: sandbox?.evidence,
            name: named?.evidence,
            uid: named?.uid === undefined ? byCgroup?.evidence : named.evidence,
            qualityOfService: byCgroup?.evidence,
        },
    };
}

/** What may show that a container is a pod's sandbox, where nobody says so. */
export interface SandboxSigns {
    readonly shimHoldsOthers: boolean;
    readonly looksLikeSandbox: Evidence | undefined;
}

function sandboxOf(
    { id, shim }: RunningContainer,
    { containerd }: Told,
    named: NamedPod | undefined,
    { shimHoldsOthers, looksLikeSandbox }: SandboxSigns,
): { readonly id: string; readonly evidence: Evidence } | undefined {
    if (shim && shimHoldsOthers) {
        return { id: shim.shim.id, evidence: { source: 'argv', detail: '-id of the shim, which holds several' } };
    }
    const told = containerd?.container?.sandbox;
    if (told !== undefined) return { id: told, evidence: { source: 'containerd', detail: "the container's sandbox" } };
    if (named) return named.isSandbox ? { id, evidence: named.evidence } : undefined;
    return looksLikeSandbox && { id, evidence: looksLikeSandbox };
}

interface NamedPod extends Partial<CriName> {
    readonly isSandbox: boolean;
    readonly evidence: Evidence;
}

/** What the kubelet gives every container: `io.kubernetes.pod.*`, to containerd through CRI, to Docker through cri-dockerd. */
function namedPod({ container, containerd, conmonName }: Told): NamedPod | undefined {
    const labels = container?.labels ?? containerd?.container?.labels ?? {};
    const pod = labels['io.kubernetes.pod.name'];
    if (pod !== undefined) {
        const kind = labels['io.cri-containerd.kind'] ?? labels['io.kubernetes.docker.type'];
        return {
            pod,
            namespace: labels['io.kubernetes.pod.namespace'],
            uid: labels['io.kubernetes.pod.uid'],
            isSandbox: kind === 'sandbox' || kind === 'podsandbox',
            evidence: { source: container ? 'docker' : 'containerd', detail: 'labels io.kubernetes.pod.*' },
        };
    }
    const byConmon = readCriName(conmonName);
    return (
        byConmon && {
            ...byConmon,
            isSandbox: byConmon.container === undefined,
            evidence: { source: 'argv', detail: `conmon's -n ${String(conmonName)}` },
        }
    );
}

/**
 * As the kubelet names them (pkg/kubelet/cm): `…/kubepods-burstable-pod<uid>.slice/…` with `_` for `-`, by systemd, and
 * `…/kubepods/burstable/pod<uid>/…` without; pods of the class `guaranteed` stand directly below `kubepods`.
 */
function podInPath(
    path: string,
): (Pick<Pod, 'uid' | 'qualityOfService'> & { readonly evidence: Evidence }) | undefined {
    const inPath = /(?:^|[/-])kubepods(?:[/-](burstable|besteffort))?[/-]pod([\w-]{1,128}?)(?:\.slice)?[/:]/g;
    const innermost = [...path.matchAll(inPath)].at(-1);
    if (!innermost) return undefined;
    const [, quality, uid = ''] = innermost;
    return {
        uid: uid.replaceAll('_', '-'),
        qualityOfService: quality === 'burstable' || quality === 'besteffort' ? quality : 'guaranteed',
        evidence: { source: 'cgroup', detail: path },
    };
}
