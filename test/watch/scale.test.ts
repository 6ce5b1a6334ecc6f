import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Watcher } from '../../src/watch/watcher';
import { beginToMeasureBusyness } from '../lab/busyness';
import { answer, type FakeDaemon, quiet, startFakeDaemon, webRecord } from '../sources/docker/fake-daemon';
import { statLine } from '../sources/procfs/proc-directory';
import { until } from '../until';
import { watcherOf } from './watcher-of';

const containers = 10_000;
const runningContainers = 2_000;
/** The shim is none of them. */
const processesPerContainer = 14;
const otherProcesses = 20_000;
const processes = otherProcesses + runningContainers * (1 + processesPerContainer);

describe(`a host of ${containers} containers and ${processes} processes`, function () {
    this.timeout(180_000);
    let root: string;
    let daemon: FakeDaemon;
    let watcher: Watcher;
    let looks = 0;

    before(async () => {
        // In memory where there is room: these are 150,000 files.
        root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'procfs-test-'));
        writeHost(root);
        const list = JSON.stringify(Array.from({ length: containers }, (_, index) => recordOf(index)));
        daemon = await startFakeDaemon((socket, target) => {
            if (target.startsWith('/containers/json')) socket.end(answer(list));
            else quiet(socket, target);
        });
        watcher = watcherOf(daemon, { root });
        watcher.onDidChange(() => looks++);
    });
    after(async () => {
        watcher.dispose();
        await daemon.stop();
        rmSync(root, { recursive: true });
    });

    const isWhole = (): boolean => watcher.current?.snapshot.engines[0]?.containers.length === containers;
    const lists = (): number => daemon.requests.filter((target) => target.startsWith('/containers/json')).length;

    it('is shown whole within three seconds, and looked at again within five', async () => {
        const busyness = beginToMeasureBusyness();
        const begun = performance.now();
        watcher.watch();
        await until(isWhole, 'all containers are shown', 90_000);
        const first = performance.now() - begun;
        await watcher.look();
        const refresh = performance.now() - begun - first;
        // The bounds are those of an idle machine.
        const times = busyness();
        const figures = `first ${first.toFixed(0)} ms, again ${refresh.toFixed(0)} ms, ${times.toFixed(1)} times as slow as alone`;
        console.log(`      ${figures}`);
        assert.ok(first < 3_000 * times, figures);
        assert.ok(refresh < 5_000 * times, figures);
    });

    it('has each of them in its place', () => {
        const { nodes, snapshot } = watcher.current ?? assert.fail();
        assert.equal(snapshot.processes.length, processes);
        const counts = { container: 0, 'running container': 0, shim: 0, main: 0, child: 0 };
        for (const node of nodes.values()) {
            if (node.kind === 'container') counts.container++;
            if (node.kind === 'container' && node.mainPid !== undefined) counts['running container']++;
            if (node.kind !== 'process') continue;
            if (node.role === 'shim' || node.role === 'main' || node.role === 'child') counts[node.role]++;
        }
        assert.deepEqual(counts, {
            container: containers,
            'running container': runningContainers,
            shim: runningContainers,
            main: runningContainers,
            child: runningContainers * (processesPerContainer - 1),
        });
    });

    it('costs at most one list a look, and no question about a single container', () => {
        assert.ok(lists() <= looks + 1, `${lists()} lists for ${looks} looks and the one under way`);
        assert.deepEqual(
            daemon.requests.filter((target) => /^\/containers\/(?!json)/.test(target)),
            [],
        );
    });
});

function idOf(index: number): string {
    return index.toString(16).padStart(64, '0');
}

function recordOf(index: number): object {
    const isRunning = index < runningContainers;
    return {
        ...webRecord,
        Id: idOf(index),
        Names: [`/c${index}`],
        State: isRunning ? 'running' : 'exited',
        Status: isRunning ? 'Up 3 minutes' : 'Exited (0) 3 minutes ago',
        Ports: [],
    };
}

/** A dockerd, its containerd, a shim with its container's processes for each container that runs, and others. */
function writeHost(root: string): void {
    let lastPid = 0;
    const write = (ppid: number, comm: string, argv: readonly string[], cgroup: string): number => {
        const pid = ++lastPid;
        const folder = join(root, String(pid));
        mkdirSync(folder);
        writeFileSync(join(folder, 'stat'), statLine({ pid, comm, ppid }));
        writeFileSync(join(folder, 'cmdline'), argv.map((argument) => `${argument}\0`).join(''));
        writeFileSync(join(folder, 'cgroup'), `0::${cgroup}\n`);
        if (comm === 'sleep') return pid;
        writeFileSync(join(folder, 'status'), `Uid:\t0\t0\t0\t0\nNSpid:\t${pid}\n`);
        symlinkSync(argv[0] ?? '', join(folder, 'exe'));
        symlinkSync('../namespaces', join(folder, 'ns'));
        return pid;
    };
    mkdirSync(join(root, 'namespaces'));
    for (const kind of ['pid', 'mnt', 'net', 'ipc'])
        symlinkSync(`${kind}:[4026531836]`, join(root, 'namespaces', kind));
    write(0, 'systemd', ['/sbin/init'], '/init.scope');
    const address = '/run/containerd/containerd.sock';
    write(1, 'containerd', ['/usr/bin/containerd'], '/system.slice/containerd.service');
    write(1, 'dockerd', ['/usr/bin/dockerd', `--containerd=${address}`], '/system.slice/docker.service');
    for (let other = 3; other < otherProcesses; other++) write(1, 'sleep', ['sleep', '60'], '/user.slice');
    const program = '/usr/bin/containerd-shim-runc-v2';
    for (let index = 0; index < runningContainers; index++) {
        const id = idOf(index);
        const argv = [program, '-namespace', 'moby', '-id', id, '-address', address];
        const shim = write(1, 'containerd-shim', argv, '/system.slice/containerd.service');
        const cgroup = `/system.slice/docker-${id}.scope`;
        const main = write(shim, 'nginx', ['nginx'], cgroup);
        for (let child = 1; child < processesPerContainer; child++) write(main, 'nginx', ['nginx: worker'], cgroup);
    }
}
