import type { ContainerInspection } from '../src/model/container';

/** What inspect tells of a container, as far as a test cares; the rest is as of one that never ran. */
export function inspectionOf(told: Partial<ContainerInspection> = {}): ContainerInspection {
    return {
        ...{ pid: 0, startedAt: '', finishedAt: '', exitCode: 0, oomKilled: false },
        ...{ restartCount: 0, pidMode: '', healthcheck: [], init: false },
        ...told,
    };
}
