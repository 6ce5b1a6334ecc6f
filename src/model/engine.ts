import type { Container } from './container';
import type { Gap } from './gap';

/** A Docker daemon, as its API told it. Its process half is found in /proc, by the topology. */
export interface Engine {
    /** `unix:///var/run/docker.sock`, `tcp://…`; absent for a container list that names no daemon. */
    readonly endpoint?: string;
    /** How we came to this endpoint, for example `DOCKER_HOST` or `the default socket`. */
    readonly foundBy: string;
    /** Asked over tcp without TLS: neither side proves who it is, and all is readable on the way. */
    readonly isUnencrypted?: true;
    /** Podman's service answers as Docker's daemon does, and is none: its containers' parents are conmons. */
    readonly product?: 'podman';
    /** From GET /version. */
    readonly version?: string;
    readonly apiVersion?: string;
    /** From GET /info. */
    readonly name?: string;
    readonly dataRoot?: string;
    readonly cgroupDriver?: string;
    readonly liveRestore?: boolean;
    /** `Containerd.Address` of GET /info, since API 1.46. */
    readonly containerdAddress?: string;
    /** `Containerd.Namespaces.Containers` of GET /info, since API 1.46. */
    readonly containerdNamespace?: string;
    /** `Swarm` of GET /info; absent where the engine is in none. */
    readonly swarm?: SwarmNode;
    readonly containers: readonly Container[];
    /**
     * When the list of containers was asked for, in milliseconds since 1970: it tells of no moment before that. Absent when
     * there never was one.
     */
    readonly listedAt?: number;
    /** Set when the last try failed: what is above is then old (or empty), and must be shown as such. */
    readonly problem?: Gap;
}

/** The engine as a node of a Docker Swarm. */
export interface SwarmNode {
    /** LocalNodeState: `active`, `pending`, `locked` or `error`. */
    readonly state: string;
    readonly nodeId?: string;
    /** ControlAvailable. */
    readonly isManager: boolean;
}
