import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run, until } from '../lab/command';
import { runContainer, startDockerd } from '../lab/containers';
import { type Laboratory, openLaboratory } from '../lab/dockerd';
import { ageOf, codesAt, findingsOf, found, nodeOf, type SeenFinding } from '../lab/findings';
import { testImage } from '../lab/image';
import { seeProcess, seeProcesses, untilEnded } from '../lab/processes';

describe('findings on real daemons', function () {
    this.timeout(90_000);
    let laboratory: Laboratory;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => laboratory.close());

    it('are none while all is well: an init that reaps, a session with its client, a pause', async () => {
        const dockerd = await startDockerd(laboratory);
        const tidy = await runContainer(
            dockerd,
            'tidy',
            '--init',
            testImage,
            'sh',
            '-c',
            'sleep 0.1 & exec sleep 1000',
        );
        const paused = await runContainer(dockerd, 'paused');
        await dockerd.docker('pause', 'paused');
        const client = spawn('docker', ['-H', dockerd.endpoint, 'exec', 'tidy', 'sleep', '1771'], { stdio: 'ignore' });
        try {
            const session = await until('the session is there', pidOfCommand('sleep 1771'));
            await until('it is old enough to be told', () => ageOf(session) > 11, 30_000);
            const { all } = await findingsOf(dockerd.endpoint);
            const ours = [tidy, paused].flatMap(({ id, mainPid, shimPid }) => [id, ` ${mainPid}@`, ` ${shimPid}@`]);
            const about = [...ours, `:${session}@`, `:${dockerd.pid()}@`, dockerd.endpoint];
            const wrong = all.filter(({ nodes }) => nodes.some((id) => about.some((part) => id.includes(part))));
            assert.deepEqual(wrong, []);
        } finally {
            client.kill('SIGKILL');
        }
    });

    it('a killed shim leaves an orphaned container, and a killed process one that Docker still calls running', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd });
        const { id, mainPid, shimPid = 0 } = await runContainer(dockerd, 'orphan');
        await containerd.freeze();
        process.kill(shimPid, 'SIGKILL');
        await untilEnded(shimPid);
        const orphan = await found(dockerd, 'container-without-shim', `container:${id}`);
        assert.match(orphan.message, /^orphan: /);
        assert.equal(orphan.command?.includes(String(mainPid)), true);

        process.kill(mainPid, 'SIGKILL');
        await untilEnded(mainPid);
        const { severity } = await found(dockerd, 'container-without-process', `container:${id}`);
        assert.equal(severity, 'error');
        assert.equal((await findingsOf(dockerd.endpoint)).status, 1);
    });

    it('zombies under a first process that is no init', async () => {
        const dockerd = await startDockerd(laboratory);
        const { mainPid } = await runContainer(dockerd, 'untidy', testImage, 'sh', '-c', 'sleep 0.1 & exec sleep 1000');
        const main = nodeOf(mainPid);
        const { next, evidence } = await found(dockerd, 'zombies', main);
        assert.match(next, /--init/);
        assert.ok(evidence.some(({ detail }) => detail.includes('is in state Z')));
    });

    it('a process that no signal reaches', async () => {
        const dockerd = await startDockerd(laboratory);
        // The parent of a vfork waits uninterruptibly until its child, which sleeps, is gone.
        const vfork = 'syscall(58); sleep 1772';
        const { mainPid } = await runContainer(
            dockerd,
            'stuck',
            '-v',
            '/:/host:ro',
            testImage,
            ...inHostFiles('perl', '-e', vfork),
        );
        await until('it waits', () => seeProcess(mainPid)?.state === 'D');
        const { evidence } = await found(dockerd, 'uninterruptible', nodeOf(mainPid));
        assert.ok(
            evidence.some(({ detail }) => /^wchan: \w+$/.test(detail)),
            JSON.stringify(evidence),
        );
    });

    it('what shares with its host, and what may do all that its host may', async () => {
        const dockerd = await startDockerd(laboratory);
        const bounds = /^CapBnd:\s+(\w+)$/m.exec(await run('cat', ['/proc/self/status']))?.[1] ?? '';
        const options = ['--net=host', '--pid=host', '--security-opt', 'seccomp=unconfined'];
        const powers = capabilitiesIn(BigInt(`0x${bounds}`)).map((capability) => `--cap-add=${capability}`);
        const open = await runContainer(dockerd, 'open', ...options, ...powers);
        const shut = await runContainer(dockerd, 'shut');
        const shared = await found(dockerd, 'host-namespaces', `container:${open.id}`);
        assert.deepEqual(
            shared.evidence.map(({ detail }) => detail.split(' ')[0]),
            ['pid', 'net'],
        );
        await found(dockerd, 'privileged', `container:${open.id}`);
        assert.deepEqual(await codesAt(dockerd, `container:${shut.id}`), []);
    });

    it('an executable that was deleted under a running daemon', async () => {
        const dockerd = await startDockerd(laboratory);
        const copy = join(laboratory.folder, 'containerd');
        const [, original = ''] = /: (\S+)/.exec(await run('whereis', ['-b', 'containerd'])) ?? [];
        copyFileSync(original, copy);
        const home = join(laboratory.folder, 'upgraded');
        mkdirSync(home);
        const places = ['--root', join(home, 'root'), '--state', join(home, 'state'), '--address', join(home, 's')];
        const daemon = spawn(copy, places, { stdio: 'ignore' });
        try {
            await until('it runs', () => daemon.pid !== undefined && seeProcess(daemon.pid)?.argv[0] === copy);
            rmSync(copy);
            const { all } = await until('it is found', async () => {
                const seen = await findingsOf(dockerd.endpoint);
                return seen.all.some(({ code }) => code === 'deleted-executable') && seen;
            });
            const finding = all.find(({ nodes }) => nodes.some((id) => id.startsWith(`process:${daemon.pid}@`)));
            assert.equal(finding?.code, 'deleted-executable');
        } finally {
            daemon.kill('SIGKILL');
        }
    });

    it('a docker-proxy for an address that no container has', async () => {
        const dockerd = await startDockerd(laboratory);
        const port = String(await freePort());
        const argv = ['-proto', 'tcp', '-host-ip', '127.0.0.1', '-host-port', port, '-container-ip', '192.0.2.9'];
        // It reports on its fourth file that it listens.
        const proxy = spawn('/usr/bin/env', ['docker-proxy', ...argv, '-container-port', '80'], {
            stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
            env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/libexec/docker` },
        });
        try {
            const isOurs = ({ nodes }: SeenFinding) => nodes.some((id) => id.startsWith(`process:${proxy.pid}@`));
            const finding = await until(
                'it is found',
                async () => {
                    // Any dockerd here may have started it: each must be heard. A laboratory that closes meanwhile ends
                    // every process that names its sockets, and so also the one that we asked.
                    const seen = await findingsOf(...new Set([dockerd.endpoint, ...endpointsOfOthers()])).catch(
                        () => undefined,
                    );
                    return seen?.all.find((one) => isOurs(one) && !one.unverified);
                },
                60_000,
            );
            assert.equal(finding.code, 'proxy-without-container');
            assert.equal(finding.command, `sudo ss -lntup 'sport = :${port}'`);
        } finally {
            proxy.kill('SIGKILL');
        }
    });

    it('a health check that fails, with what it wrote last', async () => {
        const dockerd = await startDockerd(laboratory);
        const check = ['--health-cmd', 'echo no database; exit 1', '--health-interval', '1s', '--health-retries', '1'];
        const { id } = await runContainer(dockerd, 'ill', ...check);
        const { evidence } = await found(dockerd, 'unhealthy', `container:${id}`);
        const words = evidence.map(({ detail }) => detail);
        assert.ok(words.includes('it wrote: no database') && words.includes('the last one exited 1'), words.join('\n'));
    });

    it('a session whose client was killed', async () => {
        const dockerd = await startDockerd(laboratory);
        // A name of its own: a client of other tests may name a container like it.
        await runContainer(dockerd, 'left-alone');
        const client = spawn('docker', ['-H', dockerd.endpoint, 'exec', 'left-alone', 'sleep', '1773'], {
            stdio: 'ignore',
        });
        const session = await until('the session is there', pidOfCommand('sleep 1773'));
        client.kill('SIGKILL');
        await untilEnded(client.pid ?? 0);
        const node = nodeOf(session);
        assert.equal((await found(dockerd, 'exec-without-client', node)).severity, 'information');
    });

    it('a dockerd that is down while its containers run', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd, liveRestore: true });
        const { id } = await runContainer(dockerd, 'web');
        await dockerd.end('SIGKILL');
        const { severity } = await found(dockerd, 'daemon-down', `container:${id}`);
        assert.equal(severity, 'error');
        await dockerd.start();
        assert.deepEqual(await codesAt(dockerd, `container:${id}`), []);
    });

    it('a dockerd that accepts and does not answer, until it goes on', async () => {
        const dockerd = await startDockerd(laboratory);
        const engine = `engine:${dockerd.endpoint}`;
        await dockerd.freeze();
        const { severity, evidence } = await found(dockerd, 'daemon-not-answering', engine);
        assert.equal(severity, 'warning');
        assert.ok(evidence.some(({ detail }) => detail === `process ${dockerd.pid()} is in state T`));
        process.kill(dockerd.pid(), 'SIGCONT');
        await until('it answers', async () => !(await codesAt(dockerd, engine)).includes('daemon-not-answering'));
    });

    it('a shim whose containerd is down, until it is back', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd });
        const { shimPid = 0 } = await runContainer(dockerd, 'web');
        const shim = nodeOf(shimPid);
        await containerd.end('SIGKILL');
        await found(dockerd, 'orphan-shim', shim);
        await containerd.start();
        assert.deepEqual(await codesAt(dockerd, shim), []);
    });
});

/** Asks for the pid of the process with this command line. */
const pidOfCommand = (words: string) => () => seeProcesses().find(({ argv }) => argv.join(' ') === words)?.pid;

/** A program of this machine, in a container that has its files at /host. */
function inHostFiles(...command: readonly string[]): readonly string[] {
    return ['busybox', 'chroot', '/host', ...command];
}

/** The names of the capabilities in a set, as docker run takes them, in the kernel's order (capability.h) up to Docker's last. */
function capabilitiesIn(set: bigint): readonly string[] {
    return capabilityNames.filter((_, number) => ((set >> BigInt(number)) & 1n) === 1n);
}

const capabilityNames =
    `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
    SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ`.split(/\s+/);

async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    return typeof address === 'object' && address ? address.port : assert.fail();
}

/** Where the daemons of other tests on this machine listen. */
function endpointsOfOthers(): readonly string[] {
    return seeProcesses().flatMap(({ argv }) => {
        const told = argv[0]?.endsWith('dockerd') ? argv[argv.indexOf('-H') + 1] : undefined;
        return told?.startsWith('unix://') && existsSync(told.slice('unix://'.length)) ? told : [];
    });
}
