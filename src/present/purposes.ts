import type { Role, TopologyNode } from '../topology/topology';

/** What each part is for, in one sentence that a learner can use. */
export function purposeOf(node: TopologyNode): string {
    if (node.kind === 'engine') {
        if (node.engine?.product === 'podman') {
            return "Podman's service answers the REST API that the docker command speaks. Its containers do not depend on it: a conmon of its own holds each of them.";
        }
        return 'dockerd answers the REST API that the docker command speaks, keeps images, networks and volumes, and leaves the life of containers to containerd.';
    }
    if (node.kind === 'container') {
        return 'The kernel has no container object: a container is these processes, set apart by namespaces and a cgroup, and held by their shim.';
    }
    return purposes[node.role];
}

const purposes: Readonly<Record<Role, string>> = {
    dockerd:
        'dockerd answers the REST API that the docker command speaks, and leaves the life of containers to containerd.',
    containerd:
        'containerd pulls and stores images, prepares each container as an OCI bundle, and starts and watches one shim for it. It may restart without harm to any container.',
    shim: 'The shim is the parent that remains: it has runc create the container, then holds its input and output open and its exit status ready, even while dockerd and containerd are down.',
    runc: 'runc makes the container out of its OCI bundle (root file system and config.json), becomes or starts its first process, and exits.',
    main: "The container's first process: when it ends, the container ends.",
    init: "A small init in the place of the container's first process: it passes signals on and reaps zombies for the program that it started.",
    exec: 'Started beside the first process by docker exec: a child of the shim, in the same namespaces; the container does not wait for it.',
    healthcheck: 'An exec session that the daemon starts by itself now and then, to ask whether the container is well.',
    child: 'Started by the process above it.',
    pause: "Holds the pod's namespaces open, and does nothing else: the pod's containers join them.",
    'docker-proxy':
        'Carries the connections to one published port from the host to the container, where the firewall rules alone would not do.',
    rootlesskit: 'Makes the user namespace in which a dockerd without root rights can be root.',
    buildkit: 'Builds images; its build steps run in containers of their own.',
    conmon: "Podman's and CRI-O's shim: the parent that holds one container's input and output and keeps its exit status.",
    cli: 'A client: it speaks to a daemon over its socket, and no container depends on it.',
    host: 'A process of this host without a part in running containers.',
};
