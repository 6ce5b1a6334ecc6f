import assert from 'node:assert/strict';
import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Process } from '../../../src/model/process';
import type { Look } from '../../../src/sources/procfs/look';
import { createProcfsReader } from '../../../src/sources/procfs/reader';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';
import { succeeded } from './readers';

const containerId = '5f'.repeat(32);

function byPid(look: Look, pid: number): Process | undefined {
    return look.processes.find((process) => process.pid === pid);
}

describe('reading a saved proc directory', function () {
    this.timeout(30_000);
    let proc: ProcDirectory;

    beforeEach(() => {
        proc = makeProcDirectory({
            '1/stat': statLine({ pid: 1, comm: 'systemd', ppid: 0 }),
            '1/cmdline': '/sbin/init\0',
            '1/cgroup': '0::/init.scope\n',
            '20/stat': statLine({ pid: 20, residentPages: 3 }),
            '20/cmdline': 'sleep\x0060\0',
            '20/cgroup': '0::/user.slice\n',
            version: 'Linux',
        });
    });
    afterEach(() => proc.dispose());

    it('tells every process, and what the directory lacks is absent', () => {
        const look = succeeded(createProcfsReader(proc.root).look());
        assert.equal(look.look, 'full');
        assert.deepEqual(look.gaps, []);
        assert.equal(look.processes.length, 2);
        assert.deepEqual(byPid(look, 20), {
            pid: 20,
            comm: 'sleep',
            state: 'S',
            ppid: 1,
            session: 20,
            kernelThread: false,
            threads: 1,
            startTicks: 1020,
            residentBytes: 3 * 4096,
            argv: ['sleep', '60'],
            cgroups: [{ hierarchy: 0, controllers: '', path: '/user.slice' }],
        });
        assert.equal(look.host.hostname, undefined);
        assert.equal(look.host.ticksPerSecond, 100);
    });

    it('tells the host', () => {
        proc.write({
            'sys/kernel/hostname': 'box\n',
            'sys/kernel/osrelease': '6.18.0\n',
            'sys/kernel/random/boot_id': 'b0\n',
            uptime: '12.50 20.00\n',
        });
        const { host } = succeeded(createProcfsReader(proc.root).look());
        assert.deepEqual([host.hostname, host.kernel, host.bootId, host.uptimeSeconds], ['box', '6.18.0', 'b0', 12.5]);
    });

    it('lacks what a process directory lacks, and keeps the process', () => {
        proc.remove('20/cmdline');
        proc.remove('20/cgroup');
        const look = succeeded(createProcfsReader(proc.root).look());
        assert.equal(byPid(look, 20)?.argv, undefined);
        assert.equal(byPid(look, 20)?.cgroups, undefined);
        assert.deepEqual(look.gaps, []);
    });

    it('tells a thread of the kernel apart, without opening more of it', () => {
        proc.write({
            '2/stat': statLine({ pid: 2, comm: 'kthreadd', ppid: 0, flags: 0x00208040 }),
            '2/cmdline': 'lie\0',
        });
        assert.deepEqual(byPid(succeeded(createProcfsReader(proc.root).look()), 2)?.argv, []);
    });

    it('bounds a command line of any size', () => {
        proc.write({ '20/cmdline': Buffer.alloc(10 * 1024 * 1024, 'argument\0') });
        const process = byPid(succeeded(createProcfsReader(proc.root).look()), 20);
        assert.equal(process?.argvTruncated, true);
        assert.equal(process?.argv?.join('\0').length, 4096);
    });

    it('does not call a command line of exactly the bound cut off', () => {
        proc.write({ '20/cmdline': `${'a'.repeat(4095)}\0` });
        const process = byPid(succeeded(createProcfsReader(proc.root).look()), 20);
        assert.deepEqual([process?.argv?.[0]?.length, process?.argvTruncated], [4095, undefined]);
    });

    it('believes no cgroup path that was cut off', () => {
        const line = `0::/${'x'.repeat(1000)}\n`;
        proc.write({ '20/cgroup': line.repeat(70) });
        const cgroups = byPid(succeeded(createProcfsReader(proc.root).look()), 20)?.cgroups ?? [];
        assert.equal(cgroups.length, Math.floor((64 * 1024) / line.length));
        assert.ok(cgroups.every(({ path }) => path.length === 1001));
    });

    it('names a stat that is none, and keeps the others', () => {
        proc.write({ '30/stat': 'nonsense' });
        const look = succeeded(createProcfsReader(proc.root).look());
        assert.equal(look.processes.length, 2);
        assert.deepEqual(
            look.gaps.map(({ reason }) => reason),
            ['malformed'],
        );
    });

    it('reads more of daemons, shims, what is below them and what a container id is in the cgroup of', () => {
        const status = 'Name:\tx\nUid:\t0\t7\t0\t0\nNSpid:\t5\t1\n';
        const parts: readonly (readonly [number, string, number, string])[] = [
            [40, 'dockerd', 1, '/system.slice/docker.service'],
            [41, 'containerd-shim', 1, '/system.slice/containerd.service'],
            [42, 'app', 41, '/user.slice'],
            [43, 'worker', 42, '/user.slice'],
            [44, 'lonely', 1, `/docker/${containerId}`],
            [45, 'bash', 1, '/user.slice'],
        ];
        for (const [pid, comm, ppid, path] of parts) {
            proc.write({ [`${pid}/stat`]: statLine({ pid, comm, ppid }), [`${pid}/cmdline`]: `${comm}\0` });
            proc.write({ [`${pid}/cgroup`]: `0::${path}\n`, [`${pid}/status`]: status });
        }
        const look = succeeded(createProcfsReader(proc.root).look());
        const read = look.processes.filter(({ uid }) => uid === 7).map(({ pid }) => pid);
        assert.deepEqual(read, [40, 41, 42, 43, 44]);
        assert.deepEqual(byPid(look, 44)?.namespacePids, [5, 1]);
    });

    const inContainer = (pid: number, state: string, sleeps: number) => ({
        [`${pid}/stat`]: statLine({ pid, state, startTicks: 10 }),
        [`${pid}/cmdline`]: 'cat\0',
        [`${pid}/cgroup`]: `0::/docker/${containerId}\n`,
        [`${pid}/status`]: `Uid:\t0\t0\t0\t0\nvoluntary_ctxt_switches:\t${sleeps}\n`,
        [`${pid}/wchan`]: 'nfs_wait_bit_killable',
    });

    it('keeps no wait that it has not read again, where more wait than are read', () => {
        proc.write(inContainer(5_000, 'D', 7));
        const reader = createProcfsReader(proc.root);
        assert.equal(byPid(succeeded(reader.look()), 5_000)?.wait?.sleeps, 7);
        for (let pid = 1_000; pid < 1_100; pid++) proc.write(inContainer(pid, 'D', 7));
        const look = succeeded(reader.look());
        assert.equal(look.processes.filter(({ wait }) => wait).length, 100);
        assert.equal(byPid(look, 5_000)?.wait, undefined);
    });

    it('tells where what belongs to containers waits, at each look and no longer than it waits', () => {
        proc.write({ ...inContainer(30, 'D', 7), '20/stat': statLine({ pid: 20, state: 'D' }), '20/wchan': 'x' });
        const reader = createProcfsReader(proc.root);
        assert.deepEqual(byPid(succeeded(reader.look()), 30)?.wait, {
            kernelFunction: 'nfs_wait_bit_killable',
            sleeps: 7,
        });
        assert.equal(byPid(succeeded(reader.look()), 20)?.wait, undefined, 'it is in no container');
        proc.write(inContainer(30, 'D', 8));
        assert.equal(byPid(succeeded(reader.look()), 30)?.wait?.sleeps, 8);
        proc.write({ '30/wchan': '0' });
        assert.deepEqual(byPid(succeeded(reader.look()), 30)?.wait, { sleeps: 8 }, 'the kernel does not say');
        proc.write(inContainer(30, 'S', 9));
        assert.equal(byPid(succeeded(reader.look()), 30)?.wait, undefined);
    });

    it('finds the sockets that a daemon listens on', () => {
        const line = (flags: string, inode: number, path: string) =>
            `0: 00000002 00000000 ${flags} 0001 01 ${inode} ${path}\n`;
        proc.write({
            '40/stat': statLine({ pid: 40, comm: 'dockerd' }),
            '40/net/unix':
                line('00010000', 71, '/run/docker.sock') +
                line('00010000', 72, '/run/other.sock') +
                line('00000000', 73, '/run/docker.sock'),
            '40/fd/.keep': '',
        });
        symlinkSync('socket:[71]', join(proc.root, '40/fd/3'));
        symlinkSync('socket:[73]', join(proc.root, '40/fd/4'));
        symlinkSync('/dev/null', join(proc.root, '40/fd/0'));
        assert.deepEqual(byPid(succeeded(createProcfsReader(proc.root).look()), 40)?.listens, ['/run/docker.sock']);
    });

    it('does not run in circles when parents do', () => {
        proc.write({ '50/stat': statLine({ pid: 50, ppid: 51 }), '51/stat': statLine({ pid: 51, ppid: 50 }) });
        assert.equal(succeeded(createProcfsReader(proc.root).look()).processes.length, 4);
    });

    describe('a second time', () => {
        it('reads stat alone, and hands out the same objects', () => {
            const reader = createProcfsReader(proc.root);
            const first = succeeded(reader.look());
            const second = succeeded(reader.look());
            assert.equal(second.look, 'steady');
            assert.equal(second.processes, first.processes);
            // The directory and two stats: uptime and loadavg are not there to be opened.
            assert.equal(second.filesOpened, 3);
            assert.ok(first.filesOpened > second.filesOpened);
        });

        it('sees who came, who went, who changed, and who has the pid of another', () => {
            const reader = createProcfsReader(proc.root);
            proc.write({ '60/stat': statLine({ pid: 60 }), '60/cmdline': 'old\0', '61/stat': statLine({ pid: 61 }) });
            const first = succeeded(reader.look());
            proc.remove('61');
            proc.write({
                '20/stat': statLine({ pid: 20, state: 'R', residentPages: 3 }),
                '60/stat': statLine({ pid: 60, startTicks: 9999 }),
                '60/cmdline': 'new\0',
                '62/stat': statLine({ pid: 62 }),
            });
            const second = succeeded(reader.look());
            assert.deepEqual(second.processes.map(({ pid }) => pid).sort(), [1, 20, 60, 62]);
            assert.equal(byPid(second, 20)?.state, 'R');
            assert.deepEqual(byPid(second, 20)?.argv, ['sleep', '60']);
            assert.deepEqual(byPid(second, 60)?.argv, ['new']);
            assert.equal(byPid(second, 1), byPid(first, 1));
            assert.equal(byPid(first, 20)?.state, 'S', 'what was handed out does not change');
        });

        it('reads the command line again after an exec that changed the name, and of a process that died', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({ '20/stat': statLine({ pid: 20, comm: 'nginx' }), '20/cmdline': 'nginx\0' });
            assert.deepEqual(byPid(succeeded(reader.look()), 20)?.argv, ['nginx']);
            proc.write({ '20/stat': statLine({ pid: 20, comm: 'nginx', state: 'Z' }), '20/cmdline': '' });
            assert.deepEqual(byPid(succeeded(reader.look()), 20)?.argv, []);
        });

        it('follows a container that is being made, under one name, from cgroup to cgroup', () => {
            proc.write({ '70/stat': statLine({ pid: 70, comm: 'runc:[2:INIT]' }), '70/cgroup': '0::/user.slice\n' });
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({ '70/cgroup': `0::/docker/${containerId}\n` });
            assert.equal(byPid(succeeded(reader.look()), 70)?.cgroups?.[0]?.path, `/docker/${containerId}`);
        });

        it('reads everything again when asked to, and when it has become old', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({ '20/cmdline': 'renamed\0' });
            assert.deepEqual(byPid(succeeded(reader.look()), 20)?.argv, ['sleep', '60']);
            assert.deepEqual(byPid(succeeded(reader.look({ full: true })), 20)?.argv, ['renamed']);
            const impatient = createProcfsReader(proc.root, { fullEveryMilliseconds: 0 });
            impatient.look();
            assert.equal(succeeded(impatient.look()).look, 'full');
        });

        it('reads the costlier files of a container’s processes again in turn, and at once when anything else is new', () => {
            const cgroup = `0::/docker/${containerId}\n`;
            const add = (pid: number): void =>
                proc.write({
                    [`${pid}/stat`]: statLine({ pid, comm: 'nginx' }),
                    [`${pid}/cmdline`]: 'nginx\0',
                    [`${pid}/cgroup`]: cgroup,
                    [`${pid}/status`]: 'Uid:\t0\t0\t0\t0\n',
                });
            const pids = [80, 81, 82, 83, 84, 85];
            pids.forEach(add);
            const reader = createProcfsReader(proc.root);
            reader.look();
            for (const pid of pids) proc.write({ [`${pid}/status`]: 'Uid:\t33\t33\t33\t33\n' });
            proc.write({ '80/cmdline': 'nginx: master\0' });
            const changedAfter = (look: Look) => pids.filter((pid) => byPid(look, pid)?.uid === 33);
            const counts = [1, 2, 3].map(() => changedAfter(succeeded(reader.look({ full: true }))));
            assert.ok(counts[0]?.includes(80), 'its command line is another one');
            assert.ok((counts[0]?.length ?? 0) < pids.length);
            assert.deepEqual(counts[2], pids);
        });
    });

    describe('where the kernel tells which pids were given since the last look', () => {
        const settled = Array.from({ length: 40 }, (_, index) => 100 + index);
        const forked = (lastPid: number, forks: number) =>
            proc.write({
                loadavg: `0.1 0.1 0.1 1/90 ${lastPid}\n`,
                stat: `cpu 1 2\nbtime 1\nprocesses ${forks}\nx 1\n`,
            });
        const statesOf = (look: Look) => settled.map((pid) => byPid(look, pid)?.state).join('');

        beforeEach(() => {
            proc.write({ 'sys/kernel/pid_max': '32768\n', uptime: '1000.00 1.00\n' });
            symlinkSync(String(process.pid), join(proc.root, 'self'));
            for (const pid of settled) proc.write({ [`${pid}/stat`]: statLine({ pid }) });
            forked(500, 1000);
        });
        const allRun = () => {
            for (const pid of settled) proc.write({ [`${pid}/stat`]: statLine({ pid, state: 'R' }) });
        };

        it('reads a tenth of what has no part in anything, and all of it in ten looks', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            allRun();
            forked(501, 1001);
            const second = succeeded(reader.look());
            assert.equal(second.look, 'steady');
            assert.equal(statesOf(second).replaceAll('S', ''), 'RRRR');
            for (let more = 2; more <= 10; more++) {
                forked(500 + more, 1000 + more);
                reader.look();
            }
            forked(520, 1020);
            assert.equal(statesOf(succeeded(reader.look())), 'R'.repeat(40));
        });

        it('reads a pid that may have gone to another process, also when the pids began again', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            forked(120, 1000 + 15_000);
            proc.write({ '105/stat': statLine({ pid: 105, startTicks: 90_000 }) });
            const look = succeeded(reader.look());
            assert.equal(byPid(look, 105)?.startTicks, 90_000);
        });

        it('reads all when the pids may have gone round, when the count went back, and in another pid namespace', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            allRun();
            forked(510, 1000 + 20_000);
            assert.equal(statesOf(succeeded(reader.look())), 'R'.repeat(40));
            for (const pid of settled) proc.write({ [`${pid}/stat`]: statLine({ pid }) });
            forked(511, 7);
            assert.equal(statesOf(succeeded(reader.look())), 'S'.repeat(40));

            proc.remove('self');
            symlinkSync(String(process.pid + 1), join(proc.root, 'self'));
            const elsewhere = createProcfsReader(proc.root);
            elsewhere.look();
            allRun();
            forked(512, 8);
            assert.equal(statesOf(succeeded(elsewhere.look())), 'R'.repeat(40));
        });

        it('sees the new parent of those whose parent ended', () => {
            proc.write({ '60/stat': statLine({ pid: 60 }) });
            for (const pid of settled) proc.write({ [`${pid}/stat`]: statLine({ pid, ppid: 60 }) });
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.remove('60');
            for (const pid of settled) proc.write({ [`${pid}/stat`]: statLine({ pid, ppid: 1 }) });
            proc.write({ loadavg: '0.1 0.1 0.1 1/89 500\n' });
            const look = succeeded(reader.look());
            assert.equal(look.look, 'steady');
            assert.ok(settled.every((pid) => byPid(look, pid)?.ppid === 1));
        });

        it('reads what has a part, or is on screen, each time', () => {
            proc.write({
                '70/stat': statLine({ pid: 70 }),
                '70/cgroup': `0::/docker/${containerId}\n`,
                '71/stat': statLine({ pid: 71 }),
                '72/stat': statLine({ pid: 72 }),
                '73/stat': statLine({ pid: 73 }),
            });
            const reader = createProcfsReader(proc.root);
            reader.look();
            for (const pid of [70, 71, 72, 73]) proc.write({ [`${pid}/stat`]: statLine({ pid, state: 'R' }) });
            forked(501, 1001);
            const look = succeeded(reader.look({ onScreen: [73] }));
            const states = [70, 71, 72, 73].map((pid) => byPid(look, pid)?.state);
            assert.deepEqual(states, ['R', 'S', 'R', 'R'], '72 is in its turn');
        });

        it('loses nothing to a look that failed', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            forked(510, 1010);
            renameSync(proc.root, `${proc.root}-away`);
            assert.equal(reader.look().ok, false);
            renameSync(`${proc.root}-away`, proc.root);
            allRun();
            forked(511, 1011);
            assert.equal(statesOf(succeeded(reader.look())), 'R'.repeat(40));
        });
    });

    describe('where the kernel tells that nothing was forked', () => {
        beforeEach(() => proc.write({ loadavg: '0.1 0.1 0.1 1/90 812\n', uptime: '1000.00 1.00\n' }));

        it('reads nothing but those on screen', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({
                '20/stat': statLine({ pid: 20, state: 'R' }),
                '1/stat': statLine({ pid: 1, comm: 'systemd', state: 'R' }),
            });
            const unchanged = succeeded(reader.look());
            assert.deepEqual([unchanged.look, unchanged.filesOpened], ['unchanged', 2]);
            assert.equal(byPid(unchanged, 20)?.state, 'S');
            const onScreen = succeeded(reader.look({ onScreen: [20, 999] }));
            assert.deepEqual([onScreen.look, onScreen.filesOpened], ['unchanged', 3]);
            assert.deepEqual([byPid(onScreen, 20)?.state, byPid(onScreen, 1)?.state], ['R', 'S']);
        });

        it('reads all when the last pid moved', () => {
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({ loadavg: '0.1 0.1 0.1 2/90 813\n' });
            assert.equal(succeeded(reader.look()).look, 'steady');
        });

        it('reads a process again while it is young: its last exec may be to come', () => {
            proc.write({
                '80/stat': statLine({ pid: 80, comm: 'sh', startTicks: 99_950 }),
                '80/cmdline': 'sh\0-c\0sh x\0',
            });
            const reader = createProcfsReader(proc.root);
            reader.look();
            proc.write({ '80/cmdline': 'sh\0x\0' });
            const look = succeeded(reader.look());
            assert.deepEqual([look.look, byPid(look, 80)?.argv], ['unchanged', ['sh', 'x']]);
        });

        it('does not believe what is mounted in place of the kernel', () => {
            proc.write({ 'self/mountinfo': `99 23 0:50 / ${join(proc.root, 'loadavg')} rw - fuse.lxcfs lxcfs rw\n` });
            const reader = createProcfsReader(proc.root);
            reader.look();
            assert.equal(succeeded(reader.look()).look, 'steady');
        });
    });
});

describe('a root that is no proc', function () {
    this.timeout(30_000);
    const refused = (root: string) => {
        const result = createProcfsReader(root).look();
        assert.ok(!result.ok);
        return result.gap;
    };

    it('is named: not there, no directory, without a process', () => {
        const proc = makeProcDirectory({ file: '', '12/cmdline': 'x', '13': 'a file' });
        try {
            assert.match(refused(join(proc.root, 'missing')).detail, /^no such directory: /);
            assert.match(refused(join(proc.root, 'file')).detail, /^not a directory: /);
            assert.match(refused(proc.root).detail, / holds no process$/);
        } finally {
            proc.dispose();
        }
    });
});
