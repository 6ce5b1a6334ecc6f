import { type ChildProcess, spawn } from 'node:child_process';
import {
    accessSync,
    constants,
    mkdirSync,
    mkdtempSync,
    openSync,
    readdirSync,
    closeSync,
    readFileSync,
    writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { type CommandResult, observe, run, until } from './command';
import { interfacePrefix, sweep } from './sweep';

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
    close(): void;
}

export interface DockerdOptions {
    /** Without it, dockerd starts one of its own as its child. */
    readonly containerd?: Containerd;
    /** Containers outlive the daemon. */
    readonly liveRestore?: boolean;
    /** More of dockerd's own. */
    readonly args?: readonly string[];
}

/** One process of ours that can be killed and started again with the same arguments. */
interface Daemon {
    /** Of the last start. */
    pid(): number;
    /** Ready when this returns. */
    start(): Promise<void>;
    /** Returns when the process has ended. */
    end(signal: NodeJS.Signals): Promise<void>;
    /** It accepts connections and never answers; returns when the last of its threads has stopped. */
    freeze(): Promise<void>;
}

export interface Containerd extends Daemon {
    /** The path of its socket. */
    readonly address: string;
    /**
     * Runs a container beside Docker's, from an archive of `docker save`, with containerd's own client.
     * Returns the pid of its first process.
     */
    run(namespace: string, id: string, archive: string, image: string, ...command: readonly string[]): Promise<number>;
}

export interface Dockerd extends Daemon {
    /** The path of its socket. */
    readonly socket: string;
    /** `unix://…`, as `docker -H` takes it. */
    readonly endpoint: string;
    /** Subnets for `docker network create` that nobody else uses: /24 networks of a range of its own. */
    readonly subnet: (index: number) => string;
    /** The name of one more bridge, such that closing the laboratory removes it. */
    readonly bridgeName: (index: number) => string;
    /** What the docker program printed; throws when it fails. */
    docker(...args: readonly string[]): Promise<string>;
    /** How the docker program ended, whatever its exit status. */
    tryDocker(...args: readonly string[]): Promise<CommandResult>;
}

/** Every laboratory that is not closed yet: also a crash of the tests must leave nothing behind. */
const open = new Set<Laboratory>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
process.once('exit', () => {
    for (const laboratory of open) {
        try {
            laboratory.close();
        } catch (error) {
            console.error(error); // and go on: the others must be closed, too
        }
    }
});

export function openLaboratory(): Laboratory {
    requireWhatIsNeeded();
    const folder = mkdtempSync('/tmp/dr-');
    const daemons: Daemon[] = [];
    const laboratory: Laboratory = {
        folder,
        startContainerd: async (name) => started(createContainerd(join(folder, name)), daemons),
        startDockerd: async (name, options = {}) => started(await createDockerd(folder, name, options), daemons),
        close() {
            if (!open.delete(laboratory)) return;
            sweep(
                folder,
                daemons.map((daemon) => daemon.pid()),
            );
        },
    };
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
    return {
        ...createDaemon(home, 'containerd', ['--config', config], () => accepts(address)),
        address,
        async run(namespace, id, archive, image, ...command) {
            const ctr = (...args: readonly string[]) => run('ctr', ['-a', address, '-n', namespace, ...args]);
            await ctr('images', 'import', archive);
            await ctr('run', '--detach', ...places, `docker.io/library/${image}`, id, ...command);
            const tasks = (await ctr('tasks', 'list')).split('\n').map((line) => line.split(/\s+/));
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
    // An empty configuration of its own, or dockerd reads the user's /etc/docker/daemon.json.
    writeFileSync(join(home, 'daemon.json'), '{}');
    const args = [
        ...['--config-file', join(home, 'daemon.json'), '--pidfile', join(home, 'docker.pid'), '-H', endpoint],
        ...['--data-root', join(home, 'data'), '--exec-root', join(home, 'exec')],
        ...['--iptables=false', '--ip6tables=false', '--ip-masq=false'],
        ...['--bridge', bridgeName(0)],
        ...(options.containerd ? ['--containerd', options.containerd.address] : []),
        ...(options.liveRestore ? ['--live-restore'] : []),
        ...(options.args ?? []),
    ];
    // The user's contexts and credentials are none of the tests' business.
    const environment = { ...process.env, DOCKER_CONFIG: join(home, 'client'), DOCKER_CONTEXT: '', DOCKER_HOST: '' };
    return {
        ...createDaemon(home, 'dockerd', args, () => answersPing(socket)),
        socket,
        endpoint,
        subnet: (index) => `10.${range}.${index}.0/24`,
        bridgeName,
        docker: (...command) => run('docker', ['-H', endpoint, ...command], { environment }),
        tryDocker: (...command) => observe('docker', ['-H', endpoint, ...command], { environment }),
    };
}

function createDaemon(home: string, program: string, args: readonly string[], ready: () => Promise<boolean>): Daemon {
    const log = join(home, 'log');
    let child: ChildProcess | undefined;
    const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
    return {
        pid: () => child?.pid ?? 0,
        async start() {
            const output = openSync(log, 'a');
            // Its own session: Ctrl+C reaches us first, and we end it in the right order.
            child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
            closeSync(output);
            try {
                await until(`${program} answers`, async () => {
                    if (hasEnded()) throw new Error(`${program} ended`);
                    return ready();
                });
            } catch (error) {
                throw new Error(`${(error as Error).message}\n${readFileSync(log, 'utf8').slice(-2000)}`, {
                    cause: error,
                });
            }
        },
        async end(signal) {
            if (hasEnded()) return;
            child?.kill(signal);
            await until(`${program} ends after ${signal}`, hasEnded);
        },
        async freeze() {
            child?.kill('SIGSTOP');
            const pid = child?.pid ?? 0;
            await until(`${program} stops`, () => {
                const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`);
                return threads.every((stat) => / T /.test(readFileSync(stat, 'latin1').replace(/^.*\)/s, '')));
            });
        },
    };
}

function accepts(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const connection = connect(socket, () => resolve(true));
        connection.once('error', () => resolve(false));
        connection.once('connect', () => connection.destroy());
    });
}

function answersPing(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const request = get({ socketPath: socket, path: '/_ping', timeout: 1000 }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        request.once('timeout', () => request.destroy());
        request.once('error', () => resolve(false));
    });
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

const debianPackages: Readonly<Record<string, string>> = {
    dockerd: 'docker.io',
    docker: 'docker.io',
    containerd: 'containerd',
    runc: 'runc',
    busybox: 'busybox-static',
    ip: 'iproute2',
};

function requireWhatIsNeeded(): void {
    if (process.getuid?.() !== 0) throw new Error('a private dockerd needs root: run the live tests as root');
    const missing = Object.entries(debianPackages).filter(([program]) => !isOnThePath(program));
    if (missing.length === 0) return;
    const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))];
    throw new Error(`${missing.map(([program]) => program).join(', ')} missing: apt-get install ${packages.join(' ')}`);
}

function isOnThePath(program: string): boolean {
    return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
        try {
            accessSync(join(folder, program), constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}
