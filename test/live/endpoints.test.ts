import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DockerSource, openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { type CommandResult, observe, run, until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { type SeenProcess, seeProcesses } from '../lab/processes';
import { type Sshd, startSshd } from '../lab/sshd';
import { readTopology, type SeenTopology } from '../lab/topology';
import { truthOf } from '../lab/truth';

describe('which engines are asked', function () {
    this.timeout(90_000);
    let laboratory: Laboratory;
    let first: Dockerd;
    let second: Dockerd;

    before(async () => {
        laboratory = openLaboratory();
        first = await laboratory.startDockerd('one');
        second = await laboratory.startDockerd('two');
        for (const [dockerd, name] of [
            [first, 'web'],
            [second, 'job'],
        ] as const) {
            await importTestImage(laboratory, dockerd);
            await dockerd.docker('run', '-d', '--name', name, testImage, 'sleep', '1000');
        }
    });
    after(() => laboratory.close());

    /** The terminal program as somebody runs it who has nothing but these variables. */
    function tree(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<CommandResult> {
        return observe(process.execPath, [resolve('dist/cli.js'), 'tree', ...args], {
            environment: { PATH: process.env['PATH'], HOME: laboratory.folder, ...environment },
        });
    }

    async function topology(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<SeenTopology> {
        const { stdout, stderr, status } = await tree(environment, '--format', 'json', ...args);
        assert.equal(status, 0, stderr);
        return readTopology(stdout);
    }

    it('the one that docker names, and beside it the one that the processes show, with its names', async () => {
        const seen = await topology({ DOCKER_HOST: first.endpoint });
        for (const [dockerd, name] of [
            [first, 'web'],
            [second, 'job'],
        ] as const) {
            const { containers, containerdPid, enginePid } = await truthOf(dockerd);
            const { mainPid, shimPid } = containers[0] ?? assert.fail();
            assert.deepEqual(seen.chain(mainPid), [
                `main ${mainPid}`,
                `container ${name}`,
                `shim ${shimPid}`,
                `containerd ${containerdPid}`,
                `engine ${enginePid}`,
            ]);
            assert.equal(seen.processNode(enginePid).endpoint, dockerd.endpoint);
            assert.ok(!seen.gaps.some(({ source }) => source.endsWith(` ${enginePid}`)));
        }
    });

    it('a named one alone, where --docker names it; the other is then a gap', async () => {
        const seen = await topology({}, '--docker', first.endpoint);
        assert.equal(seen.processNode(second.pid()).endpoint ?? null, null);
        assert.ok(seen.gaps.some(({ source }) => source === `dockerd ${second.pid()}`));
        assert.ok(seen.nodes.every(({ name }) => name !== 'job'));
    });

    it('is one look, and one line of timings, though a daemon is found in it', async () => {
        const { stderr, status } = await tree({ DOCKER_HOST: first.endpoint }, '--repeat', '3', '--timings');
        assert.equal(status, 0);
        const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
        assert.equal(lines.length, 3);
        for (const line of lines) assert.ok((JSON.parse(line) as { dockerRequests: number }).dockerRequests >= 2, line);
    });

    it('not a process that only calls itself dockerd, however it listens', async () => {
        const folder = join(laboratory.folder, 'impostor');
        mkdirSync(folder);
        const socket = join(folder, 'docker.sock');
        const program = `let asked = 0; require('node:http').createServer((_, answer) => { console.log('asked'); answer.end('[]') }).listen(process.argv[2], () => console.log('ready'))`;
        writeFileSync(join(folder, 'impostor.js'), program);
        const impostor = spawn(process.execPath, [join(folder, 'impostor.js'), socket, '-H', `unix://${socket}`], {
            argv0: 'dockerd',
            stdio: ['ignore', 'pipe', 'ignore'],
        });
        let said = '';
        impostor.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
        try {
            await until('it listens', () => said.includes('ready'));
            const seen = await topology({ DOCKER_HOST: first.endpoint });
            assert.doesNotMatch(said, /asked/);
            assert.ok(seen.nodes.every(({ endpoint }) => endpoint !== `unix://${socket}`));
        } finally {
            impostor.kill('SIGKILL');
        }
    });

    it('a found one that is silent shows its processes, and says that it is silent', async () => {
        await second.freeze();
        try {
            const seen = await topology({ DOCKER_HOST: first.endpoint });
            assert.equal(seen.processNode(second.pid()).endpoint, second.endpoint);
            assert.ok(seen.gaps.some(({ source, reason }) => source.endsWith(second.endpoint) && reason === 'timeout'));
        } finally {
            process.kill(second.pid(), 'SIGCONT');
        }
    });

    describe('through ssh', () => {
        let sshd: Sshd;
        const { PATH: path } = process.env;
        before(async () => {
            sshd = await startSshd(laboratory);
            process.env['PATH'] = `${sshd.folderOfSsh}:${path ?? ''}`;
        });
        after(() => {
            process.env['PATH'] = path;
            sshd.end();
        });

        const endpointOf = (dockerd: Dockerd): string => `ssh://root@127.0.0.1:${sshd.port}${dockerd.socket}`;
        const ours = () =>
            seeProcesses().filter(({ argv, ppid }) => ppid === process.pid && /ssh$/.test(argv[0] ?? ''));

        const opened: DockerSource[] = [];
        afterEach(() => {
            for (const source of opened.splice(0)) source.dispose();
        });

        async function open(
            endpoint: string,
            times?: { readonly requestMs: number; readonly loginMs: number },
        ): Promise<DockerSource> {
            const { endpoints } = await resolveEndpoints({ configured: [endpoint] });
            const source = openDocker(endpoints[0] ?? assert.fail(), times);
            opened.push(source);
            return source;
        }

        it('tells the same as asked directly, as an engine of another machine', async () => {
            const seen = await topology({}, '--docker', endpointOf(first));
            assert.ok(seen.nodes.some(({ name }) => name === 'web'));
            const engine = seen.nodes.find(({ endpoint }) => endpoint === endpointOf(first));
            assert.equal(engine?.version, await first.docker('version', '--format', '{{.Server.Version}}'));
        });

        it('hears events, and leaves no ssh behind', async () => {
            const source = await open(endpointOf(second));
            const heard: string[] = [];
            let isOpen = false;
            source.events(
                ({ action }) => heard.push(action),
                (connected) => (isOpen = connected),
            );
            await until('the stream is open', () => isOpen);
            await second.docker('run', '--rm', testImage, 'true');
            await until('the end is heard', () => heard.includes('die'));
            assert.equal((await source.look()).problem, undefined);
            await source.identity();
            await until('the stream alone is open', () => ours().length === 1);
            source.dispose();
            await until('ssh has ended', () => ours().length === 0);
            const isLeft = ({ argv }: SeenProcess) =>
                argv.includes('dial-stdio') && argv.join().includes(second.socket);
            await until('what it ran has ended', () => !seeProcesses().some(isLeft));
        });

        it('is given up at its deadline when the other side is silent, ssh included', async () => {
            await second.freeze();
            try {
                const source = await open(endpointOf(second), { requestMs: 2_000, loginMs: 0 });
                assert.equal((await source.look()).problem?.reason, 'timeout');
                await until('ssh has ended', () => ours().length === 0);
            } finally {
                process.kill(second.pid(), 'SIGCONT');
            }
        });

        it('says what ssh or the other side says when it fails', async () => {
            const problemAt = async (endpoint: string) => {
                const source = await open(endpoint);
                const { problem } = await source.look();
                return `${problem?.reason ?? ''}: ${problem?.detail ?? ''}`;
            };
            assert.match(
                await problemAt(`ssh://root@127.0.0.1:${sshd.port}${laboratory.folder}/none.sock`),
                /^unreachable: ssh root@127\.0\.0\.1: .*none\.sock/,
            );
            assert.match(await problemAt(`ssh://nobody@127.0.0.1:${sshd.port}`), /^forbidden: .*Permission denied/);
            assert.match(await problemAt(`ssh://root@localhost:${sshd.port}`), /^forbidden: .*verification failed/i);
            assert.match(await problemAt('ssh://root@127.0.0.1:1'), /^unreachable: .*refused/);
            process.env['PATH'] = '/nowhere';
            try {
                assert.match(await problemAt('ssh://root@127.0.0.1:1'), /^unsupported: there is no ssh program/);
            } finally {
                process.env['PATH'] = `${sshd.folderOfSsh}:${path ?? ''}`;
            }
        });
    });

    describe('behind TLS', () => {
        let folder: string;
        let dockerd: Dockerd;
        let endpoint: string;

        before(async () => {
            folder = join(laboratory.folder, 'certificates');
            mkdirSync(folder);
            await makeCertificates(folder);
            const port = 20_000 + (process.pid % 10_000);
            endpoint = `tcp://127.0.0.1:${port}`;
            const files = [
                `--tlscacert=${folder}/ca.pem`,
                `--tlscert=${folder}/server.pem`,
                `--tlskey=${folder}/server.key`,
            ];
            dockerd = await laboratory.startDockerd('tls', { args: ['-H', endpoint, '--tlsverify', ...files] });
            await importTestImage(laboratory, dockerd);
            await dockerd.docker('create', '--name', 'safe', testImage, 'true');
        });

        it('lists its containers to who has its certificates', async () => {
            const seen = await topology({ DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' }, '--docker', endpoint);
            assert.ok(seen.nodes.some(({ name }) => name === 'safe'));
        });

        it('does so through a docker context, too', async () => {
            const config = join(laboratory.folder, 'context');
            await run('docker', [
                ...['--config', config, 'context', 'create', 'safe', '--docker'],
                `host=${endpoint},ca=${folder}/ca.pem,cert=${folder}/cert.pem,key=${folder}/key.pem`,
            ]);
            const environment = { DOCKER_CONFIG: config };
            const named = await topology(environment, '--docker', 'context://safe');
            assert.ok(named.nodes.some(({ name }) => name === 'safe'));
            const current = await topology({ ...environment, DOCKER_CONTEXT: 'safe' });
            assert.ok(current.nodes.some(({ name }) => name === 'safe'));
        });

        it('refuses whoever has none, in words', async () => {
            const { stderr, status } = await tree({}, '--docker', endpoint);
            assert.equal(status, 2);
            assert.match(stderr, /wants TLS/);
        });
    });
});

/** An authority, the daemon's certificate and a client's, named as docker names them. */
async function makeCertificates(folder: string): Promise<void> {
    const at = (name: string): string => join(folder, name);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    await run('openssl', [
        ...['req', '-x509', ...key, '-subj', '/CN=laboratory'],
        ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
    ]);
    for (const [name, certificate, privateKey, use] of [
        ['127.0.0.1', 'server.pem', 'server.key', 'serverAuth'],
        ['client', 'cert.pem', 'key.pem', 'clientAuth'],
    ] as const) {
        writeFileSync(at('extensions'), `extendedKeyUsage=${use}\nsubjectAltName=IP:127.0.0.1\n`);
        const request = at('request');
        await run('openssl', [
            'req',
            '-new',
            ...key,
            '-subj',
            `/CN=${name}`,
            '-keyout',
            at(privateKey),
            '-out',
            request,
        ]);
        await run('openssl', [
            ...['x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'],
            ...['-days', '2', '-extfile', at('extensions'), '-out', at(certificate)],
        ]);
    }
}
