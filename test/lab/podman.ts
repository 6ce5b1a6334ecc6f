import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';
import type { Laboratory } from './dockerd';

/** What the podman program printed; throws when it fails. */
export type Podman = (...args: readonly string[]) => Promise<string>;

/** Podman has no daemon: each call is given every place that it would otherwise share with the machine's own. */
export function openPodman(laboratory: Laboratory): Podman {
    const home = join(laboratory.folder, 'pod');
    mkdirSync(home);
    const configuration = join(home, 'containers.conf');
    // Locks that are not in /dev/shm; and limits that need no CAP_SYS_RESOURCE.
    writeFileSync(
        configuration,
        `[containers]
default_ulimits = ["nofile=1000:1000", "nproc=1000:1000"]
[engine]
lock_type = "file"
events_logger = "none"
`,
    );
    const environment = { ...process.env, CONTAINERS_CONF: configuration };
    const places = [
        ...['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--tmpdir', join(home, 'tmp')],
        // runc, because Debian 12's crun refuses hosts with both cgroup versions.
        ...['--runtime', 'runc', '--runtime-flag', `root=${join(home, 'runc')}`],
        ...['--cgroup-manager', 'cgroupfs', '--storage-driver', 'vfs'],
    ];
    return (...args) => run('podman', [...places, ...args], { environment });
}
