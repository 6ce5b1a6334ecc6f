import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container, ContainerInspection } from '../../src/model/container';
import type { Gap } from '../../src/model/gap';
import type { ContainerNode, FindingCode } from '../../src/topology/topology';
import type { WatcherTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import { inspectionOf } from '../inspection';
import { until } from '../until';
import { type FakeSources, fakeSources } from './fake-sources';

/** Nothing is asked again by itself, but where a test changes that. */
const times: WatcherTimes = {
    clock: 10,
    share: 1,
    reconciliation: 10_000,
    refused: 10_000,
    firstRetry: 10_000,
    lastRetry: 10_000,
    gathering: 2,
    breath: 5,
    settling: 10,
    doubt: 10_000,
    longDoubt: 10_000,
    longSilence: 10_000,
    patience: 10_000,
};

describe('what was learned by inspect', () => {
    let sources: FakeSources;
    let watcher: Watcher;

    async function begin(changed: Partial<WatcherTimes> = {}): Promise<{ dispose(): void }> {
        sources = fakeSources('systemd-v2');
        watcher = createWatcher(sources, { ...times, ...changed });
        const watching = watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.connected();
        await until(() => sources.counts.lists === 2);
        return watching;
    }
    /** As a hover does. */
    async function inspect(answer: ContainerInspection | Gap): Promise<void> {
        sources.inspection = () => Promise.resolve(answer);
        await watcher.inspect(container().id, watcher.current?.snapshot.engines[0]?.endpoint);
        await until(() => node().container?.inspectedAt !== undefined);
    }
    const container = (): Container => sources.containers[0] ?? assert.fail();
    const node = (): ContainerNode => {
        const found = [...(watcher.current?.nodes.values() ?? [])].find(({ kind }) => kind === 'container');
        return found?.kind === 'container' ? found : assert.fail();
    };
    const isFound = (code: FindingCode): boolean =>
        watcher.current?.findings.some((one) => one.code === code && !one.unverified) ?? false;

    afterEach(() => {
        watcher.dispose();
    });

    it('is forgotten while nobody watches: a container may be restarted unseen', async () => {
        const watching = await begin();
        await inspect(inspectionOf({ pid: 720 }));
        watching.dispose();
        await until(() => sources.open.readers === 0);
        watcher.watch();
        const { looks } = sources.counts;
        await until(() => sources.counts.looks >= looks + 2);
        assert.equal(node().container?.inspected, undefined);
    });

    it('is forgotten when the event stream begins anew, and what is under way then is not learned', async () => {
        await begin();
        await inspect(inspectionOf({ pid: 720 }));
        sources.connected();
        await until(() => node().container?.inspected === undefined);

        let answer = () => {};
        sources.inspection = async () => {
            await new Promise<void>((resolve) => (answer = resolve));
            return inspectionOf({ pid: 720 });
        };
        const asked = watcher.inspect(container().id, watcher.current?.snapshot.engines[0]?.endpoint);
        sources.connected();
        answer();
        assert.ok('pid' in (await asked));
        await watcher.look();
        assert.equal(node().container?.inspected, undefined);
    });

    it('is forgotten when the engine was away, though its stream never told that', async () => {
        await begin();
        await inspect(inspectionOf({ pid: 720 }));
        sources.problem = timeout;
        await watcher.look();
        assert.ok(node().container?.inspected, 'what it said last stands, marked as old');
        sources.problem = undefined;
        await watcher.look();
        assert.equal(node().container?.inspected, undefined);
    });

    it('is forgotten where another state is listed, though no event told it', async () => {
        await begin({ reconciliation: 50 });
        sources.containers = [{ ...container(), state: 'exited', status: 'Exited (1) 5 minutes ago' }];
        await until(() => node().container?.state === 'exited');
        await inspect(inspectionOf({ exitCode: 1 }));
        sources.containers = [{ ...container(), status: 'Exited (1) 6 minutes ago' }];
        const { lists } = sources.counts;
        await until(() => sources.counts.lists >= lists + 3);
        assert.ok(node().container?.inspected, 'it only grew older');
        sources.containers = [{ ...container(), status: 'Exited (0) Less than a second ago' }];
        await until(() => node().container?.inspected === undefined);
    });

    it('is forgotten after a while where no event can be heard', async () => {
        sources = fakeSources('systemd-v2');
        watcher = createWatcher(sources, { ...times, reconciliation: 20, longDoubt: 150 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        const inspectedAt = performance.now();
        await inspect(inspectionOf({ pid: 720 }));
        await until(() => node().container?.inspected === undefined);
        assert.ok(performance.now() - inspectedAt >= 300);
    });

    it('stays where an engine was only slow', async () => {
        await begin({ patience: 20 });
        await inspect(inspectionOf({ pid: 720 }));
        sources.answer = () => delay(200);
        void watcher.look();
        await until(() => watcher.current?.snapshot.engines[0]?.problem?.isPending === true);
        await until(() => watcher.current?.snapshot.engines[0]?.problem === undefined);
        assert.ok(node().container?.inspected);
    });

    it('is asked for again, before anybody is accused, where /proc contradicts it', async () => {
        await begin({ doubt: 50, longDoubt: 50 });
        await inspect(inspectionOf({ pid: 500 }));
        assert.ok(!isFound('pid-of-another'));
        sources.inspection = () => Promise.resolve(inspectionOf({ pid: 720 }));
        await until(() => node().verdict === 'agree' && node().container?.inspected?.pid === 720);
        const { inspects } = sources.counts;
        await delay(200);
        assert.equal(sources.counts.inspects, inspects, 'nothing is in doubt any more');
    });

    it('accuses once it was said again', async () => {
        await begin({ doubt: 50, longDoubt: 50, reconciliation: 50 });
        await inspect(inspectionOf({ pid: 500 }));
        await until(() => isFound('pid-of-another'));
        assert.ok(sources.counts.inspects >= 2);
    });

    it('says that a container is wedged only when a newer question failed, too, and no more once one is answered', async () => {
        await begin({ reconciliation: 50 });
        await inspect(timeout);
        assert.equal(node().verdict, 'wedged');
        await delay(1_300); // as long as a state must last, and more
        assert.ok(!isFound('wedged-container'));
        assert.equal(sources.counts.inspects, 1);
        watcher.dispose();

        await begin({ reconciliation: 50, doubt: 50, longSilence: 100 });
        await inspect(timeout);
        await until(() => isFound('wedged-container'));
        // However often it has not answered: by now the next question would be seconds away.
        await until(() => sources.counts.inspects >= 6);
        sources.inspection = () => Promise.resolve(inspectionOf({ pid: 720 }));
        await until(() => node().verdict === 'agree', 'it is asked soon', 1_000);
    });

    it('asks a container that does not answer ever more rarely', async () => {
        await begin({ doubt: 20, longDoubt: 10_000 });
        await inspect(timeout);
        const startedAt = performance.now();
        await until(() => sources.counts.inspects >= 5);
        // 20, 40, 80 and 160 ms.
        assert.ok(performance.now() - startedAt >= 280);
    });

    it('says nothing of a container while its engine answers nothing at all', async () => {
        await begin();
        sources.problem = timeout;
        await watcher.look();
        sources.inspection = () => Promise.resolve(timeout);
        await watcher.inspect(container().id, watcher.current?.snapshot.engines[0]?.endpoint);
        sources.problem = undefined;
        await watcher.look();
        assert.equal(node().container?.inspectProblem, undefined);
    });

    it('is asked for by itself where Docker says that a container runs and no process is seen, and then not often', async () => {
        await begin({ doubt: 300, longDoubt: 300, reconciliation: 50 });
        sources.inspection = () => Promise.resolve(inspectionOf({ pid: 950 }));
        sources.processes = sources.processes.filter(({ pid }) => pid < 700 || pid > 750);
        await until(() => node().verdict === 'running-without-process');
        await delay(500);
        assert.equal(sources.counts.inspects, 0, 'so is every container when it ends');
        await until(() => node().container?.inspected?.pid === 950);
        const { inspects } = sources.counts;
        await delay(200);
        assert.equal(sources.counts.inspects, inspects);
    });

    it('of how a health check fails is learned anew now and then, for its streak grows without an event', async () => {
        await begin({ doubt: 10_000, longDoubt: 50 });
        let failingStreak = 3;
        sources.inspection = () =>
            Promise.resolve(
                inspectionOf({ pid: 720, health: { failingStreak: failingStreak++, exitCode: 1, output: '' } }),
            );
        const unhealthy = { ...container(), status: 'Up 3 minutes (unhealthy)' };
        sources.containers = [unhealthy];
        await watcher.look();
        await until(() => (node().container?.inspected?.health?.failingStreak ?? 0) >= 5);
        sources.containers = [{ ...unhealthy, status: 'Up 3 minutes (healthy)' }];
        sources.inspection = () => Promise.resolve(inspectionOf({ pid: 720 }));
        await watcher.look();
        await until(() => node().container?.inspected !== undefined && !node().container?.inspected?.health);
    });

    it('is asked for again at most twenty times a minute, whatever is in doubt', async () => {
        await begin({ doubt: 1, longDoubt: 1 });
        const [one] = sources.containers;
        assert.ok(one);
        sources.containers = Array.from({ length: 15 }, (_, index) => ({
            ...one,
            id: index.toString(16).padStart(64, '0'),
            status: 'Up 3 minutes (unhealthy)',
        }));
        sources.inspection = () => Promise.resolve(inspectionOf({ pid: 0 }));
        const { inspects } = sources.counts;
        await watcher.look();
        await until(() => sources.counts.inspects - inspects === 15 + 20);
        await delay(200);
        assert.equal(sources.counts.inspects - inspects, 15 + 20, 'the first time, it tells what the checks are');
    });
});

describe('a list that takes its time', () => {
    it('proves the event stream as well as any: a deaf one is opened anew', async () => {
        const sources = fakeSources('systemd-v2');
        const watcher = createWatcher(sources, { ...times, patience: 10, reconciliation: 100, clock: 50 });
        try {
            sources.answer = () => delay(40);
            watcher.watch();
            await until(() => sources.open.streams === 1);
            sources.connected();
            await until(() => sources.counts.lists >= 4);
            assert.equal(sources.counts.streams, 1, 'it was not away: it is only slow');
            sources.containers = [];
            await until(() => sources.counts.streams === 2);
        } finally {
            watcher.dispose();
        }
    });
});

describe('a list that always takes its time', () => {
    for (const [how, milliseconds, marks] of [
        ['longer than looks wait', 70, 'is marked as old once, and then known for it'],
        ['longer than anybody waits', 300, 'is marked as old each time'],
    ] as const) {
        it(`${how}: ${marks}; and what is wrong is found all the same`, async () => {
            const sources = fakeSources('systemd-v2');
            const watcher = createWatcher(sources, { ...times, patience: 50, reconciliation: 400, clock: 50 });
            try {
                watcher.watch();
                await until(() => watcher.current !== undefined);
                sources.answer = () => delay(milliseconds);
                sources.processes = sources.processes.filter(({ pid }) => pid < 700 || pid > 750);
                const marked: boolean[] = [];
                watcher.onDidChange(({ snapshot }) => marked.push(snapshot.engines[0]?.problem?.isPending === true));
                await until(() => {
                    const found = watcher.current?.findings.find(({ code }) => code === 'container-without-process');
                    return found !== undefined && !found.unverified;
                });
                const { lists } = sources.counts;
                await until(() => sources.counts.lists >= lists + 3);
                const times = marked.filter((isMarked, index) => isMarked && !marked[index - 1]).length;
                assert.ok(milliseconds === 70 ? times === 1 : times >= 3, `marked as old ${String(times)} times`);
            } finally {
                watcher.dispose();
            }
        });
    }
});

const timeout: Gap = { source: 'docker', reason: 'timeout', detail: 'a test does not answer', help: 'none' };
