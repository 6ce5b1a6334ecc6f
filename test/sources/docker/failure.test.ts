import assert from 'node:assert/strict';
import { chmodSync, closeSync, constants, mkdirSync, mkdtempSync } from 'node:fs';
import { openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gap } from '../../../src/model/gap';
import { openDocker } from '../../../src/sources/docker/client';
import { resolveEndpoints } from '../../../src/sources/docker/endpoint';
import { isAnyFileHanging } from '../../../src/sources/hanging-files';
import { promptly } from '../../lab/busyness';
import { until } from '../../until';
import { answer, endpointAt, healthy, startFakeDaemon } from './fake-daemon';
import { becomeNobody } from './nobody';
import { observe } from '../../lab/command';
import { hangAccess } from '../hanging-access';
import { terminalCommand } from '../../lab/topology';

async function problemOf(endpoint: string): Promise<Gap> {
    const source = openDocker(await endpointAt(endpoint), { requestMs: 2_000 });
    try {
        const { problem, containers, listedAt } = await source.look();
        assert.deepEqual(containers, []);
        assert.equal(listedAt, undefined, 'never listed is not listed as empty');
        assert.ok(problem);
        assert.equal(problem.source, `docker ${source.endpoint.endpoint}`);
        return problem;
    } finally {
        source.dispose();
    }
}

async function portOfNobody(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/** Whoever reads it, or waits to open it, meets its end. */
function answerPipe(path: string): void {
    try {
        closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
        // nobody reads it, or it is gone
    }
}

describe('what is said when a daemon cannot be reached', () => {
    let folder = '';
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'socket-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('no socket', async () => {
        const problem = await problemOf(join(folder, 'none.sock'));
        assert.equal(problem.reason, 'unreachable');
        assert.match(problem.detail, /^there is no socket at /);
        assert.match(problem.help, /Start Docker|Install Docker|docker client/);
    });

    it('no socket on a system of which no file tells whether Docker is installed: no command is made up', async () => {
        const platform = Object.getOwnPropertyDescriptor(process, 'platform');
        assert.ok(platform);
        Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
        try {
            const { remedy, command, help } = await problemOf(join(folder, 'none.sock'));
            assert.deepEqual([remedy, command], [undefined, undefined]);
            assert.match(help, /^Start Docker Desktop/);
        } finally {
            Object.defineProperty(process, 'platform', platform);
        }
    });

    it('says as much as ever, while such files hang, of what no file would tell', async () => {
        const port = await portOfNobody();
        const hanging = hangAccess();
        const daemon = await startFakeDaemon(healthy);
        try {
            await problemOf(join(folder, 'none.sock'));
            for (const [bytes, reason, detail] of [
                [
                    answer('{"message": "no"}', '403 Forbidden'),
                    'forbidden',
                    /^the list of .* refused with status 403: no$/,
                ],
                [
                    answer('{"message": "what?"}', '404 Not Found'),
                    'gone',
                    /^the list of containers is not there: what\?$/,
                ],
                [
                    answer('{"message": "client version 1.41 is too old"}', '400 Bad Request'),
                    'unsupported',
                    /^the versions of the API do not match/,
                ],
                ['SSH-2.0-OpenSSH_9.2\r\n', 'malformed', /it is not HTTP$/],
                [answer('[', '200 OK'), 'malformed', /^unexpected answer/],
            ] as const) {
                daemon.script = (socket) => socket.end(bytes);
                const problem = await problemOf(daemon.endpoint.endpoint);
                assert.equal(problem.reason, reason);
                assert.match(problem.detail, detail);
            }
            assert.equal((await problemOf(`tcp://127.0.0.1:${port}`)).detail, `nothing listens on 127.0.0.1:${port}`);
        } finally {
            hanging.restore();
            await hanging.answer();
            await daemon.stop();
        }
    });

    it('says less, and in time, while the files that would tell more hang; and looks at them again once they answer', async () => {
        const hanging = hangAccess();
        try {
            const path = join(folder, 'none.sock');
            const telling = problemOf(path);
            await promptly(1_500, telling);
            const problem = await telling;
            assert.equal(problem.reason, 'unreachable');
            assert.match(problem.detail, /ENOENT.*; the files that would tell why do not answer$/);
            const before = hanging.looks();
            await problemOf(path);
            assert.equal(hanging.looks(), before, 'each of them holds a thread');
            await hanging.answer();
            assert.match((await problemOf(path)).detail, /^there is no socket at /);
        } finally {
            hanging.restore();
        }
    });

    it('lets the terminal program end, by force, though such a file hangs', async () => {
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        const hang = `const files = require('node:fs/promises');
            const { access } = files;
            files.access = (path) => path.endsWith('docker.service') ? files.readFile(${JSON.stringify(join(folder, 'pipe'))}) : access(path);`;
        writeFileSync(join(folder, 'hang.cjs'), hang);
        const words = terminalCommand('tree', '--docker', join(folder, 'none.sock'), '--deadline', '500');
        const environment = { ...process.env, NODE_OPTIONS: `--require ${join(folder, 'hang.cjs')}` };
        const { stdout, stderr } = await observe('sh', ['-c', '"$@"; echo "status $?"', 'sh', ...words], {
            environment,
        });
        assert.match(stdout, /^(?: *PID|No container engine).*\n[^]*status 137\n$/, 'all is printed before');
        assert.match(stderr, /ENOENT.*; the files that would tell why do not answer/);
        assert.match(stderr, /ended by force, for files that tell of Docker do not answer/);
    }).timeout(40_000);

    it('names the certificate that hangs, and holds one thread for it, however often it is asked', async () => {
        const pipes = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name));
        execFileSync('mkfifo', pipes);
        const environment = { DOCKER_HOST: 'tcp://127.0.0.1:9', DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
        const { endpoints } = await resolveEndpoints({ environment });
        const source = openDocker(endpoints[0] ?? assert.fail());
        const { readFile } = files;
        let reads = 0;
        files.readFile = ((...asked: Parameters<typeof readFile>) => {
            reads++;
            return readFile(...asked);
        }) as typeof readFile;
        const problemIn = async (boundMs: number) => {
            const look = source.look();
            await promptly(boundMs, look);
            return (await look).problem;
        };
        const hangs = `the certificates cannot be read: ${join(folder, 'ca.pem')} does not answer`;
        try {
            const problem = await problemIn(1_500);
            assert.deepEqual([problem?.reason, problem?.detail], ['unreachable', hangs]);
            source.events(
                () => undefined,
                () => undefined,
            );
            for (let looks = 0; looks < 4; looks++) assert.equal((await problemIn(200))?.detail, hangs);
            assert.equal(reads, 1, 'each of them holds a thread');
            await promptly(1_000, files.stat(folder));
            assert.ok(await isAnyFileHanging());
            pipes.forEach(answerPipe);
            await until(async () => !(await isAnyFileHanging()));
            pipes.forEach((path) => rmSync(path));
            assert.match((await source.look()).problem?.detail ?? '', /ca\.pem cannot be read \(ENOENT\)$/);
        } finally {
            files.readFile = readFile;
            source.dispose();
            pipes.forEach(answerPipe);
        }
    }).timeout(10_000);

    it('a link to a socket that is gone', async () => {
        symlinkSync(join(folder, 'gone'), join(folder, 'd.sock'));
        assert.match(
            (await problemOf(join(folder, 'd.sock'))).detail,
            /d\.sock is a link to .*gone, which is not there/,
        );
    });

    it('a folder, an ordinary file, a named pipe', async () => {
        mkdirSync(join(folder, 'folder'));
        writeFileSync(join(folder, 'file'), '');
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        for (const [name, kind] of [
            ['folder', 'a folder'],
            ['file', 'an ordinary file'],
            ['pipe', 'a named pipe'],
        ] as const) {
            const problem = await problemOf(join(folder, name));
            assert.equal(problem.reason, 'malformed');
            assert.equal(problem.detail, `${join(folder, name)} is ${kind}, not a socket`);
        }
    });

    it('the socket of a daemon that was killed', async () => {
        const path = join(folder, 'd.sock');
        const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
        assert.throws(() => execFileSync(process.execPath, ['-e', program]));
        const problem = await problemOf(path);
        assert.equal(problem.reason, 'unreachable');
        assert.match(problem.detail, /nobody listens on .*d\.sock/);
    });

    it('a socket that we may not use: whose it is, who we are, and never a hint to open it to all', async () => {
        const daemon = await startFakeDaemon(healthy);
        const path = daemon.endpoint.endpoint.slice('unix://'.length);
        chmodSync(path, 0o060);
        const becameNobody = becomeNobody(path);
        let problem: Gap;
        try {
            problem = await problemOf(path);
        } finally {
            becameNobody.restore();
            await daemon.stop();
        }
        assert.equal(problem.reason, 'forbidden');
        assert.match(
            problem.detail,
            /may not use .*: it belongs to \S+, group \S+, mode 0060; groups of this session: /,
        );
        assert.doesNotMatch(problem.help, /chmod|666/);
        if (becameNobody.hasOtherGroup) {
            assert.match(problem.detail, /group 54321/);
            assert.match(problem.help, /usermod -aG 54321 \S+.*as good as root/);
        }
    });

    it('a port where nothing listens', async () => {
        const port = await portOfNobody();
        const problem = await problemOf(`tcp://127.0.0.1:${port}`);
        assert.equal(problem.reason, 'unreachable');
        assert.equal(problem.detail, `nothing listens on 127.0.0.1:${port}`);
    });

    it('a daemon over tcp, below a path', async () => {
        const targets: string[] = [];
        const server = createHttpServer((request, response) => {
            targets.push(request.url ?? '');
            response.end('[]');
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const source = openDocker(await endpointAt(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}/docker`));
        const engine = await source.look();
        assert.equal(engine.problem, undefined);
        assert.deepEqual(engine.containers, []);
        assert.ok(engine.listedAt);
        assert.equal(engine.isUnencrypted, true);
        assert.equal(targets[0], '/docker/containers/json?all=true');
        source.dispose();
        await new Promise((resolve) => server.close(resolve));
    });

    it('asks where it was told to, whatever the environment of this process says', async () => {
        const daemon = await startFakeDaemon(healthy);
        const before = process.env;
        try {
            for (const host of ['tcp://127.0.0.1:9', '::::', 'ssh://nowhere']) {
                const misleading = { DOCKER_HOST: host, DOCKER_CERT_PATH: '/nonexistent', DOCKER_TLS_VERIFY: '1' };
                process.env = { ...before, ...misleading };
                const source = openDocker(daemon.endpoint);
                assert.equal((await source.look()).problem, undefined, host);
                source.dispose();
            }
        } finally {
            process.env = before;
            await until(() => daemon.openConnections() === 0, 'closed');
            await daemon.stop();
        }
    });

    it('a message of the daemon stays one line of bounded length', async () => {
        const words = `\u001b[31mred\r\n${'x'.repeat(5_000)}`;
        const daemon = await startFakeDaemon((socket) =>
            socket.end(answer(JSON.stringify({ message: words }), '500 Oops')),
        );
        const { detail } = await problemOf(daemon.endpoint.endpoint);
        await daemon.stop();
        assert.match(detail, /status 500:  ?\[31mred x+…$/);
        assert.ok(detail.length < 400);
    });
});
