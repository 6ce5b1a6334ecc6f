import { socketPath } from './command-line';
import { factsOf } from './containerd-word';
import { lineageOf } from './lineage';
import type { ContainerNode, ProcessNode, Topology } from './topology';

/** Where a container's OCI spec (config.json) can be had. */
export interface SpecPlaces {
    readonly namespace: string;
    readonly id: string;
    /** The socket of the containerd that keeps it. */
    readonly address?: string;
    /** The bundle is the working directory of its shim; of a pod's other containers, a folder beside that. */
    readonly shimPid?: number;
    /** Where a containerd with that address usually has the bundle. */
    readonly folders: readonly string[];
}

/** What a namespace and an id may look like for containerd (pkg/identifiers): so that neither leads out of a folder. */
const identifier = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** The places, or why there are none. */
export function specPlacesOf(topology: Topology, node: ContainerNode): SpecPlaces | { readonly why: string } {
    const { namespace, containerId: id } = node;
    const [, above, ...others] = lineageOf(topology, node.id);
    if (namespace === undefined || above?.kind !== 'process') {
        return { why: 'no containerd is known to keep it: Docker gives it to containerd only while it runs' };
    }
    if (!identifier.test(namespace) || !identifier.test(id))
        return { why: "its id or namespace is none of containerd's" };
    if (others.some(({ kind }) => kind === 'container')) return { why: 'it runs inside a container: look from inside' };
    const address = addressOf(topology, above);
    return {
        namespace,
        id,
        ...(address !== undefined && { address }),
        ...(above.shim && seesOurFiles(topology, above) && { shimPid: above.process.pid }),
        folders: address === undefined ? [] : usualFolders(address, namespace, id),
    };
}

function addressOf(topology: Topology, node: ProcessNode): string | undefined {
    const { shim } = node;
    if (shim) return shim.address === undefined ? undefined : socketPath(shim.address);
    return factsOf(topology, node)?.address;
}

/** Elsewhere, the same path is another folder. */
function seesOurFiles({ snapshot }: Topology, { process }: ProcessNode): boolean {
    const [ours, its] = [snapshot.host.namespaces?.mnt, process.namespaces?.mnt];
    return ours === undefined || its === undefined || ours === its;
}

/**
 * containerd's state folder is the one of its socket; that of dockerd's own containerd is `daemon` in there. The part
 * below is the same since containerd 1.0 (v1) and 1.2 (v2): runtime/v1/linux/runtime.go, core/runtime/v2/task_manager.go.
 */
function usualFolders(address: string, namespace: string, id: string): readonly string[] {
    const folder = address.slice(0, address.lastIndexOf('/'));
    if (!folder.startsWith('/') || folder.split('/').includes('..')) return [];
    return [folder, `${folder}/daemon`].flatMap((state) =>
        ['io.containerd.runtime.v2.task', 'io.containerd.runtime.v1.linux'].map(
            (runtime) => `${state}/${runtime}/${namespace}/${id}`,
        ),
    );
}
