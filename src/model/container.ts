import type { Gap } from './gap';

/** A container as an engine lists it (GET /containers/json). */
export interface Container {
    /** 64 hex digits. */
    readonly id: string;
    /** Without the leading slash; the first is the container's own name. */
    readonly names: readonly string[];
    readonly image: string;
    readonly command: string;
    /** Seconds since 1970. */
    readonly created: number;
    readonly state: ContainerState;
    /** The engine's words, for example `Up 3 minutes (healthy)`. */
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: readonly PublishedPort[];
    readonly networks: readonly ContainerNetwork[];
    /** The engine's HostConfig.NetworkMode: `host`, `default`, `container:<id>` … */
    readonly networkMode?: string;
    /** State.Pid, where it was told with the list; an API pid counts only when cgroup, shim or start time agree. */
    readonly pid?: number;
    /** What inspect told, once somebody needed it. */
    readonly inspected?: ContainerInspection;
    /** Why inspect told nothing when it was last asked. */
    readonly inspectProblem?: Gap;
    /** When inspect was last asked, in milliseconds since 1970, where either of these is the answer. */
    readonly inspectedAt?: number;
}

/** The states that the Docker API names, and `unknown` for any other word. */
export type ContainerState =
    'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead' | 'unknown';

export interface PublishedPort {
    readonly hostIp?: string;
    readonly hostPort?: number;
    readonly containerPort: number;
    readonly protocol: string;
}

export interface ContainerNetwork {
    readonly name: string;
    readonly ipAddress: string;
}

/** The part of GET /containers/{id}/json that the list does not tell. */
export interface ContainerInspection {
    /** The container's first process in the pid namespace of the daemon; 0 when there is none. */
    readonly pid: number;
    /** RFC 3339, by the daemon's clock. */
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly exitCode: number;
    readonly oomKilled: boolean;
    readonly restartCount: number;
    /** HostConfig.PidMode: empty, `host` or `container:<id>`. */
    readonly pidMode: string;
    /** Config.Healthcheck.Test, for example `["CMD-SHELL", "curl -f localhost"]`. */
    readonly healthcheck: readonly string[];
    /** HostConfig.Init: an init (tini) was asked for. */
    readonly init: boolean;
    /** State.Health; absent for a container without a health check. */
    readonly health?: ContainerHealth;
}

export interface ContainerHealth {
    /** How many checks in a row have failed. */
    readonly failingStreak: number;
    /** Of the last check; absent before the first has ended. */
    readonly exitCode?: number;
    /** What the last check wrote: the container's own words, cut short. */
    readonly output?: string;
}
