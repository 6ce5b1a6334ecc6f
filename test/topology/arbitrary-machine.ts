import fc from 'fast-check';
import type { Container, ContainerState } from '../../src/model/container';
import type { Engine } from '../../src/model/engine';
import type { CgroupLine, Process } from '../../src/model/process';
import { type Snapshot, snapshotSchema } from '../../src/model/snapshot';
import { idOf } from '../machines/read-machine';

/** A generated host, and by pid the container in which each process really runs. */
export interface ArbitraryMachine {
    readonly snapshot: Snapshot;
    readonly truth: ReadonlyMap<number, string | null>;
}

interface ContainerPlan {
    readonly members: readonly MemberPlan[];
    readonly hasShim: boolean;
    readonly state: ContainerState;
    readonly isListed: boolean;
    readonly toldPid: number | undefined;
}

interface MemberPlan {
    /** Of the members before it, which one started it; the shim for the first, and where it is -1. */
    readonly parent: number;
    readonly isZombie: boolean;
    readonly disguise: 'none' | 'shim' | 'dockerd' | 'containerd' | 'runc' | 'docker-proxy' | 'conmon';
    readonly subCgroup: 'none' | 'init' | 'stranger' | 'victim';
    readonly leadsSession: boolean;
}

interface HostPlan {
    readonly layout: 'v1' | 'v2' | 'hybrid';
    readonly daemons: 'separate' | 'own' | 'containerd only' | 'none';
    readonly hasApi: boolean;
    readonly containers: readonly ContainerPlan[];
    readonly liars: readonly {
        readonly disguise: 'shim' | 'conmon';
        readonly victim: number;
        readonly hasChild: boolean;
    }[];
}

const member: fc.Arbitrary<MemberPlan> = fc.record({
    parent: fc.integer({ min: -1, max: 6 }),
    isZombie: fc.boolean(),
    disguise: fc.constantFrom(
        'none',
        'none',
        'none',
        'shim',
        'dockerd',
        'containerd',
        'runc',
        'docker-proxy',
        'conmon',
    ),
    subCgroup: fc.constantFrom('none', 'none', 'init', 'stranger', 'victim'),
    leadsSession: fc.boolean(),
});

const host: fc.Arbitrary<HostPlan> = fc.record({
    layout: fc.constantFrom('v1', 'v2', 'hybrid'),
    daemons: fc.constantFrom('separate', 'own', 'containerd only', 'none'),
    hasApi: fc.boolean(),
    containers: fc.array(
        fc.record({
            members: fc.array(member, { minLength: 1, maxLength: 7 }),
            hasShim: fc.boolean(),
            state: fc.constantFrom('running', 'paused', 'exited', 'created'),
            isListed: fc.boolean(),
            toldPid: fc.option(fc.integer({ min: 0, max: 2000 }), { nil: undefined }),
        }),
        { maxLength: 6 },
    ),
    liars: fc.array(
        fc.record({
            disguise: fc.constantFrom('shim', 'conmon'),
            victim: fc.integer({ min: 0, max: 7 }),
            hasChild: fc.boolean(),
        }),
        { maxLength: 3 },
    ),
});

/** Hosts with one Docker, its containers' processes in disguises, and ordinary users who lie about containers. */
export const arbitraryMachine: fc.Arbitrary<ArbitraryMachine> = host.map(build);

function build(plan: HostPlan): ArbitraryMachine {
    const processes: Process[] = [];
    const truth = new Map<number, string | null>();
    let clock = 0;
    const add = (container: string | null, process: Partial<Process> & Pick<Process, 'pid' | 'ppid'>): Process => {
        clock += 10;
        const whole: Process = {
            startTicks: clock,
            comm: (process.argv?.[0] ?? '').split('/').at(-1) ?? '',
            state: 'S',
            session: process.pid,
            threads: 1,
            kernelThread: false,
            residentBytes: 4096,
            uid: 0,
            cgroups: cgroupsAt(plan.layout, '/', '/init.scope'),
            ...process,
        };
        processes.push(whole);
        truth.set(whole.pid, container);
        return whole;
    };
    const address = '/run/containerd/containerd.sock';
    add(null, { pid: 1, ppid: 0, argv: ['/sbin/init'] });
    if (plan.daemons === 'separate' || plan.daemons === 'own') {
        const argv =
            plan.daemons === 'own' ? ['dockerd'] : ['/usr/bin/dockerd', '-H', 'fd://', `--containerd=${address}`];
        add(null, { pid: 100, ppid: 1, argv, listens: ['/run/docker.sock'] });
    }
    if (plan.daemons !== 'none') add(null, { pid: 101, ppid: plan.daemons === 'own' ? 100 : 1, argv: ['containerd'] });

    const listed: Container[] = [];
    plan.containers.forEach((container, index) => {
        const id = idOf(`container ${String(index)}`);
        const shimPid = 1000 + index * 20;
        if (container.hasShim) {
            const argv = ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', id, '-address', address];
            add(null, { pid: shimPid, ppid: 1, argv });
        }
        addMembers(plan, container, index, (process) => add(id, process));
        if (container.isListed) listed.push(listedAs(id, container));
    });
    plan.liars.forEach(({ disguise, victim, hasChild }, index) => {
        const pid = 3000 + index * 2;
        const argv = argvOf(disguise, idOf(`container ${String(victim)}`));
        const cgroups = cgroupsAt(plan.layout, '/user', '/user.slice/user-1000.slice/session-1.scope');
        // Where no daemon is there to compare with, an ordinary user's shim can't be told from a rootless one.
        if (plan.daemons === 'none') return;
        add(null, { pid, ppid: 1, argv, uid: 1000, cgroups });
        if (hasChild) add(null, { pid: pid + 1, ppid: pid, argv: ['sleep', '1'], uid: 1000, cgroups });
    });
    const engine: Engine = { endpoint: 'unix:///run/docker.sock', foundBy: 'test', containers: listed, listedAt: 0 };
    return {
        truth,
        snapshot: {
            schema: snapshotSchema,
            takenAt: '2026-01-01T00:00:00.000Z',
            host: { ticksPerSecond: 100 },
            processes,
            engines: plan.hasApi ? [engine] : [],
            gaps: [],
        },
    };
}

function addMembers(
    { layout }: HostPlan,
    { members, hasShim }: ContainerPlan,
    index: number,
    add: (process: Partial<Process> & Pick<Process, 'pid' | 'ppid'>) => Process,
): void {
    const shimPid = 1000 + index * 20;
    const id = idOf(`container ${String(index)}`);
    const victim = idOf('container 0');
    const added: Process[] = [];
    members.forEach((member, position) => {
        // Zombies have no children, and without a shim somebody else has reaped them.
        const starters = added.filter(({ state }) => state !== 'Z');
        const fellow = starters[member.parent];
        const isFirst = position === 0;
        const isZombie = member.isZombie && !isFirst && (fellow !== undefined || hasShim);
        const below = isFirst || !hasShim ? '' : subCgroups[member.subCgroup](victim);
        added.push(
            add({
                pid: shimPid + 1 + position,
                ppid: isFirst || !fellow ? (hasShim ? shimPid : 1) : fellow.pid,
                argv: isZombie ? [] : argvOf(member.disguise, victim),
                state: isZombie ? 'Z' : 'S',
                ...(!member.leadsSession && !isFirst && { session: 1 }),
                cgroups: isZombie
                    ? cgroupsAt(layout, '/', `/system.slice/docker-${id}.scope${below}`)
                    : cgroupsAt(layout, `/docker/${id}${below}`, `/system.slice/docker-${id}.scope${below}`),
            }),
        );
    });
}

const subCgroups = {
    none: () => '',
    init: () => '/init.scope',
    stranger: () => `/docker-${idOf('nobody')}.scope`,
    victim: (id: string) => `/${id}`,
} as const;

function argvOf(disguise: MemberPlan['disguise'], victim: string): readonly string[] {
    switch (disguise) {
        case 'none':
            return ['sleep', '1000'];
        case 'shim':
            return ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', victim];
        case 'conmon':
            return ['/usr/bin/conmon', '-c', victim];
        default:
            return [`/usr/bin/${disguise}`];
    }
}

function cgroupsAt(layout: HostPlan['layout'], v1: string, v2: string): readonly CgroupLine[] {
    if (layout === 'v2') return [{ hierarchy: 0, controllers: '', path: v2 }];
    const memory = { hierarchy: 4, controllers: 'memory', path: v1 };
    if (layout === 'v1') return [memory];
    return [memory, { hierarchy: 0, controllers: '', path: '/system.slice/containerd.service' }];
}

function listedAs(id: string, { state, toldPid }: ContainerPlan): Container {
    return {
        id,
        names: [id.slice(0, 6)],
        image: 'image',
        command: '',
        created: 0,
        state,
        status: state,
        labels: {},
        ports: [],
        networks: [],
        ...(toldPid !== undefined && { pid: toldPid }),
    };
}
