import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Idle processes, some of them in what look like containers; gone, whole, when it is closed or we end. */
export interface Crowd {
    /** Full ids of the containers, in the order in which they were made. */
    readonly containers: readonly string[];
    /** Grows until the host has so many processes and the crowd so many containers, of three processes each. */
    grow(processes: number, containers: number): Promise<void>;
    close(): Promise<void>;
}

export const processesPerContainer = 3;

/** `program` is the compiled crowd.c. */
export function startCrowd(program: string): Crowd {
    const folder = mkdtempSync(join(tmpdir(), 'crowd-'));
    const shim = join(folder, 'containerd-shim-runc-v2');
    symlinkSync(program, shim);
    const parents = cgroupParents();
    const containers: string[] = [];
    const before = countProcesses();
    const child = spawn(program, [], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { CROWD_SHIM: shim, CROWD_CONTAINERD: '/run/containerd/containerd.sock' },
    });
    let dots = 0;
    let onDot: (() => void) | undefined;
    child.stdout.on('data', (bytes: Buffer) => {
        dots += bytes.length;
        onDot?.();
    });
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    let asked = 0;

    async function ask(lines: readonly string[]): Promise<void> {
        asked += lines.length;
        child.stdin.write(lines.map((line) => `${line}\n`).join(''));
        await new Promise<void>((resolve, reject) => {
            onDot = () => {
                if (dots >= asked) resolve();
            };
            onDot();
            void ended.then(() => reject(new Error('the crowd ended')));
        });
    }

    function containerLine(): string {
        const id = randomBytes(32).toString('hex');
        containers.push(id);
        const procs = parents.map((parent) => {
            mkdirSync(join(parent, id));
            return join(parent, id, 'cgroup.procs');
        });
        return ['container', id, String(processesPerContainer), ...procs].join(' ');
    }

    return {
        containers,
        async grow(processes, wanted) {
            const missing = Math.max(0, wanted - containers.length);
            await ask(Array.from({ length: missing }, containerLine));
            const plain = processes - countProcesses();
            if (plain > 0) await ask([`plain ${String(plain)}`]);
        },
        async close() {
            child.stdin.end();
            await ended;
            // init reaps them one by one.
            await patiently(() => countProcesses() <= before + 100);
            for (const parent of parents) {
                // A cgroup can be removed once the last of its processes is reaped.
                for (const id of containers) await patiently(() => isRemoved(join(parent, id)));
                await patiently(() => isRemoved(parent));
            }
            rmSync(folder, { recursive: true });
        },
    };
}

export function countProcesses(): number {
    return readdirSync('/proc').filter((name) => /^[1-9]/.test(name)).length;
}

/** Of cgroup v2, or of two hierarchies of cgroup v1; none where we may not make any. */
function cgroupParents(): readonly string[] {
    const root = '/sys/fs/cgroup';
    const hierarchies = existsSync(join(root, 'cgroup.controllers'))
        ? [root]
        : [join(root, 'systemd'), join(root, 'pids')];
    return hierarchies.filter(existsSync).flatMap((hierarchy) => {
        const parent = join(hierarchy, `crowd-${String(process.pid)}`);
        try {
            mkdirSync(parent);
            return [parent];
        } catch {
            return [];
        }
    });
}

/** False while a process is in it. */
function isRemoved(cgroup: string): boolean {
    try {
        rmdirSync(cgroup);
        return true;
    } catch {
        return false;
    }
}

async function patiently(isDone: () => boolean): Promise<void> {
    for (let left = 1000; !isDone(); left--) {
        if (left === 0) throw new Error('the crowd does not end');
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
