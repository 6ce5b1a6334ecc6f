import { chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, observe, run } from './command';
import { accepts, answersPing, createDaemon, type Daemon } from './daemon';
import { describeMissing, missingPrograms, type Program, programsForDocker } from './programs.mjs';
import { interfacePrefix, sweep } from './sweep';
import { addUser, type OrdinaryUser } from './user';

/**
 * A place for private daemons: its own folder, and in it every data root, exec root, socket and pid file. Nothing of
 * the user's Docker is touched, and closing it leaves nothing behind, whatever state the tests left the daemons in.
 */
export interface Laboratory {
    /** Short, because a socket's path is limited to 107 bytes, unix(7). */
    readonly folder: string;
    /** A containerd that no dockerd started, as under systemd. */
    startContainerd(name: string): Promise<Containerd>;
    startDockerd(name: string, options?: DockerdOptions): Promise<Dockerd>;
    /** One that an ordinary user runs, in namespaces that rootlesskit makes for it. */
    startRootlessDockerd(name: string, user: OrdinaryUser): Promise<RootlessDockerd>;
    /** The same one each time; gone when the laboratory is closed. */
    user(): Promise<OrdinaryUser>;
    close(): void;
}

export interface DockerdOptions {
    /** Without it, dockerd starts one of its own as its child. */
    readonly containerd?: Containerd;
    /** Otherwise it has one of its own. */
    readonly dataRoot?: string;
    /** Containers outlive the daemon. */
    readonly liveRestore?: boolean;
    /** What its daemon.json says, dockerd(8). */
    readonly configuration?: Readonly<Record<string, unknown>>;
    /** More of dockerd's own. */
    readonly args?: readonly string[];
}

export interface Containerd extends Daemon {
    /** The path of its socket. */
    readonly address: string;
    /** What containerd's own client printed. */
    ctr(namespace: string, ...args: readonly string[]): Promise<string>;
    /**
     * Runs a container beside Docker's, from an archive of `docker save`, with containerd's own client.
     * Returns the pid of its first process.
     */
    run(namespace: string, id: string, archive: string, image: string, ...command: readonly string[]): Promise<number>;
}

export interface Dockerd extends Daemon, Client {
    /** The path of its socket. */
    readonly socket: string;
    /** Subnets for `docker network create` that nobody else uses: /24 networks of a range of its own. */
    readonly subnet: (index: number) => string;
    /** The name of one more bridge, such that closing the laboratory removes it. */
    readonly bridgeName: (index: number) => string;
}

/** Its pid is that of rootlesskit, whose descendant the dockerd is. */
export interface RootlessDockerd extends Daemon, Client {}

export interface Client {
    /** `unix://…`, as `docker -H` takes it. */
    readonly endpoint: string;
    /** What the docker program printed; throws when it fails. */
    docker(...args: readonly string[]): Promise<string>;
    /** How the docker program ended, whatever its exit status. */
    tryDocker(...args: readonly string[]): Promise<CommandResult>;
}

/** Every laboratory that is not closed yet: also a crash of the tests must leave nothing behind. */
const open = new Set<Laboratory>();

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const exit = (): never => process.exit(1);

function closeAll(): void {
    for (const laboratory of open) {
        try {
            laboratory.close();
        } catch (error) {
            console.error(error); // and go on: the others must be closed, too
        }
    }
}

export function openLaboratory(): Laboratory {
    if (process.getuid?.() !== 0) throw new Error('a private dockerd needs root: run the live tests as root');
    requirePrograms(programsForDocker);
    const folder = mkdtempSync('/tmp/dr-');
    const daemons: Daemon[] = [];
    let user: Promise<OrdinaryUser> | undefined;
    const laboratory: Laboratory = {
        folder,
        startContainerd: async (name) => started(createContainerd(join(folder, name)), daemons),
        startDockerd: async (name, options = {}) => started(await createDockerd(folder, name, options), daemons),
        startRootlessDockerd: async (name, owner) => started(createRootlessDockerd(join(folder, name), owner), daemons),
        user: () => (user ??= addUser(folder)),
        close() {
            if (!open.delete(laboratory)) return;
            if (open.size === 0) {
                process.off('exit', closeAll);
                for (const signal of endings) process.off(signal, exit);
            }
            sweep(
                folder,
                daemons.map((daemon) => daemon.pid()),
            );
        },
    };
    if (open.size === 0) {
        process.once('exit', closeAll);
        for (const signal of endings) process.once(signal, exit);
    }
    open.add(laboratory);
    return laboratory;
}

async function started<Kind extends Daemon>(daemon: Kind, daemons: Daemon[]): Promise<Kind> {
    daemons.push(daemon);
    await daemon.start();
    return daemon;
}

function createContainerd(home: string): Containerd {
    mkdirSync(home);
    const address = join(home, 'c.sock');
    const config = join(home, 'config.toml');
    writeFileSync(
        config,
        `version = 2
root = ${JSON.stringify(join(home, 'root'))}
state = ${JSON.stringify(join(home, 'state'))}
[grpc]
  address = ${JSON.stringify(address)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${JSON.stringify(join(home, 'opt'))}
`,
    );
    // Left to itself, ctr keeps runc's state and the pipes of all containerds in one place.
    const places = ['--runc-root', join(home, 'runc'), '--fifo-dir', join(home, 'fifo')];
    const ctr: Containerd['ctr'] = (namespace, ...args) => run('ctr', ['-a', address, '-n', namespace, ...args]);
    return {
        ...createDaemon(home, 'containerd', ['--config', config], () => accepts(address)),
        address,
        ctr,
        async run(namespace, id, archive, image, ...command) {
            await ctr(namespace, 'images', 'import', archive);
            await ctr(namespace, 'run', '--detach', ...places, `docker.io/library/${image}`, id, ...command);
            const tasks = (await ctr(namespace, 'tasks', 'list')).split('\n').map((line) => line.split(/\s+/));
            return Number(tasks.find(([task]) => task === id)?.[1]);
        },
    };
}

async function createDockerd(folder: string, name: string, options: DockerdOptions): Promise<Dockerd> {
    const home = join(folder, name);
    mkdirSync(home);
    const socket = join(home, 'docker.sock');
    const endpoint = `unix://${socket}`;
    const range = await freeRange();
    const bridgeName = (index: number): string => `${interfacePrefix(folder)}${name.slice(0, 3)}${index}`;
    // Without a bridge of its own, dockerd takes docker0; with `--bridge=none` it deletes docker0, whosever it is.
    await run('ip', ['link', 'add', bridgeName(0), 'type', 'bridge']);
    await run('ip', ['address', 'add', `10.${range}.0.1/24`, 'dev', bridgeName(0)]);
    await run('ip', ['link', 'set', bridgeName(0), 'up']);
    // A configuration of its own, or dockerd reads the user's /etc/docker/daemon.json.
    writeFileSync(join(home, 'daemon.json'), JSON.stringify(options.configuration ?? {}));
    const args = [
        ...['--config-file', join(home, 'daemon.json'), '--pidfile', join(home, 'docker.pid'), '-H', endpoint],
        ...['--data-root', options.dataRoot ?? join(home, 'data'), '--exec-root', join(home, 'exec')],
        ...['--iptables=false', '--ip6tables=false', '--ip-masq=false'],
        ...['--bridge', bridgeName(0)],
        ...(options.containerd ? ['--containerd', options.containerd.address] : []),
        ...(options.liveRestore ? ['--live-restore'] : []),
        ...(options.args ?? []),
    ];
    return {
        ...createDaemon(home, 'dockerd', args, () => answersPing(socket)),
        socket,
        subnet: (index) => `10.${range}.${index}.0/24`,
        bridgeName,
        ...createClient(home, endpoint),
    };
}

function createRootlessDockerd(home: string, { uid, gid, command }: OrdinaryUser): RootlessDockerd {
    for (const folder of [home, join(home, 'run')]) {
        mkdirSync(folder, { mode: 0o700 });
        chownSync(folder, uid, gid);
    }
    writeFileSync(join(home, 'daemon.json'), '{}');
    const socket = join(home, 'docker.sock');
    const places = [
        ...[
            '--config-file',
            join(home, 'daemon.json'),
            '--pidfile',
            join(home, 'docker.pid'),
            '-H',
            `unix://${socket}`,
        ],
        ...['--data-root', join(home, 'data'), '--exec-root', join(home, 'exec')],
    ];
    const limits = ['--storage-driver=vfs', '--bridge=none', '--iptables=false', '--ip6tables=false'];
    // As Docker's dockerd-rootless.sh does: what the copy of /run leads to belongs to the daemons outside.
    const inside = ['sh', '-c', 'rm -f /run/docker /run/containerd; exec dockerd "$@"', 'sh', '--rootless'];
    const kit = ['rootlesskit', '--net=host', '--copy-up=/etc', '--copy-up=/run'];
    const [program, ...args] = command([
        ...['env', `HOME=${home}`, `XDG_RUNTIME_DIR=${join(home, 'run')}`],
        ...[...kit, `--state-dir=${join(home, 'kit')}`, ...inside, ...places, ...limits],
    ]);
    return {
        ...createDaemon(home, program, args, () => answersPing(socket)),
        ...createClient(home, `unix://${socket}`),
    };
}

function createClient(home: string, endpoint: string): Client {
    // The user's contexts and credentials are none of the tests' business.
    const environment = { ...process.env, DOCKER_CONFIG: join(home, 'client'), DOCKER_CONTEXT: '', DOCKER_HOST: '' };
    return {
        endpoint,
        docker: (...command) => run('docker', ['-H', endpoint, ...command], { environment }),
        tryDocker: (...command) => observe('docker', ['-H', endpoint, ...command], { environment }),
    };
}

/** The second number of 10.x.0.0/16 such that no route of this machine leads there. */
async function freeRange(): Promise<number> {
    const routes = await run('ip', ['route']);
    // Start at our pid: several test runs at once would otherwise all choose the first free one.
    for (let attempt = 0; attempt < 100; attempt++) {
        const range = 100 + ((process.pid + attempt) % 100);
        if (!routes.includes(`10.${range}.`)) return range;
    }
    throw new Error('no free address range below 10.0.0.0/8');
}

/** Fails, and says what to install: a live test that runs nowhere would prove nothing. */
export function requirePrograms(programs: readonly Program[]): void {
    const missing = missingPrograms(programs);
    if (missing.length > 0) throw new Error(describeMissing(missing));
}
