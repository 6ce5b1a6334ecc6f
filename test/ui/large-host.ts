import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { smallHost, socket } from '../host/small-host';

/** So many running containers on one dockerd, each with a shim and three processes: five rows each. */
export function largeHost(containers: number): Snapshot {
    const host = smallHost();
    const [engine] = host.engines;
    const [listed] = engine?.containers ?? [];
    const [shim, first] = host.processes.slice(-2);
    if (!engine || !listed || !shim || !first) throw new Error('the small host has not what the large one is made of');
    const numbers = Array.from({ length: containers }, (_, index) => index + 1);
    return {
        ...host,
        host: { ...host.host, hostname: 'large' },
        processes: [
            ...host.processes.filter(({ pid }) => pid < shim.pid),
            ...numbers.flatMap((number) => processesOf(number, shim, first)),
        ],
        engines: [
            {
                ...engine,
                containers: numbers.map((number) => ({
                    ...listed,
                    id: idOf(number),
                    names: [`service-${String(number)}`],
                    pid: 100 + number * 10 + 1,
                })),
            },
        ],
    };
}

/** The same host a moment later: `service-1` is paused. */
export function withFirstPaused(host: Snapshot): Snapshot {
    const engines = host.engines.map((engine) => ({
        ...engine,
        containers: engine.containers.map((one, index) => (index === 0 ? { ...one, state: 'paused' as const } : one)),
    }));
    return { ...host, engines };
}

function idOf(number: number): string {
    return String(number).padStart(64, '0');
}

function processesOf(number: number, shim: Process, first: Process): readonly Process[] {
    const id = idOf(number);
    const pid = 100 + number * 10;
    const inside = (place: number): Process => ({
        ...first,
        pid: pid + place,
        ppid: place === 1 ? pid : pid + 1,
        startTicks: (pid + place) * 10,
        session: pid + 1,
        argv: place === 1 ? ['nginx'] : ['nginx', 'worker', String(place)],
        cgroups: [{ hierarchy: 0, controllers: '', path: `/system.slice/docker-${id}.scope` }],
        namespacePids: [pid + place, place],
    });
    const argv = ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', id, '-address', socket];
    return [{ ...shim, pid, startTicks: pid * 10, session: pid, argv }, inside(1), inside(2), inside(3)];
}
