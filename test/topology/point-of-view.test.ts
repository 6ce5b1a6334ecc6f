import assert from 'node:assert/strict';
import type { Gap } from '../../src/model/gap';
import { buildTopology } from '../../src/topology/build';
import { machine, topologyOf } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';

describe('where one looks from', () => {
    it('tells a window in a container three ways to see more', () => {
        for (const name of ['dev-container-v1', 'dev-container-v2', 'inside-gvisor']) {
            const help = engineGap(topologyOf(name).gaps)?.help ?? '';
            assert.match(help, /on the Docker host; or .*--pid=host; or .*dockerRuntime\.procRoot/, name);
        }
    });

    it('is content with the /proc of the host, wherever its reader runs', () => {
        assert.deepEqual(topologyOf('dev-container-host-proc').gaps, []);
    });

    it('claims nothing where processes are hidden, or where the namespace is the first one or could not be read', () => {
        assert.match(engineGap(topologyOf('hidepid-in-a-container').gaps)?.detail ?? '', /that this user may see/);
        for (const host of ['host pidns=4026531836', '']) {
            const { snapshot } = readMachine(`${host}\n20 1 500 S = cgroup=/ : sh\nengine unix:///run/docker.sock`);
            assert.match(engineGap(buildTopology(snapshot).gaps)?.detail ?? '', /not among the processes seen here/);
        }
    });

    it('says nothing of namespaces about an engine on another host', () => {
        const { snapshot } = machine('dev-container-v2');
        const engines = snapshot.engines.map((engine) => ({ ...engine, endpoint: 'tcp://10.0.0.1:2376' }));
        const gap = engineGap(buildTopology({ ...snapshot, engines }).gaps);
        assert.match(gap?.detail ?? '', /not among the processes seen here/);
    });
});

function engineGap(gaps: readonly Gap[]): Gap | undefined {
    return gaps.find(({ source }) => source.startsWith('docker '));
}
