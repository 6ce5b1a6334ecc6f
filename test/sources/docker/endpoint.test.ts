import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listEndpointChoices } from '../../../src/sources/docker/endpoint-choices';
import { reasonToConfirm } from '../../../src/sources/docker/endpoint-owner';
import { knownSockets } from '../../../src/sources/docker/known-sockets';
import { resolveEndpoints, type Surroundings } from '../../../src/sources/docker/endpoint';
import { isAnyFileHanging } from '../../../src/sources/hanging-files';
import { promptly } from '../../lab/busyness';
import { until } from '../../until';

/** What was decided, in one line each: `endpoint (how)`, or the gap's reason and words. */
async function decide(surroundings: Surroundings): Promise<readonly string[]> {
    const { endpoints, gaps } = await resolveEndpoints({ environment: {}, home: '/nowhere', ...surroundings });
    return [
        ...endpoints.map(({ endpoint, foundBy }) => `${endpoint} (${foundBy})`),
        ...gaps.map(({ source, reason, detail }) => `${source}: ${reason}: ${detail}`),
    ];
}

describe('which daemon to ask', () => {
    let home = '';
    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), 'home-'));
    });
    afterEach(() => rmSync(home, { recursive: true }));

    const write = (path: string, content = ''): string => {
        const full = join(home, path);
        mkdirSync(dirname(full), { recursive: true });
        writeFileSync(full, content);
        return full;
    };
    const writeContext = (name: string, host: string, skipVerify = false): string => {
        const digest = createHash('sha256').update(name).digest('hex');
        const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: skipVerify } } };
        write(`.docker/contexts/meta/${digest}/meta.json`, JSON.stringify(meta));
        return digest;
    };

    it('follows an explicit choice, and nothing else', async () => {
        const environment = { DOCKER_HOST: 'tcp://127.0.0.1:9', DOCKER_CONTEXT: 'none' };
        assert.deepEqual(await decide({ configured: ['/a.sock', 'tcp://b:1'], environment }), [
            'unix:///a.sock (an explicit choice)',
            'tcp://b:1 (an explicit choice)',
        ]);
        assert.deepEqual(await decide({ configured: ['::::'], configuredBy: '--docker', environment }), [
            'docker (--docker): malformed: :::: is not the address of a Docker daemon',
        ]);
    });

    it('counts a daemon once, however often and through whatever link it is named', async () => {
        const real = write('real.sock');
        const link = join(home, 'link.sock');
        symlinkSync(real, link);
        assert.deepEqual(await decide({ configured: [link, `unix://${real}`, link, 'b:1', 'tcp://b:1'] }), [
            `unix://${link} (an explicit choice)`,
            'tcp://b:1 (an explicit choice)',
        ]);
    });

    it('prefers DOCKER_HOST to every context', async () => {
        const environment = { DOCKER_HOST: 'unix:///h.sock', DOCKER_CONTEXT: 'none' };
        assert.deepEqual(await decide({ environment }), ['unix:///h.sock (DOCKER_HOST)']);
        assert.deepEqual(await decide({ environment: { DOCKER_HOST: 'ssh://me@box' } }), [
            'ssh://me@box (DOCKER_HOST)',
        ]);
    });

    it('takes certificates from where the environment says, when it says so', async () => {
        const folder = dirname(write('certs/ca.pem'));
        write('certs/cert.pem');
        write('certs/key.pem');
        const tlsOf = async (environment: Record<string, string>) => {
            const { endpoints } = await resolveEndpoints({
                environment: { DOCKER_HOST: 'tcp://b', ...environment },
                home,
            });
            const address = endpoints[0]?.address;
            return address?.kind === 'tcp' ? address.tls : undefined;
        };
        assert.equal(await tlsOf({}), undefined);
        assert.deepEqual(await tlsOf({ DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' }), {
            verify: true,
            ca: join(folder, 'ca.pem'),
            cert: join(folder, 'cert.pem'),
            key: join(folder, 'key.pem'),
        });
        assert.deepEqual(await tlsOf({ DOCKER_CERT_PATH: '/nowhere' }), { verify: false, ca: '/nowhere/ca.pem' });
        assert.deepEqual(await tlsOf({ DOCKER_TLS: '1' }), { verify: false });
    });

    it('follows DOCKER_CONTEXT, then the current context of config.json', async () => {
        writeContext('one', 'tcp://one:1');
        writeContext('two', 'tcp://two:2');
        write('.docker/config.json', '{"currentContext":"two","auths":{}}');
        assert.deepEqual(await decide({ home }), ['tcp://two:2 (the current context "two")']);
        assert.deepEqual(await decide({ home, environment: { DOCKER_CONTEXT: 'one' } }), [
            'tcp://one:1 (DOCKER_CONTEXT "one")',
        ]);
        assert.deepEqual(await decide({ home, environment: { DOCKER_CONTEXT: 'default' } }), [
            'unix:///var/run/docker.sock (DOCKER_CONTEXT "default")',
        ]);
        const environment = { DOCKER_CONFIG: join(home, '.docker') };
        assert.deepEqual(await decide({ environment }), ['tcp://two:2 (the current context "two")']);
    });

    it('follows a context that is named in place of an address, and names it alone', async () => {
        writeContext('one', 'tcp://one:1');
        assert.deepEqual(await decide({ home, configured: ['context://one'] }), [
            'tcp://one:1 (an explicit choice: the context "one")',
        ]);
        assert.match(
            (await decide({ home, configured: ['context://../none'] })).join(),
            /^docker context "..\/none": malf/,
        );
    });

    it('shows beside the first choice the known sockets that answer, and starts nobody by it', async () => {
        const listen = async (path: string): Promise<Server> => {
            const full = join(home, path);
            mkdirSync(dirname(full), { recursive: true });
            const server = createServer((connection) => connection.destroy());
            await new Promise<void>((resolve) => server.listen(full, resolve));
            return server;
        };
        const rancher = await listen('.rd/docker.sock');
        const podman = await listen('run/podman/podman.sock');
        let woken = 0;
        podman.on('connection', () => woken++);
        try {
            write('.colima/default/docker.sock');
            const nothing = { XDG_RUNTIME_DIR: join(home, 'run') };
            const environment = { ...nothing, DOCKER_HOST: 'tcp://b:1' };
            const path = join(home, '.rd/docker.sock');
            assert.deepEqual(await decide({ home, environment, uid: 4_000_000 }), [
                'tcp://b:1 (DOCKER_HOST)',
                `unix://${path} (looking where daemons listen (${path}))`,
            ]);
            const alone = { home, environment: nothing, uid: 4_000_000, defaultSocket: path };
            assert.deepEqual(await decide(alone), [`unix://${path} (the default socket)`], 'once, though found twice');
            const configured = await decide({ home, environment, uid: 4_000_000, configured: ['b:1'] });
            assert.equal(configured.length, 1);
            const broken = { ...nothing, DOCKER_CONTEXT: 'none' };
            assert.equal((await decide({ home, environment: broken, uid: 4_000_000 })).length, 1, 'the gap alone');
            assert.equal(woken, 0);
        } finally {
            rancher.close();
            podman.close();
        }
    });

    it('connects to no socket in a home folder that hangs: its connect(2) would not return', async () => {
        const path = join(home, '.rd/docker.sock');
        mkdirSync(dirname(path), { recursive: true });
        let connections = 0;
        const server = createServer((connection) => {
            connections++;
            connection.destroy();
        });
        await new Promise<void>((resolve) => server.listen(path, resolve));
        const { stat } = files;
        let answer = () => {};
        const hanging = new Promise<never>((_, reject) => {
            answer = () => {
                reject(Object.assign(new Error('stale'), { code: 'ESTALE' }));
            };
        });
        let looks = 0;
        files.stat = ((asked: string) => {
            if (!asked.startsWith(home)) return stat(asked);
            looks++;
            return hanging;
        }) as typeof stat;
        const surroundings = { home, uid: 4_000_000, environment: { DOCKER_HOST: 'tcp://b:1' } };
        try {
            for (const boundMs of [3_000, 500]) {
                const decision = decide(surroundings);
                await promptly(boundMs, decision);
                assert.deepEqual(await decision, ['tcp://b:1 (DOCKER_HOST)']);
            }
            assert.equal(looks, 2, 'each of them holds a thread');
            assert.equal(connections, 0);
        } finally {
            files.stat = stat;
            answer();
            await until(async () => !(await isAnyFileHanging()));
        }
        const [, beside] = await decide(surroundings);
        assert.equal(beside, `unix://${path} (looking where daemons listen (${path}))`);
        server.close();
    }).timeout(10_000);

    it('lists what can be chosen, and connects to nothing for it', async () => {
        writeContext('two', 'tcp://two:2');
        writeContext('wrong', 'tcp://me:hun/ter2@box');
        writeContext('$(one) ](x)', '');
        write('.docker/contexts/meta/0000/meta.json', '{"Name":"liar","Endpoints":{"docker":{"Host":"tcp://x:1"}}}');
        const socket = write('.rd/docker.sock');
        const choices = await listEndpointChoices({ home, environment: {}, uid: 4_000_000, defaultSocket: '/none' });
        assert.deepEqual(choices, [
            { setting: 'context://$(one) ](x)', endpoint: 'unix:///none', foundBy: 'the docker context "$(one) ](x)"' },
            { setting: 'context://two', endpoint: 'tcp://two:2', foundBy: 'the docker context "two"' },
            { setting: 'context://wrong', endpoint: 'tcp://…@box', foundBy: 'the docker context "wrong"' },
            {
                ...{ setting: `unix://${socket}`, endpoint: `unix://${socket}` },
                ...{ foundBy: 'the socket of Rancher Desktop', isPermitted: true },
            },
        ]);
    });

    it("uses a context's own certificates", async () => {
        const digest = writeContext('safe', 'tcp://safe', true);
        const ca = write(`.docker/contexts/tls/${digest}/docker/ca.pem`);
        const { endpoints } = await resolveEndpoints({ environment: { DOCKER_CONTEXT: 'safe' }, home });
        assert.deepEqual(endpoints[0]?.address, {
            kind: 'tcp',
            host: 'safe',
            port: 2376,
            pathPrefix: '',
            tls: { verify: false, ca },
        });
    });

    it('says which context is missing or broken, and asks nobody in its place', async () => {
        const digest = createHash('sha256').update('gone').digest('hex');
        const file = join(home, '.docker/contexts/meta', digest, 'meta.json');
        const environment = { DOCKER_CONTEXT: 'gone' };
        assert.deepEqual(await decide({ home, environment }), [
            `docker context "gone": malformed: ${file}: there is no such file`,
        ]);
        for (const content of ['{', 'null', '{"Endpoints":{}}', '{"Endpoints":{"docker":{"Host":5}}}']) {
            write(file.slice(home.length + 1), content);
            const decided = await decide({ home, environment });
            assert.equal(decided.length, 1);
            assert.match(decided.join(), /^docker context "gone": malformed: .*meta\.json: is not /, content);
        }
    });

    it('says that config.json is broken, and asks the default socket meanwhile, as docker does', async () => {
        write('.docker/config.json', '{"currentContext":');
        const decided = await decide({ home, defaultSocket: join(home, 'docker.sock'), uid: 4_000_000 });
        assert.deepEqual(decided, [
            `unix://${home}/docker.sock (the default socket)`,
            `docker's configuration: malformed: ${home}/.docker/config.json: is not valid JSON`,
        ]);
    });

    it('looks where daemons listen only when nothing is chosen and the default socket is not there', async () => {
        const surroundings = { home, defaultSocket: join(home, 'docker.sock'), uid: 4_000_000 };
        const nobody = [`unix://${home}/docker.sock (the default socket)`];
        assert.deepEqual(await decide(surroundings), nobody, 'the default one, so that it is found when it starts');
        const colima = write('.colima/default/docker.sock');
        assert.deepEqual(await decide(surroundings), [`unix://${colima} (looking where daemons listen (${colima}))`]);
        const rootless = write('run/docker.sock');
        assert.deepEqual(await decide({ ...surroundings, environment: { XDG_RUNTIME_DIR: join(home, 'run') } }), [
            `unix://${rootless} (looking where daemons listen (${rootless}))`,
        ]);
        write('docker.sock');
        assert.deepEqual(await decide(surroundings), nobody);
    });

    it('looks for what runs before it wakes what asking would start', () => {
        const sockets = knownSockets({
            home,
            uid: 1_000,
            platform: 'linux',
            environment: { XDG_RUNTIME_DIR: '/run/me' },
        });
        const firstStarter = sockets.findIndex(({ isStarter }) => isStarter);
        assert.ok(firstStarter > sockets.findIndex(({ path }) => path === '/var/run/docker-host.sock'));
        assert.ok(sockets.slice(firstStarter).every(({ isStarter }) => isStarter));
    });

    it('wants a confirmation for what is not a local socket of root or of this user', async () => {
        const uid = 4_000_000;
        const socket = write('own/docker.sock');
        assert.equal(await reasonToConfirm(`unix://${socket}`), undefined);
        assert.equal(
            await reasonToConfirm('unix:///nobody-makes-this.sock', uid),
            undefined,
            'root’s, as its folder is',
        );
        assert.equal(await reasonToConfirm(join(home, 'own/none.sock')), undefined);
        assert.match((await reasonToConfirm(join(home, 'none/none.sock'))) ?? '', /nobody can tell whose/);
        for (const [endpoint, reason] of [
            ['tcp://127.0.0.1:2375', /network/],
            ['ssh://me@box', /your own ssh/],
        ] as const) {
            assert.match((await reasonToConfirm(endpoint)) ?? '', reason);
        }
        if (process.getuid?.() === 0) chownSync(socket, uid, uid);
        const owner = statSync(socket).uid;
        assert.equal(await reasonToConfirm(`unix://${socket}`, owner), undefined);
        assert.match((await reasonToConfirm(`unix://${socket}`, owner + 1)) ?? '', new RegExp(`to user ${owner}, `));
    });

    it('decides as the docker client does', function () {
        if (spawnSync('docker', ['--version']).status !== 0) {
            this.skip();
        }
        return agreesWithDocker(home);
    });

    async function agreesWithDocker(folder: string): Promise<void> {
        const docker = (environment: Record<string, string>, ...args: string[]): string =>
            execFileSync('docker', args, {
                encoding: 'utf8',
                env: { PATH: process.env.PATH, HOME: folder, ...environment },
                stdio: ['ignore', 'pipe', 'ignore'],
            }).trim();
        docker({}, 'context', 'create', 'first', '--docker', 'host=tcp://10.1.2.3:2375');
        docker({}, 'context', 'create', 'second', '--docker', 'host=unix:///tmp/second.sock');
        docker({}, 'context', 'use', 'second');
        const environments: readonly Record<string, string>[] = [
            {},
            { DOCKER_CONTEXT: 'first' },
            { DOCKER_CONTEXT: 'default' },
            { DOCKER_HOST: 'tcp://10.9.9.9:2375', DOCKER_CONTEXT: 'first' },
            { DOCKER_HOST: '', DOCKER_CONTEXT: 'first' },
        ];
        for (const environment of environments) {
            const expected = docker(environment, 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}');
            const { endpoints } = await resolveEndpoints({ environment, home: folder });
            assert.deepEqual(
                endpoints.map(({ endpoint }) => endpoint),
                [expected],
                JSON.stringify(environment),
            );
        }
    }
});
