import assert from 'node:assert/strict';
import { maskSecrets } from '../../src/editor/mask-secrets';

describe('an inspected container', () => {
    it('has its whole environment hidden, and elsewhere what looks like a secret', () => {
        const document = {
            Id: 'ab'.repeat(32),
            Path: 'app',
            Args: ['--password', 'hunter2', '--port', '80'],
            State: { Pid: 7, Running: true, Error: null },
            Config: {
                Env: ['HOME=/root', 'COLOUR=hunter2', 'EMPTY'],
                Cmd: ['sh', '-c', 'TOKEN=hunter2 app'],
                Labels: { 'com.example.token': 'hunter2', role: 'front', ['__proto__']: 'kept' },
            },
            HostConfig: { LogConfig: { Config: { 'splunk-token': 'hunter2' } } },
        };
        const masked = maskSecrets(document) as typeof document;
        assert.doesNotMatch(JSON.stringify(masked), /hunter2/);
        assert.deepEqual(masked.Config.Env, ['HOME=••••', 'COLOUR=••••', 'EMPTY']);
        assert.deepEqual(masked.Args, ['--password', '••••', '--port', '80']);
        assert.deepEqual([masked.Id, masked.State, masked.Config.Labels.role], [document.Id, document.State, 'front']);
        assert.equal(Object.getOwnPropertyDescriptor(masked.Config.Labels, '__proto__')?.value, 'kept');
    });

    it('has that of its OCI spec hidden, too', () => {
        const spec = { process: { env: ['TOKEN=secret', 'BARE'], args: ['sh'] }, root: { path: 'rootfs' } };
        assert.deepEqual(maskSecrets(spec), {
            process: { env: ['TOKEN=••••', 'BARE'], args: ['sh'] },
            root: { path: 'rootfs' },
        });
    });

    it('may be anything', () => {
        for (const value of [null, undefined, 7, [], {}, [null, { Env: 'x' }]])
            assert.deepEqual(maskSecrets(value), value);
    });
});
