import type { ContainerNode } from './topology';

/**
 * What people call a container: its names in Docker, else what the tool that made it wrote on it for containerd, or
 * told its conmon. Empty where it has only its id.
 */
export function namesOf({
    container,
    containerd,
    conmonName,
}: Pick<ContainerNode, 'container' | 'containerd' | 'conmonName'>): readonly string[] {
    if (container) return container.names;
    const labels = containerd?.container?.labels ?? {};
    const pod = labels['io.kubernetes.pod.name'];
    const name =
        labels['nerdctl/name'] ??
        (pod === undefined ? undefined : nameInPod(pod, labels['io.kubernetes.container.name'])) ??
        nameByConmon(conmonName);
    return name === undefined || name === '' ? [] : [name];
}

/** Where no engine lists it, the image that containerd was given. */
export function imageOf({
    container,
    containerd,
}: Pick<ContainerNode, 'container' | 'containerd'>): string | undefined {
    return container?.image ?? (containerd?.container?.image || undefined);
}

export interface CriName {
    /** Undefined for the pod's sandbox. */
    readonly container: string | undefined;
    readonly pod: string;
    readonly namespace: string;
    readonly uid: string;
}

/** `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`, with POD for the sandbox: CRI-O's and cri-dockerd's names. */
export function readCriName(name: string | undefined): CriName | undefined {
    const parts = /^k8s_([^_]+)_([^_]+)_([^_]+)_([^_]+)_\d+$/.exec(name ?? '');
    if (!parts) return undefined;
    const [, container = '', pod = '', namespace = '', uid = ''] = parts;
    return { container: container === 'POD' ? undefined : container, pod, namespace, uid };
}

function nameByConmon(name: string | undefined): string | undefined {
    const inPod = readCriName(name);
    return inPod ? nameInPod(inPod.pod, inPod.container) : name;
}

/** The pod's sandbox bears the name of the pod alone. */
function nameInPod(pod: string, container: string | undefined): string {
    return container === undefined ? pod : `${pod}/${container}`;
}
