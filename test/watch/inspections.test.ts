import assert from 'node:assert/strict';
import { Inspections } from '../../src/watch/inspections';
import { machine } from '../machines/machine-files';
import { endpointAt } from './fake-sources';

describe('inspections', () => {
    it('are forgotten when the list does not have the container any more, though no event told its end', async () => {
        const [engine] = machine('systemd-v2').snapshot.engines;
        const [container] = engine?.containers ?? [];
        assert.ok(engine?.endpoint !== undefined && container);
        const gap = { source: 'docker', reason: 'timeout', detail: 'a test', help: 'none' } as const;
        const docker = { endpoint: endpointAt(engine.endpoint), inspect: async () => ({ ok: false, gap }) as const };
        const inspections = new Inspections();
        const known = (containers: readonly (typeof container)[]) =>
            inspections.addTo({ ...engine, containers }).containers[0]?.inspectProblem;

        await inspections.ask(docker, container.id, () => container);
        assert.equal(known([container]), gap);
        inspections.addTo({ ...engine, endpoint: 'unix:///another', containers: [] });
        assert.equal(known([container]), gap, 'the list of another engine says nothing of it');
        assert.equal(known([]), undefined);
        assert.equal(known([container]), undefined);
    });

    it('say nothing of a container whose engine answered nothing at all, before, meanwhile or after', async () => {
        const [engine] = machine('systemd-v2').snapshot.engines;
        const [container] = engine?.containers ?? [];
        assert.ok(engine?.endpoint !== undefined && container);
        const gap = { source: 'docker', reason: 'timeout', detail: 'a test', help: 'none' } as const;
        const inspections = new Inspections();
        let isListed = true;
        const ask = (endsListed: boolean) =>
            inspections.ask(
                {
                    endpoint: endpointAt(engine.endpoint ?? ''),
                    inspect: async () => {
                        isListed = endsListed;
                        return { ok: false, gap } as const;
                    },
                },
                container.id,
                () => (isListed ? container : undefined),
            );
        const known = (problem?: typeof gap) =>
            inspections.addTo({ ...engine, ...(problem && { problem }) }).containers[0]?.inspectProblem;

        await ask(true);
        assert.equal(known(), gap);
        assert.equal(known(gap), undefined);
        assert.equal(known(), undefined, 'the engine has fallen silent after it');
        await ask(false);
        assert.equal(known(), undefined, 'the engine has fallen silent meanwhile');
        await ask(true);
        assert.equal(known(), undefined, 'the engine was silent before');
    });
});
