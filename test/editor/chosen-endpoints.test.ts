import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hierarchy } from '../../src/editor/hierarchy';
import { titleOf } from '../../src/editor/notices';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints, type ResolvedEndpoints } from '../../src/sources/docker/endpoint';
import { buildTopology } from '../../src/topology/build';
import { collect } from '../../src/watch/collect';
import { healthy, startFakeDaemon } from '../sources/docker/fake-daemon';
import { loadSettings } from './load-settings';

describe('the daemons that a person chooses in the settings', () => {
    let folder = '';
    /** Whom the environment names. */
    let elsewhere: Server;
    let contacts = 0;
    let environment: Readonly<Record<string, string>>;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'chosen-'));
        elsewhere = createServer((socket) => {
            contacts++;
            socket.destroy();
        });
        await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
        environment = { DOCKER_HOST: `tcp://127.0.0.1:${(elsewhere.address() as AddressInfo).port}` };
    });
    beforeEach(() => {
        contacts = 0;
    });
    after(async () => {
        await new Promise((resolve) => elsewhere.close(resolve));
        rmSync(folder, { recursive: true });
    });

    /** Follows the setting as the extension does, and asks everybody once. */
    async function follow(setting: unknown, surroundings = environment): Promise<Asked> {
        const { readSettings } = await loadSettings((name) =>
            name === 'endpoints' ? { globalValue: setting, defaultValue: [] } : undefined,
        );
        const resolved = await resolveEndpoints({
            configured: readSettings().endpoints,
            configuredBy: 'dockerRuntime.endpoints',
            environment: surroundings,
            home: folder,
        });
        const dockers = resolved.endpoints.map((endpoint) => openDocker(endpoint, { requestMs: 2_000 }));
        const procfs = {
            look: () => Promise.resolve({ ok: true, host: { ticksPerSecond: 100 }, ...nothing } as const),
        };
        const { snapshot } = await collect({ procfs, dockers, givenEngines: [], gaps: resolved.gaps });
        for (const docker of dockers) docker.dispose();
        const problems = snapshot.engines.flatMap(({ problem }) => problem ?? []);
        const whole = buildTopology(snapshot);
        return {
            resolved,
            said: [...snapshot.gaps, ...problems].map(({ source, detail }) => `${source}: ${detail}`),
            title: titleOf({ whole, recording: undefined } as Hierarchy),
        };
    }

    it('are asked alone, and the title names them', async () => {
        const daemon = await startFakeDaemon(healthy);
        try {
            const { said, title } = await follow([daemon.endpoint.endpoint]);
            assert.deepEqual(said, []);
            assert.equal(title, `dockerd ${daemon.endpoint.endpoint}`);
            assert.ok(daemon.requests.length > 0);
            assert.equal(contacts, 0);
        } finally {
            await daemon.stop();
        }
    });

    it('are followed or said to be wrong, each with its own cause, and nobody else is asked', async () => {
        mkdirSync(join(folder, 'folder'));
        writeFileSync(join(folder, 'file'), '');
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        const long = `/${'x'.repeat(199)}`;
        const causes: readonly (readonly [chosen: unknown, cause: RegExp])[] = [
            [[join(folder, 'folder')], /^docker unix:.*folder: .* is a folder, not a socket$/],
            [[join(folder, 'file')], /^docker unix:.*file: .* is an ordinary file, not a socket$/],
            [[join(folder, 'pipe')], /^docker unix:.*pipe: .* is a named pipe, not a socket$/],
            [[''], /^docker \(dockerRuntime\.endpoints\): the address of the Docker daemon is empty$/],
            [[long], /^docker \(dockerRuntime\.endpoints\): the socket's path has 200 bytes, and .* at most 107/],
            [['  '], /dockerRuntime\.endpoints.* is empty$/],
            [[null], /dockerRuntime\.endpoints.*: null is not the address/],
            [[{ host: 'x' }], /dockerRuntime\.endpoints.*: \{"host":"x"\} is not the address/],
            ['::::', /dockerRuntime\.endpoints.*: :::: is not the address/],
        ];
        const details = new Set<string>();
        for (const [chosen, cause] of causes) {
            const { resolved, said } = await follow(chosen);
            assert.equal(said.length, 1, JSON.stringify(chosen));
            assert.match(said.join(), cause);
            assert.ok(resolved.isExclusive);
            details.add(said.join().replace(/.*?: /, ''));
        }
        assert.equal(details.size, causes.length - 1, 'two ways to write nothing');
        assert.equal(contacts, 0);
    });

    it('are those of docker where nothing is chosen, and its wrong words are told', async () => {
        for (const nothingChosen of [undefined, null, []]) await follow(nothingChosen);
        assert.equal(contacts, 3);
        assert.deepEqual((await follow([], { DOCKER_HOST: '::::' })).said, [
            'docker (DOCKER_HOST): :::: is not the address of a Docker daemon',
        ]);
        const { said } = await follow([], { ...environment, DOCKER_CERT_PATH: '/nonexistent' });
        assert.match(said.join(), /the certificate file \/nonexistent\/ca\.pem cannot be read \(ENOENT\)/);
        assert.equal(contacts, 3, 'and never without the certificates');
    });
});

interface Asked {
    readonly resolved: ResolvedEndpoints;
    readonly said: readonly string[];
    readonly title: string;
}

const nothing = { processes: [], gaps: [], look: 'full', filesOpened: 0, milliseconds: 0 } as const;
