import type { Gap } from './gap';

/** What one containerd told over its own API, as far as it was asked. */
export interface ContainerdFacts {
    /** The path of its socket. */
    readonly address: string;
    readonly version?: string;
    /** Docker's containers are in `moby`, Kubernetes' in `k8s.io`, those of ctr in `default`, unless told otherwise. */
    readonly namespaces: readonly string[];
    readonly containers: readonly ContainerdContainer[];
    readonly tasks: readonly ContainerdTask[];
    /** When the last answer was asked for, in milliseconds since 1970; absent when there never was one. */
    readonly askedAt?: number;
    /** Set when the last try failed in whole or in part: what it could not tell is then old (or empty). */
    readonly problem?: Gap;
}

/** How much a containerd keeps in one namespace: counted only when a person wants to know. */
export interface ContainerdStore {
    readonly namespace: string;
    readonly images: Count;
    /** Of all snapshotters together. */
    readonly snapshots: Count;
    /** Blobs: manifests, configurations and layers. */
    readonly content: Count;
}

export interface Count {
    readonly number: number;
    /** There are more than that; they were not counted any further. */
    readonly isMore: boolean;
}

/** What a container is made of; whether it runs is told by its task. */
export interface ContainerdContainer {
    readonly namespace: string;
    /** Unique in its namespace; Docker and Kubernetes use 64 hex digits, others any name. */
    readonly id: string;
    /** Empty for Docker's containers, where Docker keeps the images itself. */
    readonly image: string;
    /** For example `io.containerd.runc.v2`. */
    readonly runtime: string;
    readonly labels: Readonly<Record<string, string>>;
    /** In milliseconds since 1970, by containerd's clock. */
    readonly createdAt?: number;
    /** The pod's sandbox, since containerd 2.0. */
    readonly sandbox?: string;
}

/** A container's first process, as its shim told containerd. */
export interface ContainerdTask {
    readonly namespace: string;
    /** The container's. */
    readonly id: string;
    /** In the pid namespace of containerd. */
    readonly pid: number;
    readonly status: ContainerdTaskStatus;
    /** Told of a stopped task only. */
    readonly exitStatus?: number;
}

export type ContainerdTaskStatus = 'unknown' | 'created' | 'running' | 'stopped' | 'paused' | 'pausing';
