import assert from 'node:assert/strict';
import { viewStateOf } from '../../src/editor/view-state';
import type { Gap } from '../../src/model/gap';
import { buildTopology } from '../../src/topology/build';
import { machine } from '../machines/machine-files';

describe('what an empty view explains', () => {
    const { snapshot } = machine('empty');
    const stateWith = (...gaps: readonly Gap[]) => viewStateOf(buildTopology({ ...snapshot, engines: [], gaps }), '');
    const said = { detail: 'why', help: 'what helps' };
    const noProc: Gap = { ...said, source: '/proc', reason: 'unsupported', remedy: 'platform' };
    const noDaemon: Gap = { ...said, source: 'docker unix:///var/run/docker.sock', reason: 'unreachable' };
    const command = 'sudo systemctl start docker';

    it('is the platform, where that has no /proc, whatever else is missing', () => {
        assert.equal(stateWith(noProc, noDaemon), 'notLinux');
        assert.equal(stateWith({ ...noDaemon, remedy: 'start', command }, noProc), 'notLinux');
    });

    it('is that Docker does not run only where a command can be offered that starts it', () => {
        assert.equal(stateWith({ ...noDaemon, remedy: 'start', command }), 'notRunning');
        assert.equal(stateWith({ ...noDaemon, remedy: 'start' }), 'badEndpoint');
    });

    it('is the daemon, before what else could not be seen', () => {
        const hidden: Gap = { ...said, source: '/proc', reason: 'forbidden' };
        assert.equal(stateWith(hidden, { ...noDaemon, remedy: 'install' }), 'noDocker');
        assert.equal(stateWith(hidden, { ...noDaemon, reason: 'timeout' }), 'notAnswering');
        assert.equal(stateWith(), 'nothing');
    });
});
