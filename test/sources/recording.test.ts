import assert from 'node:assert/strict';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { machine, machineNames } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';

describe('a recording', () => {
    it('says the same as the host did', () => {
        for (const name of machineNames) {
            const { snapshot } = machine(name);
            const recording = readRecording(writeRecording(snapshot, { redact: false }));
            assert.ok(recording.ok, name);
            assert.deepEqual(recording.snapshot, JSON.parse(JSON.stringify(snapshot)), name);
        }
    });

    it('without arguments shows the same hierarchy', () => {
        for (const name of ['systemd-v2', 'two-dockerds', 'shim-v1', 'proxies', 'podman-beside', 'kubernetes']) {
            const { snapshot } = machine(name);
            const recording = readRecording(writeRecording(snapshot, { redact: true }));
            assert.ok(recording.ok, name);
            const parents = (nodes: ReturnType<typeof buildTopology>['nodes']) =>
                [...nodes.values()].map(({ id, parent }) => [id, parent]);
            assert.deepEqual(parents(buildTopology(recording.snapshot).nodes), parents(buildTopology(snapshot).nodes));
        }
    });

    it('without arguments holds no secret, whatever letter the option has that carries it', () => {
        const { snapshot } = readMachine(`
10 1 100 S = : sh -c "PASSWORD=secret exec server"
11 1 100 S = : curl -H "Authorization: secret" --config=secret http://localhost
12 1 100 S = : mysql -g secret -psecret --host secret
13 1 100 S = : "postgres: secret [local]"
14 1 100 S = : docker run -e A=secret -c secret busybox
15 1 100 S = : /usr/bin/dockerd --log-opt token=secret -H fd://
16 1 100 S = : containerd-shim-lookalike.sh
`);
        const text = writeRecording(snapshot, { redact: true });
        assert.ok(!text.includes('secret'), text);
        assert.ok(text.includes('"/usr/bin/dockerd","…","…","-H","fd://"'), text);
    });

    it('that is none is refused in one line', () => {
        const whole = writeRecording(machine('systemd-v2').snapshot, { redact: false });
        const broken = [
            '',
            'null',
            '[]',
            '{}',
            whole.slice(0, -9),
            whole.replace('snapshot@1', 'snapshot@2'),
            whole.replace('"pid":1,', '"pid":-1,'),
        ];
        for (const text of broken) {
            const recording = readRecording(text);
            assert.ok(!recording.ok, text.slice(0, 80));
            assert.match(recording.message, /^not a recording of this product: [^\n]+$/);
        }
    });
});
