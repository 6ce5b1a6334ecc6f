import assert from 'node:assert/strict';
import { endpointOf, parseAddress } from '../../../src/sources/docker/address';

const tls = { verify: true, ca: '/c/ca.pem' };

describe('the address of a daemon', () => {
    it('is a socket, in each way it is written', () => {
        for (const [written, path] of [
            ['unix:///run/docker.sock', '/run/docker.sock'],
            ['/run/docker.sock', '/run/docker.sock'],
            [' unix:///run/docker.sock\n', '/run/docker.sock'],
            ['UNIX:///run/a b.sock', '/run/a b.sock'],
            ['unix://', '/var/run/docker.sock'],
            ['npipe:////./pipe/docker_engine', '//./pipe/docker_engine'],
        ] as const) {
            assert.deepEqual(parseAddress(written), { ok: true, address: { kind: 'socket', path } }, written);
        }
    });

    it('is a host and a port, with TLS where there are certificates', () => {
        const tcp = { kind: 'tcp', pathPrefix: '' } as const;
        for (const [written, address] of [
            ['tcp://10.0.0.1:2375', { ...tcp, host: '10.0.0.1', port: 2375 }],
            ['tcp://box', { ...tcp, host: 'box', port: 2375 }],
            ['tcp://box:80', { ...tcp, host: 'box', port: 80 }],
            ['box:2375', { ...tcp, host: 'box', port: 2375 }],
            ['tcp://[::1]:2375', { ...tcp, host: '::1', port: 2375 }],
            ['tcp://box:443/docker/', { ...tcp, host: 'box', port: 443, pathPrefix: '/docker' }],
        ] as const) {
            assert.deepEqual(parseAddress(written), { ok: true, address }, written);
        }
        assert.deepEqual(parseAddress('tcp://box', tls), {
            ok: true,
            address: { ...tcp, host: 'box', port: 2376, tls },
        });
    });

    it('is refused in words when it is none, or none that we can use', () => {
        for (const written of [
            '',
            ' ',
            '::::',
            'tcp://',
            'tcp://a:b',
            'tcp://h:99999',
            'unix://run/x',
            'ftp://x',
            'tcp://u:p@h:1',
            'docker',
            'unix:///a\0b',
        ]) {
            const parsed = parseAddress(written);
            assert.equal(parsed.ok ? 'accepted' : parsed.reason, 'malformed', JSON.stringify(written));
        }
        const ssh = parseAddress('ssh://me@box');
        assert.equal(ssh.ok ? 'accepted' : ssh.reason, 'unsupported');
        assert.match(ssh.ok ? '' : ssh.help, /Remote-SSH.*ssh -nNT -L/);
    });

    it('counts the bytes of a path that no socket can have', () => {
        assert.ok(parseAddress(`/${'x'.repeat(106)}`).ok);
        const long = parseAddress(`/${'é'.repeat(54)}`);
        assert.equal(long.ok ? 'accepted' : long.reason, 'unsupported');
        assert.match(long.ok ? '' : long.detail, /109 bytes.*at most 107/);
    });

    it('has one spelling', () => {
        for (const [written, endpoint] of [
            ['/run/docker.sock', 'unix:///run/docker.sock'],
            ['box', ''],
            ['box:1', 'tcp://box:1'],
            ['tcp://[::1]:2375/', 'tcp://[::1]:2375'],
            ['npipe:////./pipe/x', 'npipe:////./pipe/x'],
        ] as const) {
            const parsed = parseAddress(written);
            assert.equal(parsed.ok ? endpointOf(parsed.address) : '', endpoint);
        }
    });
});
