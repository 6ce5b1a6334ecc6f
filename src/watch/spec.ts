import type { Gap } from '../model/gap';
import type { BundlePlaces } from '../sources/bundle/spec-file';
import { specPlacesOf } from '../topology/spec-places';
import type { ContainerNode, Topology } from '../topology/topology';
import type { AskedContainerds } from './asked-containerds';

export type ReadSpecFile = (places: BundlePlaces) => Promise<{ readonly value: unknown } | Gap>;

/** A container's OCI spec: as containerd keeps it, else as it stands in the bundle. Environment included. */
export async function specOf(
    topology: Topology,
    node: ContainerNode,
    containerds: AskedContainerds | undefined,
    readSpecFile: ReadSpecFile | undefined,
): Promise<{ readonly value: unknown } | Gap> {
    const places = specPlacesOf(topology, node);
    if ('why' in places)
        return { source: 'OCI spec', reason: 'unsupported', detail: places.why, help: 'Inspect it instead.' };
    // What the last look has found may not be open yet.
    await containerds?.follow(topology);
    const source = places.address === undefined ? undefined : containerds?.at(places.address);
    const told = await source?.spec(places.namespace, places.id);
    if (told && 'value' in told) return told;
    const read = await readSpecFile?.(places);
    if (read && 'value' in read) return read;
    const asked = told ? `containerd: ${told.detail}` : 'containerd was not asked';
    return {
        source: 'OCI spec',
        reason: read?.reason ?? told?.reason ?? 'unsupported',
        detail: read ? `${asked}; ${read.detail}` : `${asked}, and no files of this machine may be read for it`,
        help: told?.reason === 'forbidden' ? told.help : (read?.help ?? told?.help ?? ''),
    };
}
