import type { Process } from '../../src/model/process';
import { type Snapshot, snapshotSchema } from '../../src/model/snapshot';

export const containerId = 'c0'.repeat(32);
export const socket = '/run/containerd/containerd.sock';

/** The smallest host that has the whole hierarchy, as systemd arranges it; `label` is a stranger's text. */
export function smallHost(texts: { readonly name?: string; readonly argv?: readonly string[] } = {}): Snapshot {
    return {
        schema: snapshotSchema,
        takenAt: '2026-01-01T00:00:00.000Z',
        host: { hostname: 'small', ticksPerSecond: 100, uptimeSeconds: 1000, uid: 0 },
        processes: [
            systemProcess(1, 0, ['/sbin/init']),
            { ...systemProcess(10, 1, ['/usr/bin/containerd']), listens: [socket] },
            {
                ...systemProcess(11, 1, ['/usr/bin/dockerd', '-H', 'fd://', `--containerd=${socket}`]),
                listens: ['/run/docker.sock'],
            },
            systemProcess(20, 1, [
                ...['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', containerId, '-address', socket],
            ]),
            {
                ...systemProcess(21, 20, texts.argv ?? ['sleep', '1000']),
                cgroups: [{ hierarchy: 0, controllers: '', path: `/system.slice/docker-${containerId}.scope` }],
                namespacePids: [21, 1],
            },
        ],
        engines: [
            {
                endpoint: 'unix:///run/docker.sock',
                foundBy: 'the default socket',
                version: '28.0.0',
                listedAt: 1_767_225_600_000,
                containers: [
                    {
                        id: containerId,
                        names: [texts.name ?? 'web'],
                        image: 'nginx',
                        command: 'sleep 1000',
                        created: 1_767_225_000,
                        state: 'running',
                        status: 'Up 10 minutes',
                        labels: {},
                        ports: [],
                        networks: [],
                        pid: 21,
                    },
                ],
            },
        ],
        gaps: [],
    };
}

function systemProcess(pid: number, ppid: number, argv: readonly string[]): Process {
    return {
        pid,
        ppid,
        startTicks: pid * 100,
        comm: (argv[0] ?? '').split('/').at(-1)?.slice(0, 15) ?? '',
        state: 'S',
        session: pid,
        threads: 1,
        kernelThread: false,
        residentBytes: 1_000_000,
        argv,
        cgroups: [
            { hierarchy: 0, controllers: '', path: pid === 1 ? '/init.scope' : `/system.slice/${String(pid)}.service` },
        ],
    };
}
