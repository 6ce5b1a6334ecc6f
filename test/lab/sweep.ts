import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { seeProcesses, type SeenProcess, withDescendants } from './processes';
import { removeUser } from './user';

/**
 * Ends and removes everything that belongs to a laboratory's folder: daemons, shims, containers, mounts, cgroups,
 * bridges, sockets, its user, and the folder itself.
 *
 * It goes by the folder's name alone and works without any daemon's help, so that it also cleans up after tests that
 * killed their daemons; and it is synchronous, so that it also works in the last moment of our own process.
 */
export function sweep(folder: string, daemonPids: readonly number[]): void {
    const cgroupPaths = new Set<string>();
    endProcesses(folder, daemonPids, cgroupPaths);
    removeShimSockets(folder);
    removeMounts(folder);
    removeCgroups(cgroupPaths);
    removeBridges(folder);
    removeUser(folder);
    rmSync(folder, { recursive: true, force: true });
    const left = processesOf(folder, []);
    if (left.length > 0) throw new Error(`still alive after the sweep of ${folder}: ${left.map(describe).join('; ')}`);
}

/** Every name of a network interface that a laboratory makes starts with this; at most 15 bytes in all (IFNAMSIZ). */
export function interfacePrefix(folder: string): string {
    return basename(folder).replace(/[^A-Za-z0-9]/g, '');
}

/** Alive, and either named after the folder, descended from such a process, or in the cgroup of one of them. */
function processesOf(folder: string, daemonPids: readonly number[], cgroupPaths?: Set<string>): SeenProcess[] {
    const all = seeProcesses();
    const named = all.filter(({ argv }) => argv.some((argument) => argument.includes(`${folder}/`)));
    const family = withDescendants(all, new Set([...named.map(({ pid }) => pid), ...daemonPids]));
    const own = new Set(all.find(({ pid }) => pid === process.pid)?.cgroupPaths);
    const containerIds = bundlesOf(folder).map((bundle) => `/${basename(bundle)}`);
    const isContainers = (path: string): boolean => containerIds.some((id) => path.includes(id));
    const members = all.filter(({ cgroupPaths: paths }) => paths.some(isContainers));
    for (const { cgroupPaths: paths } of [...family, ...members]) {
        for (const path of paths) if (path !== '/' && !own.has(path)) cgroupPaths?.add(path);
    }
    return [...new Set([...family, ...members])].filter(({ state, pid }) => state !== 'Z' && pid !== process.pid);
}

function endProcesses(folder: string, daemonPids: readonly number[], cgroupPaths: Set<string>): void {
    const deadline = Date.now() + 10_000;
    // Again and again: while we look, a daemon may start one more shim, and a restart policy one more container.
    for (;;) {
        const alive = processesOf(folder, daemonPids, cgroupPaths);
        if (alive.length === 0) return;
        if (Date.now() > deadline) throw new Error(`does not end: ${alive.map(describe).join('; ')}`);
        // Daemons first, so that they don't repair what we break.
        alive.sort((left, right) => Number(isDaemon(right)) - Number(isDaemon(left)));
        for (const { pid } of alive) {
            try {
                process.kill(pid, 'SIGKILL');
            } catch {
                // It ended before us.
            }
        }
        thaw(cgroupPaths);
        pause();
    }
}

/** Synchronous, because the sweep must also work in an exit handler. */
function pause(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

/** On cgroup v1 a frozen process does not even die (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst). */
function thaw(cgroupPaths: ReadonlySet<string>): void {
    for (const path of cgroupPaths) {
        const file = join('/sys/fs/cgroup/freezer', path, 'freezer.state');
        if (existsSync(file)) writeFileSync(file, 'THAWED');
    }
}

/**
 * Shims listen in /run/containerd whatever their containerd's state folder is, and a killed one leaves its socket. The
 * file's name is the SHA-256 of address, namespace and id (SocketAddress in containerd's runtime/v2/shim/util_unix.go).
 */
function removeShimSockets(folder: string): void {
    const homes = foldersIn(folder);
    const addresses = homes.flatMap((home) => [join(home, 'c.sock'), join(home, 'exec/containerd/containerd.sock')]);
    const containers = [
        ...bundlesOf(folder).map((bundle) => bundle.split('/').slice(-2).join('/')),
        ...homes.flatMap((home) => foldersIn(join(home, 'data/containers'))).map((data) => `moby/${basename(data)}`),
    ];
    for (const path of addresses.flatMap((address) => containers.map((container) => join(address, container)))) {
        rmSync(join('/run/containerd/s', createHash('sha256').update(path).digest('hex')), { force: true });
    }
}

/** The bundle folders of every containerd: <state>/<runtime plugin>/<namespace>/<container id>. */
function bundlesOf(folder: string): string[] {
    return foldersIn(folder)
        .flatMap((home) => [join(home, 'state'), join(home, 'exec/containerd/daemon')])
        .flatMap(foldersIn)
        .filter((plugin) => basename(plugin).startsWith('io.containerd.runtime.'))
        .flatMap(foldersIn)
        .flatMap(foldersIn);
}

function foldersIn(path: string): string[] {
    if (!existsSync(path)) return [];
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return entries.map(({ name }) => join(path, name));
}

function removeMounts(folder: string): void {
    const points = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
        .filter((point) => point.startsWith(`${folder}/`));
    // The last mounted lies on top.
    for (const point of points.reverse()) execFileSync('umount', ['--lazy', point]);
}

function removeCgroups(paths: ReadonlySet<string>): void {
    for (const root of ['/sys/fs/cgroup', ...foldersIn('/sys/fs/cgroup')]) {
        for (const path of paths) {
            removeCgroup(join(root, path));
            // `ctr` makes a parent for each namespace; Docker's and Podman's belong to all of the machine.
            const parent = dirname(path);
            if (!['/', '/docker', '/libpod_parent'].includes(parent)) removeCgroup(join(root, parent));
        }
    }
}

/** A cgroup goes by rmdir(2), its children first, cgroups(7); it is busy until its last process has been reaped. */
function removeCgroup(folder: string): void {
    if (!existsSync(folder)) return;
    for (const child of foldersIn(folder)) removeCgroup(child);
    for (let attempt = 0; attempt < 50 && existsSync(folder); attempt++) {
        try {
            rmdirSync(folder);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
            pause();
        }
    }
}

function removeBridges(folder: string): void {
    for (const name of readdirSync('/sys/class/net')) {
        if (name.startsWith(interfacePrefix(folder))) execFileSync('ip', ['link', 'delete', name]);
    }
}

function isDaemon({ argv }: SeenProcess): boolean {
    return /(^|\/)(dockerd|containerd|conmon)$/.test(argv[0] ?? '');
}

function describe({ pid, state, argv }: SeenProcess): string {
    return `${pid} (${state}) ${argv.join(' ')}`;
}
