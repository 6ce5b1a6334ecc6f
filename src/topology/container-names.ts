import type { ContainerNode } from './topology';

/**
 * What people call a container: its names in Docker, else what the tool that made it wrote on it for containerd.
 * Empty where it has only its id.
 */
export function namesOf({ container, containerd }: Pick<ContainerNode, 'container' | 'containerd'>): readonly string[] {
    if (container) return container.names;
    const labels = containerd?.container?.labels ?? {};
    const pod = labels['io.kubernetes.pod.name'];
    const inPod = labels['io.kubernetes.container.name'];
    // The pod's sandbox has the label of the pod alone.
    const name = labels['nerdctl/name'] ?? (pod !== undefined && inPod !== undefined ? `${pod}/${inPod}` : pod);
    return name === undefined || name === '' ? [] : [name];
}

/** Where no engine lists it, the image that containerd was given. */
export function imageOf({
    container,
    containerd,
}: Pick<ContainerNode, 'container' | 'containerd'>): string | undefined {
    return container?.image ?? (containerd?.container?.image || undefined);
}
