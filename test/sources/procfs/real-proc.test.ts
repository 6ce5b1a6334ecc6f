import assert from 'node:assert/strict';
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Process } from '../../../src/model/process';
import type { Look } from '../../../src/sources/procfs/look';
import { createProcfsReader } from '../../../src/sources/procfs/reader';
import type { LookDone, ReaderMessage } from '../../../src/sources/procfs/reader-messages';

const readerPath = join(__dirname, '../../../reader.js');

describe('this machine', function () {
    this.timeout(60_000);
    const uglyNames = ['a) S 1 1 1 (', 'x\ny) Z 2 (', '(', 'in  between'];
    const started: ChildProcess[] = [];
    let directory: string;

    before(async () => {
        directory = mkdtempSync(join(tmpdir(), 'real-proc-'));
        for (const name of uglyNames) {
            copyFileSync('/bin/sleep', join(directory, name));
            started.push(spawn(join(directory, name), ['300']));
        }
        // A zombie: its parent becomes a program that never waits for it.
        started.push(spawn('/bin/sh', ['-c', 'true & exec sleep 300', 'with an empty', ''], { stdio: 'ignore' }));
        await Promise.all(started.map((child) => new Promise((resolve) => child.once('spawn', resolve))));
    });
    after(() => {
        started.forEach((child) => child.kill('SIGKILL'));
        rmSync(directory, { recursive: true });
    });

    const look = (reader = createProcfsReader('/proc')): Look => {
        const result = reader.look({ full: true });
        assert.ok(result.ok, JSON.stringify(result));
        return result;
    };

    it('shows what ps shows', () => {
        const reader = createProcfsReader('/proc');
        const before = look(reader);
        const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,sid=,nlwp=,uid='], { encoding: 'utf8' })
            .trim()
            .split('\n');
        const after = new Map(look(reader).processes.map((process) => [process.pid, process]));
        // Between the two looks a process may have come, gone or changed: only those that stayed as they are count.
        const fields = ({ pid, ppid, session, threads }: Process) => [pid, ppid, session, threads];
        const isStable = (process: Process) => {
            const later = after.get(process.pid);
            return later?.startTicks === process.startTicks && String(fields(later)) === String(fields(process));
        };
        const stable = new Map(before.processes.filter(isStable).map((process) => [process.pid, process]));
        const told = new Map(lines.map((line) => line.trim().split(/ +/).map(Number)).map((row) => [row[0], row]));
        assert.ok(stable.size >= started.length + 1);
        for (const process of stable.values()) {
            const [, ...row] = told.get(process.pid) ?? [];
            assert.deepEqual(row.slice(0, 3), fields(process).slice(1), `pid ${process.pid}`);
            assert.equal(process.uid ?? row[3], row[3], `uid of ${process.pid}`);
        }
        const missing = [...told.keys()].filter(
            (pid) => pid !== undefined && after.has(pid) && !before.processes.some((one) => one.pid === pid),
        );
        const young = missing.filter(
            (pid) => (after.get(pid ?? 0)?.startTicks ?? 0) / 100 < (before.host.uptimeSeconds ?? 0) - 1,
        );
        assert.deepEqual(young, [], 'a process that was there all the time is missing');
    });

    it('shows programs with ugly names, under this process', () => {
        const { processes } = look();
        for (const [index, name] of uglyNames.entries()) {
            const found = processes.find(({ pid }) => pid === started[index]?.pid);
            assert.deepEqual(
                [found?.comm, found?.ppid, found?.argv],
                [name.slice(0, 15), process.pid, [join(directory, name), '300']],
            );
        }
    });

    it('shows a zombie, with no arguments', () => {
        const parent = started.at(-1)?.pid;
        const zombie = look().processes.find(({ ppid }) => ppid === parent);
        assert.deepEqual([zombie?.state, zombie?.argv, zombie?.kernelThread], ['Z', [], false]);
    });

    it('shows a thread of the kernel as ps does, or none where ps shows none', () => {
        const shownByPs = execFileSync('ps', ['--ppid', '2', '-o', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/);
        const kernelThreads = new Set(
            look()
                .processes.filter(({ kernelThread }) => kernelThread)
                .map(({ pid }) => pid),
        );
        const hasKernelThreads = look().processes.some(({ pid, comm }) => pid === 2 && comm === 'kthreadd');
        assert.equal(hasKernelThreads && shownByPs.length > 1, kernelThreads.size > 1);
    });

    it('tells the host', () => {
        const { host } = look();
        assert.equal(host.hostname, execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim());
        assert.equal(host.kernel, execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
        assert.equal(host.ticksPerSecond, Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
        assert.equal(host.uid, process.getuid?.());
        assert.match(host.bootId ?? '', /^[0-9a-f-]{36}$/);
        assert.ok((host.namespaces?.mnt ?? 0) > 0);
    });

    it('finds the socket that a program listens on, and what it is', async () => {
        const path = join(directory, 'docker.sock');
        const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
        const daemon = spawn(process.execPath, ['-e', program], { argv0: 'dockerd' });
        started.push(daemon);
        await new Promise((resolve) => daemon.stdout.once('data', resolve));
        const found = look().processes.find(({ pid }) => pid === daemon.pid);
        assert.deepEqual([found?.listens, found?.exe, found?.uid], [[path], process.execPath, process.getuid?.()]);
        assert.equal(found?.namespacePids?.[0], daemon.pid);
        assert.deepEqual(found?.namespaces, look().host.namespaces);
    });

    it('shows an ordinary user what it may, and says what it may not', async function () {
        if (process.getuid?.() !== 0) {
            this.skip(); // only root can start a process as somebody else
        }
        const daemon = spawn('/bin/sleep', ['300'], { argv0: 'dockerd' });
        started.push(daemon);
        const program = join(directory, 'reader.js');
        copyFileSync(readerPath, program);
        execFileSync('chmod', ['-R', 'a+rX', directory]);
        const child = fork(program, ['/proc'], {
            uid: 65534,
            gid: 65534,
            serialization: 'advanced',
            execArgv: [],
            stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
        });
        started.push(child);
        const processes: Process[] = [];
        const done = await new Promise<LookDone>((resolve, reject) => {
            child.on('error', reject);
            child.on('message', (message: ReaderMessage) => {
                if (message.kind === 'changed') {
                    processes.push(...message.processes);
                    child.send({ kind: 'next' });
                } else if (message.kind === 'done') {
                    resolve(message);
                } else if (message.kind === 'failed') {
                    reject(new Error(message.result.gap.detail));
                }
            });
            child.send({ kind: 'look' });
        });
        const found = processes.find(({ pid }) => pid === daemon.pid);
        assert.deepEqual(
            [found?.argv, found?.uid, found?.exe, found?.namespaces],
            [['dockerd', '300'], 0, undefined, undefined],
        );
        assert.equal(done.host.uid, 65534);
        const [gap] = done.gaps;
        assert.equal(gap?.reason, 'forbidden');
        assert.match(gap?.detail ?? '', /only partly readable/);
        assert.match(gap?.help ?? '', /^Run as root/);
    });
});
