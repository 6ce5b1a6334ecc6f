import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Process } from '../../src/model/process';
import type { Topology } from '../../src/topology/topology';
import type { WatcherTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import { until } from '../until';
import { endpointAt, type FakeSources, fakeSources } from './fake-sources';

const times: WatcherTimes = {
    clock: 10,
    share: 1,
    reconciliation: 40,
    refused: 40,
    firstRetry: 10,
    lastRetry: 40,
    gathering: 2,
    breath: 10,
    settling: 20,
    doubt: 40,
    longDoubt: 40,
    longSilence: 40,
    patience: 50,
};
const unnamed = 'unix:///run/second/docker.sock';

describe('the engines that are asked', () => {
    let sources: FakeSources;
    let watcher: Watcher;
    beforeEach(() => {
        sources = fakeSources('systemd-v2');
        watcher = createWatcher(sources, times);
    });
    afterEach(() => {
        watcher.dispose();
    });

    it('include a daemon that the processes show, in the same look', async () => {
        sources.processes = [...sources.processes, secondDockerd(990)];
        const topology = await watcher.look();
        assert.deepEqual(endpointsIn(topology), [...named(sources), unnamed]);
        const engine = [...topology.nodes.values()].find((node) => node.kind === 'engine' && node.process?.pid === 990);
        assert.equal(engine?.kind === 'engine' && engine.engine?.endpoint, unnamed);
        assert.equal(engine?.kind === 'engine' && engine.engine?.foundBy, 'the processes: dockerd 990 listens there');
        assert.equal(sources.counts.looks, 1);
        assert.equal(sources.counts.lists, 2);
    });

    it('let go a daemon that has ended, and know its successor at the same socket as another', async () => {
        sources.processes = [...sources.processes, secondDockerd(990)];
        watcher.watch();
        await until(() => sources.open.dockers === 2 && sources.open.streams === 2);
        sources.processes = sources.processes.map((one) => (one.pid === 990 ? secondDockerd(991) : one));
        await until(() => watcher.current?.snapshot.engines[1]?.foundBy.includes('991') === true);
        await until(() => sources.open.dockers === 2 && sources.open.streams === 2);
        sources.processes = sources.processes.filter(({ pid }) => pid !== 991);
        await until(() => sources.open.dockers === 1 && sources.open.streams === 1);
        await until(() => endpointsIn(watcher.current).length === 1);
    });

    it('are only the named ones where a person has named them', async () => {
        sources.isExclusive = true;
        sources.processes = [...sources.processes, secondDockerd(990)];
        const topology = await watcher.look();
        assert.deepEqual(endpointsIn(topology), named(sources));
        assert.ok(topology.gaps.some(({ source }) => source === 'dockerd 990'));
    });

    it('do not make a look wait for a found daemon that is silent', async () => {
        sources.processes = [...sources.processes, secondDockerd(990)];
        let answer = () => {};
        sources.answer = ({ endpoint }) =>
            endpoint === unnamed ? new Promise((resolve) => (answer = resolve)) : Promise.resolve();
        watcher.watch();
        await until(() => watcher.current !== undefined);
        assert.equal(watcher.current?.snapshot.engines[1]?.problem?.reason, 'timeout');
        answer();
        await until(() => watcher.current?.snapshot.engines[1]?.listedAt !== undefined);
    });

    it('follow a choice that changes, and never show the old answers as those of the new one', async () => {
        watcher.watch();
        await until(() => sources.open.streams === 1);
        sources.endpoints = [endpointAt('unix:///run/other.sock')];
        await until(() => endpointsIn(watcher.current)[0] === 'unix:///run/other.sock');
        assert.deepEqual([sources.open.dockers, sources.open.streams], [1, 1]);

        // The same address, with other certificates: what the one has told is not the other's.
        sources.answer = () => new Promise(() => {});
        sources.endpoints = sources.endpoints.map((one) => ({ ...one, foundBy: 'another context' }));
        await until(() => watcher.current?.snapshot.engines[0]?.foundBy === 'another context');
        assert.deepEqual(watcher.current?.snapshot.engines[0]?.containers, []);
        assert.deepEqual([sources.open.dockers, sources.open.streams], [1, 1]);
    });

    it('take no late answer of one that is asked no more', async () => {
        let answer = () => {};
        sources.answer = () => new Promise((resolve) => (answer = resolve));
        watcher.watch();
        await until(() => watcher.current !== undefined);
        sources.endpoints = [endpointAt('unix:///run/other.sock')];
        sources.answer = () => new Promise(() => {});
        await until(() => endpointsIn(watcher.current)[0] === 'unix:///run/other.sock');
        answer();
        await delay(5 * times.clock);
        assert.deepEqual(watcher.current?.snapshot.engines[0]?.containers, []);
    });

    it('are not looked for while nobody watches', async () => {
        let resolved = 0;
        const { resolveDockers } = sources;
        sources.resolveDockers = () => {
            resolved++;
            return resolveDockers();
        };
        const watching = watcher.watch();
        await until(() => resolved >= 2);
        watching.dispose();
        await until(() => sources.open.readers === 0);
        const before = resolved;
        await delay(3 * times.reconciliation);
        assert.equal(resolved, before);
        assert.equal(sources.open.streams, 0);
    });
});

function secondDockerd(pid: number): Process {
    return {
        ...{ pid, ppid: 1, startTicks: 500 + pid, comm: 'dockerd', state: 'S', session: pid, threads: 9 },
        ...{ kernelThread: false, residentBytes: 0, uid: 0, namespaces: { mnt: 1 }, exe: '/usr/bin/dockerd' },
        argv: ['dockerd', '-H', unnamed],
        cgroups: [{ hierarchy: 0, controllers: '', path: '/' }],
        listens: ['/run/second/docker.sock'],
    };
}

function named({ endpoints }: FakeSources): readonly string[] {
    return endpoints.map(({ endpoint }) => endpoint);
}

function endpointsIn(topology: Topology | undefined): readonly (string | undefined)[] {
    return topology?.snapshot.engines.map(({ endpoint }) => endpoint) ?? [];
}
