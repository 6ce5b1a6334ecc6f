import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seeProcesses, type SeenProcess, withDescendants } from './processes';

/**
 * Ends and removes everything that belongs to a laboratory's folder: daemons, shims, containers, mounts, cgroups,
 * bridges, sockets, and the folder itself.
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
    rmSync(folder, { recursive: true, force: true });
    const left = processesOf(folder, []);
    if (left.length > 0) throw new Error(`still alive after the sweep of ${folder}: ${left.map(describe).join('; ')}`);
}

/** Every name of a network interface that a laboratory makes starts with this; at most 15 bytes in all (IFNAMSIZ). */
export function interfacePrefix(folder: string): string {
    return folder.slice(folder.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9]/g, '');
}

/** Alive, and either named after the folder, descended from such a process, or in the cgroup of one of them. */
function processesOf(folder: string, daemonPids: readonly number[], cgroupPaths?: Set<string>): SeenProcess[] {
    const all = seeProcesses();
    const named = all.filter(({ argv }) => argv.some((argument) => argument.includes(`${folder}/`)));
    const family = withDescendants(all, new Set([...named.map(({ pid }) => pid), ...daemonPids]));
    const own = new Set(all.find(({ pid }) => pid === process.pid)?.cgroupPaths);
    const containerIds = bundlesOf(folder).map((bundle) => bundle.slice(bundle.lastIndexOf('/')));
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

/** Shims listen in /run/containerd whatever their containerd's state folder is; their bundle holds the address. */
function removeShimSockets(folder: string): void {
    for (const bundle of bundlesOf(folder)) {
        const file = join(bundle, 'address');
        if (!existsSync(file)) continue;
        const socket = readFileSync(file, 'utf8').replace('unix://', '');
        if (socket.startsWith('/run/containerd/s/')) rmSync(socket, { force: true });
    }
}

/** The bundle folders of every containerd: <state>/<runtime plugin>/<namespace>/<container id>. */
function bundlesOf(folder: string): string[] {
    const below = (path: string): string[] =>
        existsSync(path)
            ? readdirSync(path, { withFileTypes: true })
                  .filter((entry) => entry.isDirectory())
                  .map(({ name }) => join(path, name))
            : [];
    return below(folder)
        .flatMap((home) => [join(home, 'state'), join(home, 'exec', 'containerd', 'daemon')])
        .flatMap(below)
        .filter((plugin) => /\/io\.containerd\.runtime\./.test(plugin))
        .flatMap(below)
        .flatMap(below);
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
    const hierarchies = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const roots = ['/sys/fs/cgroup', ...hierarchies.map(({ name }) => join('/sys/fs/cgroup', name))];
    for (const root of roots) {
        for (const path of paths) {
            removeCgroup(join(root, path));
            // `ctr` makes a parent for each namespace; Docker's belongs to all daemons of the machine.
            const parent = dirname(path);
            if (parent !== '/' && parent !== '/docker') removeCgroup(join(root, parent));
        }
    }
}

/** A cgroup goes by rmdir(2), its children first, cgroups(7); it is busy until its last process has been reaped. */
function removeCgroup(folder: string): void {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) removeCgroup(join(folder, entry.name));
    }
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
    return /(^|\/)(dockerd|containerd)$/.test(argv[0] ?? '');
}

function describe({ pid, state, argv }: SeenProcess): string {
    return `${pid} (${state}) ${argv.join(' ')}`;
}
