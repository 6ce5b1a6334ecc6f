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
    });

    it('is refused without the user and the password that are in it', () => {
        for (const [written, named] of [
            ['tcp://me:hunter2@host:2375', 'tcp://…@host:2375'],
            ['tcp://me:hun/ter2@host', 'tcp://…@host'],
            ['tcp://me:hun@ter2@host', 'tcp://…@host'],
            ['tcp://me:12/hunter2@host', 'tcp://…@host'],
            ['tcp://hunter2@host', 'tcp://…@host'],
            ['ssh://me:hun ter2\n@host', 'ssh://…@host'],
            ['https://me:hun?ter2#@host/x', 'https://…@host/x'],
            ['me:hunter2@host', '…@host'],
            ['gopher://host', 'gopher://host'],
        ] as const) {
            const parsed = parseAddress(written);
            assert.equal(parsed.ok ? 'accepted' : parsed.detail, `${named} is not the address of a Docker daemon`);
        }
    });

    it('is another machine behind ssh, and nothing that ssh or a shell there could take for more', () => {
        const ssh = { kind: 'ssh', host: 'box' } as const;
        for (const [written, address] of [
            ['ssh://box', ssh],
            ['ssh://me@box', { ...ssh, user: 'me' }],
            ['ssh://me.too@box:2222', { ...ssh, user: 'me.too', port: 2222 }],
            ['ssh://box/', ssh],
            ['ssh://box/run/user/1000/docker.sock', { ...ssh, socket: '/run/user/1000/docker.sock' }],
            ['ssh://me@[::1]:22', { kind: 'ssh', host: '::1', user: 'me', port: 22 }],
        ] as const) {
            assert.deepEqual(parseAddress(written), { ok: true, address }, written);
        }
        for (const written of [
            'ssh://',
            'ssh://-oProxyCommand=touch',
            'ssh://-l@box',
            'ssh://me@-box',
            'ssh://me:secret@box',
            'ssh://box:0',
            'ssh://box:65536',
            'ssh://box:22:23',
            'ssh://box/$(reboot)',
            'ssh://box/a b',
            'ssh://box/a;reboot',
            'ssh://box/`reboot`',
            'ssh://b\nox',
            'ssh://me@box@box',
        ]) {
            const parsed = parseAddress(written);
            assert.equal(parsed.ok ? 'accepted' : parsed.reason, 'malformed', JSON.stringify(written));
        }
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
            ['ssh://me@box:22/run/docker.sock', 'ssh://me@box:22/run/docker.sock'],
            ['ssh://[::1]/', 'ssh://[::1]'],
            ['npipe:////./pipe/x', 'npipe:////./pipe/x'],
        ] as const) {
            const parsed = parseAddress(written);
            assert.equal(parsed.ok ? endpointOf(parsed.address) : '', endpoint);
        }
    });
});
