import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDocker } from '../../../src/sources/docker/client';
import { resolveEndpoints } from '../../../src/sources/docker/endpoint';

describe('a daemon behind TLS', function () {
    let folder = '';
    const servers: Server[] = [];

    before(function () {
        if (spawnSync('openssl', ['version']).status !== 0) {
            this.skip();
        }
        folder = mkdtempSync(join(tmpdir(), 'tls-'));
        // One certificate plays every part: authority, daemon and client.
        const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
        const key = [
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-keyout',
            join(folder, 'key.pem'),
        ];
        const made = ['-out', join(folder, 'cert.pem'), '-days', '2'];
        execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...made], { stdio: 'ignore' });
        execFileSync('cp', [join(folder, 'cert.pem'), join(folder, 'ca.pem')]);
    });

    after(() => {
        servers.forEach((server) => server.close());
        if (folder) {
            rmSync(folder, { recursive: true });
        }
    });

    async function listen(server: Server): Promise<string> {
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    function startTlsDaemon(): Promise<string> {
        const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name)));
        const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
        return listen(createServer(options, (_, response) => response.end('[]')));
    }

    async function look(environment: Record<string, string>): Promise<string> {
        const { endpoints } = await resolveEndpoints({ environment, home: folder });
        const [endpoint] = endpoints;
        assert.ok(endpoint);
        const source = openDocker(endpoint);
        const { problem, isUnencrypted } = await source.look();
        source.dispose();
        assert.equal(isUnencrypted, undefined);
        return problem ? `${problem.reason}: ${problem.detail}` : 'listed';
    }

    it('is asked with the certificates of the environment', async () => {
        const host = await startTlsDaemon();
        assert.equal(await look({ DOCKER_HOST: host, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' }), 'listed');
        assert.equal(await look({ DOCKER_HOST: host, DOCKER_CERT_PATH: folder }), 'listed', 'without verifying it');
    });

    it('must prove who it is, where that is asked for', async () => {
        const host = await startTlsDaemon();
        const { port } = new URL(host.replace('tcp', 'http'));
        const impostor = `tcp://localhost:${port}`;
        const said = await look({ DOCKER_HOST: impostor, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' });
        assert.match(said, /^forbidden: no TLS connection to localhost:\d+ \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    });

    it('is told from one that speaks no TLS, and from certificates that are not there', async () => {
        const plain = await listen(createHttpServer((_, response) => response.end('[]')));
        const environment = { DOCKER_HOST: plain, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
        assert.match(await look(environment), /^unsupported: no TLS connection to .*\(EPROTO\)/);
        assert.match(
            await look({ ...environment, DOCKER_CERT_PATH: '/nowhere' }),
            /^unsupported: the certificate file \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
        );
    });
});
