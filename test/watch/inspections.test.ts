import assert from 'node:assert/strict';
import type { Container } from '../../src/model/container';
import type { Gap } from '../../src/model/gap';
import { Inspections } from '../../src/watch/inspections';
import { machine } from '../machines/machine-files';
import { endpointAt } from './fake-sources';

describe('inspections', () => {
    const [engine] = machine('systemd-v2').snapshot.engines;
    const [container] = engine?.containers ?? [];
    assert.ok(engine?.endpoint !== undefined && container);
    const gap = { source: 'docker', reason: 'timeout', detail: 'a test', help: 'none' } as const;
    const docker = { endpoint: endpointAt(engine.endpoint), inspect: async () => ({ ok: false, gap }) as const };
    let inspections: Inspections;
    beforeEach(() => {
        inspections = new Inspections();
    });
    const known = (containers: readonly Container[] = [container], problem?: Gap) =>
        inspections.addTo({ ...engine, containers, ...(problem && { problem }) }).containers[0]?.inspectProblem;

    it('blame a container that was not answered for only once its engine has listed again', async () => {
        const ask = () => inspections.ask(docker, container.id, () => container);
        await ask();
        assert.equal(known(), undefined, 'it may be the engine that is silent');
        inspections.believe(engine);
        assert.equal(known(), gap);
        await ask();
        assert.equal(known(), gap, 'it goes on to be so while it is asked again');
        inspections.forgetAll(engine);
        await ask();
        assert.equal(known(), undefined, 'the engine was away meanwhile');
    });

    it('are forgotten when the list does not have the container any more, though no event told its end', async () => {
        await inspections.ask(docker, container.id, () => container);
        inspections.believe(engine);
        assert.equal(known(), gap);
        inspections.addTo({ ...engine, endpoint: 'unix:///another', containers: [] });
        assert.equal(known(), gap, 'the list of another engine says nothing of it');
        assert.equal(known([]), undefined);
        assert.equal(known(), undefined);
    });

    it('say nothing of a container whose engine answered nothing at all, before, meanwhile or after', async () => {
        const ask = async (...listed: readonly boolean[]) => {
            const answers = listed.map((isListed) => (isListed ? container : undefined));
            await inspections.ask(docker, container.id, () => answers.shift());
            inspections.believe(engine);
        };
        await ask(true, true);
        assert.equal(known(), gap);
        assert.equal(known([container], gap), undefined);
        assert.equal(known(), undefined, 'the engine has fallen silent after it');
        await ask(true, false);
        assert.equal(known(), undefined, 'the engine has fallen silent meanwhile');
        await ask(false, true);
        assert.equal(known(), undefined, 'the engine was silent before');
    });
});
