import { run } from './command';
import type { Containerd, Dockerd, Laboratory } from './dockerd';
import { type SeenProcess, seeProcess, seeProcesses, withDescendants } from './processes';

/** What is so, found out without any code of the product: by ps, by plain reads of /proc, and by docker inspect. */
export interface Truth {
    readonly enginePid: number;
    readonly containerdPid: number;
    readonly containers: readonly ContainerTruth[];
    readonly proxies: readonly ProxyTruth[];
}

export interface ContainerTruth {
    readonly id: string;
    readonly name: string;
    /** State.Status of docker inspect. */
    readonly state: string;
    /** State.Pid of docker inspect; 0 when it does not run. */
    readonly mainPid: number;
    /** State.ExitCode of docker inspect: how its last first process has ended, if it has. */
    readonly exitCode: number;
    /** Names the container in its argv, and has its first process as a child, if there is one. */
    readonly shimPid?: number;
    /** How often its restart policy has started it again. */
    readonly restarts: number;
    /** The shim's other children: what `docker exec` and health checks started. */
    readonly execPids: readonly number[];
    /** Everything in the first process's cgroup, and the zombies below, ascending. */
    readonly memberPids: readonly number[];
}

export interface ProxyTruth {
    readonly pid: number;
    readonly hostPort: number;
    readonly containerId?: string;
}

/** `containerd` is the one that the engine was given; without it, the engine's own child is meant. */
export async function truthOf(dockerd: Dockerd, containerd?: Containerd): Promise<Truth> {
    const inspected = await inspectAll(dockerd);
    const listed = await listByPs();
    const processes = seeProcesses();
    const enginePid = dockerd.pid();
    const child = listed.find(({ ppid, args }) => ppid === enginePid && /^(\S*\/)?containerd /.test(args));
    return {
        enginePid,
        containerdPid: containerd?.pid() ?? child?.pid ?? 0,
        containers: containerTruths(inspected, listed, processes),
        proxies: listed
            .filter(({ ppid, args }) => ppid === enginePid && /docker-proxy /.test(args))
            .map(({ pid, args }) => proxyTruth(pid, args, inspected)),
    };
}

/** Every process that runs because of this laboratory: its daemons, what descends from them, and all containers. */
export function processesOfLaboratory(laboratory: Laboratory, daemons: readonly { pid(): number }[]): SeenProcess[] {
    const processes = seeProcesses();
    const isShim = ({ argv }: SeenProcess): boolean =>
        /containerd-shim/.test(argv[0] ?? '') && argv.some((argument) => argument.includes(`${laboratory.folder}/`));
    const roots = [...daemons.map((daemon) => daemon.pid()), ...processes.filter(isShim).map(({ pid }) => pid)];
    return withDescendants(processes, new Set(roots));
}

interface Inspected {
    readonly Id: string;
    readonly Name: string;
    readonly RestartCount: number;
    readonly State: { readonly Status: string; readonly Pid: number; readonly ExitCode: number };
    readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

async function inspectAll(dockerd: Dockerd): Promise<readonly Inspected[]> {
    const ids = (await dockerd.docker('ps', '-aq', '--no-trunc')).split('\n').filter(Boolean);
    return ids.length === 0 ? [] : (JSON.parse(await dockerd.docker('inspect', ...ids)) as Inspected[]);
}

interface Listed {
    readonly pid: number;
    readonly ppid: number;
    readonly args: string;
}

async function listByPs(): Promise<Listed[]> {
    const lines = (await run('ps', ['-ww', '-eo', 'pid=,ppid=,args='])).split('\n');
    return lines.flatMap((line) => {
        const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
        return args === undefined ? [] : { pid: Number(pid), ppid: Number(ppid), args };
    });
}

function containerTruths(
    inspected: readonly Inspected[],
    listed: readonly Listed[],
    processes: readonly SeenProcess[],
): ContainerTruth[] {
    const membersOf = membersByMainPid(inspected, processes);
    return inspected.map(({ Id: id, Name, RestartCount, State }) => {
        const parent = listed.find(({ pid }) => pid === State.Pid)?.ppid;
        const shim = listed.find(({ pid, args }) => {
            return args.includes(id) && (State.Pid === 0 ? /containerd-shim/.test(args) : pid === parent);
        });
        const beside = listed.filter(({ pid, ppid }) => shim && ppid === shim.pid && pid !== State.Pid);
        return {
            id,
            name: Name.replace(/^\//, ''),
            state: State.Status,
            mainPid: State.Pid,
            exitCode: State.ExitCode,
            ...(shim && { shimPid: shim.pid }),
            restarts: RestartCount,
            execPids: beside.map(({ pid }) => pid),
            memberPids: membersOf.get(State.Pid) ?? [],
        };
    });
}

/** Each process goes to the first process in whose container's cgroup it is; where these lie in each other, to the deepest. */
function membersByMainPid(
    inspected: readonly Inspected[],
    processes: readonly SeenProcess[],
): ReadonlyMap<number, number[]> {
    const running = inspected.filter(({ State }) => State.Pid !== 0);
    const paths = new Map(
        running.map(({ Id, State }) => {
            const own = seeProcess(State.Pid)?.cgroupPaths ?? [];
            return [State.Pid, longest(own.map((path) => upToItsId(path, Id)))];
        }),
    );
    const deepestFirst = [...paths].sort(([, left], [, right]) => right.length - left.length);
    const parents = new Map(processes.map(({ pid, ppid }) => [pid, ppid]));
    const ownerOf = (pid: number): number | undefined => {
        const { cgroupPaths, state } = processes.find((process) => process.pid === pid) ?? {};
        // The cgroup of a zombie may be gone: it follows its parent.
        if (state === 'Z') return ownerOf(parents.get(pid) ?? 0);
        return deepestFirst.find(([, path]) => {
            return path !== '' && cgroupPaths?.some((own) => own === path || own.startsWith(`${path}/`));
        })?.[0];
    };
    const members = new Map<number, number[]>();
    for (const { pid } of processes) {
        const owner = ownerOf(pid);
        if (owner !== undefined) members.set(owner, [...(members.get(owner) ?? []), pid]);
    }
    for (const pids of members.values()) pids.sort((left, right) => left - right);
    return members;
}

/** What a container makes below its cgroup, and moves itself to, is still in that one. */
function upToItsId(path: string, id: string): string {
    const at = path.lastIndexOf(id);
    return at < 0 ? path : path.slice(0, at) + (path.slice(at).split('/')[0] ?? '');
}

/** The longest path of all hierarchies is the container's own; `/` says nothing (zombies, unused hierarchies). */
function longest(paths: readonly string[]): string {
    return paths.filter((path) => path !== '/').sort((left, right) => right.length - left.length)[0] ?? '';
}

function proxyTruth(pid: number, args: string, inspected: readonly Inspected[]): ProxyTruth {
    const option = (name: string): string | undefined => new RegExp(` -${name} (\\S+)`).exec(args)?.[1];
    const address = option('container-ip');
    const container = inspected.find(({ NetworkSettings }) =>
        Object.values(NetworkSettings.Networks).some(({ IPAddress }) => IPAddress === address),
    );
    return { pid, hostPort: Number(option('host-port')), ...(container && { containerId: container.Id }) };
}
