import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Topology } from '../../src/topology/topology';
import { usualTimes, type WatcherTimes } from '../../src/watch/times';
import { createWatcher, type Watcher } from '../../src/watch/watcher';
import { inspectionOf } from '../inspection';
import { until } from '../until';
import { promptly } from '../lab/busyness';
import { type FakeSources, fakeSources } from './fake-sources';

const times: WatcherTimes = {
    clock: 20,
    share: 1,
    reconciliation: 10_000,
    refused: 10_000,
    firstRetry: 10,
    lastRetry: 100,
    gathering: 2,
    breath: 30,
    settling: 60,
    doubt: 10_000,
    longDoubt: 10_000,
    longSilence: 10_000,
    patience: 50,
};

describe('the watcher', () => {
    let sources: FakeSources;
    let watcher: Watcher;
    /** Begins with times in which nothing happens by itself before a test ends. */
    function begin(changed: Partial<WatcherTimes> = {}, hasContainerd = false): void {
        sources = fakeSources('systemd-v2', hasContainerd);
        watcher = createWatcher(sources, { ...times, ...changed });
    }
    afterEach(() => {
        watcher.dispose();
    });

    it('opens nothing and asks nobody before somebody watches', async () => {
        begin();
        await delay(5 * times.clock);
        assert.deepEqual(sources.counts, { looks: 0, fullLooks: 0, lists: 0, inspects: 0, streams: 0 });
        assert.deepEqual(sources.open, { readers: 0, streams: 0, dockers: 0 });
        assert.equal(watcher.current, undefined);
    });

    it('looks at once when somebody watches, then by the clock, and tells its listeners', async () => {
        begin();
        const told: Topology[] = [];
        const listening = watcher.onDidChange((topology) => told.push(topology));
        watcher.watch();
        await until(() => told.length >= 3);
        assert.equal(sources.counts.lists, 1, 'no event and no reconciliation was due');
        assert.equal(told.at(-1), watcher.current);
        listening.dispose();
        const before = told.length;
        await watcher.look();
        assert.equal(told.length, before);
    });

    it('lets the clock go slower where a look is expensive, and not so slow that engines are not asked in time', async () => {
        begin({ clock: 1, share: 0.1, reconciliation: 150 });
        sources.cost = 10;
        watcher.watch();
        await until(() => sources.counts.looks >= 2);
        const begun = performance.now();
        await until(() => sources.counts.looks >= 4);
        assert.ok(performance.now() - begun >= 2 * 95, 'a look of 10 ms every 100 ms');
        sources.cost = 1e9;
        const { lists } = sources.counts;
        await until(() => sources.counts.lists >= lists + 3);
    });

    it('asks engines in time where the clock could afford a look shortly before, and the next one long after', async () => {
        begin({ clock: 1, share: 0.1, reconciliation: 300 });
        sources.cost = 27;
        watcher.watch();
        await until(() => sources.counts.lists === 2);
        const begun = performance.now();
        await until(() => sources.counts.lists === 4);
        assert.ok(performance.now() - begun < 2 * 450, 'every 300 ms, and not every 540');
    });

    it('reads a command line for a document while nobody watches, and without a look', async () => {
        begin();
        const process = sources.processes.find(({ argv }) => argv && argv.length > 1) ?? assert.fail();
        assert.deepEqual(await watcher.commandLine(process), { argv: process.argv });
        const ofBefore = await watcher.commandLine({ ...process, startTicks: process.startTicks - 1 });
        assert.equal('reason' in ofBefore && ofBefore.reason, 'gone');
        assert.deepEqual([sources.counts.looks, sources.open.readers], [0, 1]);
        watcher.dispose();
        assert.equal(sources.open.readers, 0);
    });

    it('does nothing while hidden: no timer, no reader, no stream, no request', async () => {
        begin();
        const watching = watcher.watch();
        const other = watcher.watch();
        await until(() => sources.counts.looks >= 3 && sources.open.streams === 1);
        other.dispose();
        other.dispose();
        const { looks } = sources.counts;
        await until(() => sources.counts.looks > looks);
        watching.dispose();
        await until(() => sources.open.readers === 0 && sources.open.streams === 0);
        const counts = { ...sources.counts };
        await delay(10 * times.clock);
        assert.deepEqual(sources.counts, counts);
    });

    it('comes to rest when it is hidden during its first look', async () => {
        begin();
        const gate = closedGate();
        sources.answer = () => gate.opened;
        watcher.watch().dispose();
        await until(() => sources.counts.lists === 1);
        gate.open();
        await until(() => sources.open.readers === 0);
        assert.equal(sources.open.streams, 0);
        assert.equal(sources.counts.looks, 1);
    });

    it('makes few looks of a thousand events', async () => {
        begin({ clock: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        const { looks, lists } = sources.counts;
        for (let count = 0; count < 1_000; count++) sources.emit({ action: 'start', containerId: undefined });
        await delay(times.breath + times.settling * 3);
        assert.ok(sources.counts.looks - looks >= 2, 'one for the burst, one when it has settled');
        assert.ok(sources.counts.looks - looks <= 3, `${String(sources.counts.looks - looks)} looks`);
        assert.ok(sources.counts.lists - lists <= 3);
    });

    it('follows an event with a list, and an exec with /proc alone', async () => {
        begin({ clock: 10_000, settling: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.emit({ action: 'exec_start: sh' });
        await until(() => sources.counts.looks === 2);
        assert.equal(sources.counts.lists, 1);
        sources.containers = [];
        sources.emit({ action: 'destroy' });
        await until(() => verdictOf(watcher.current) === 'unknown-to-engine');
        assert.equal(sources.counts.lists, 2);
    });

    it('forgets no event that comes during a look', async () => {
        begin({ clock: 10_000, settling: 10_000, patience: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        const gate = closedGate();
        sources.answer = () => gate.opened;
        const look = watcher.look();
        await until(() => sources.counts.lists === 2);
        sources.containers = [];
        sources.emit({ action: 'destroy' });
        await delay(times.breath * 2);
        gate.open();
        await look;
        await until(() => sources.counts.lists === 3);
    });

    it('settles each engine, whatever comes from others meanwhile', async () => {
        begin({ clock: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.emit({ action: 'die' });
        sources.emit({ action: 'exec_die' });
        await until(() => sources.counts.lists === 3);
    });

    it('settles a list though other events never pause', async () => {
        begin({ clock: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.emit({ action: 'die' });
        const execs = setInterval(() => {
            sources.emit({ action: 'exec_start: sh' });
        }, times.settling / 6);
        try {
            await until(() => sources.counts.lists === 3);
        } finally {
            clearInterval(execs);
        }
    });

    it('shows /proc in time while a daemon is silent, marks the engine, and takes its late answer', async () => {
        begin({ clock: 10_000 });
        const gate = closedGate();
        sources.answer = () => gate.opened;
        const startedAt = performance.now();
        watcher.watch();
        await until(() => watcher.current !== undefined);
        assert.ok(performance.now() - startedAt < times.patience * 10, 'the silent daemon held up the rest');
        assert.equal(engineOf(watcher.current)?.problem?.reason, 'timeout');
        assert.equal(verdictOf(watcher.current), 'unverified');
        assert.ok(watcher.current?.gaps.some(({ reason }) => reason === 'timeout'));
        gate.open();
        await until(() => verdictOf(watcher.current) === 'agree');
        assert.equal(engineOf(watcher.current)?.problem, undefined);
        assert.equal(sources.counts.lists, 1, 'the late answer was used, not asked for again');
    });

    it('takes the late answer of one daemon while another stays silent', async () => {
        begin({ clock: 10_000 }, true);
        const [engine, containerd] = [closedGate(), closedGate()];
        watcher.watch();
        await until(() => sources.containerd.lists === 1);
        sources.answer = () => engine.opened;
        sources.containerd.answer = () => containerd.opened;
        void watcher.look();
        await until(() => engineOf(watcher.current)?.problem !== undefined);
        engine.open();
        await until(() => engineOf(watcher.current)?.problem === undefined);
        assert.equal(watcher.current?.snapshot.containerds?.[0]?.problem?.reason, 'timeout');
        containerd.open();
        await until(() => watcher.current?.snapshot.containerds?.[0]?.problem === undefined);
    });

    it('loses no late answer that comes during a look that does not ask, and shows it at once', async () => {
        begin({ clock: 10_000, settling: 10_000 }, true);
        const [containerd, proc] = [closedGate(), closedGate()];
        const problem = () => watcher.current?.snapshot.containerds?.[0]?.problem;
        watcher.watch();
        await until(() => sources.containerd.streams === 1 && sources.containerd.lists === 1);
        sources.containerd.answer = () => containerd.opened;
        await watcher.look();
        await until(() => problem()?.reason === 'timeout');
        const { looks } = sources.counts;
        sources.read = () => proc.opened;
        sources.emit({ action: 'exec_start: sh' });
        await until(() => sources.counts.looks === looks + 1);
        containerd.open();
        await delay(times.breath * 2);
        proc.open();
        await until(() => problem() === undefined);
        assert.equal(sources.containerd.lists, 2, 'it was asked for again');
    });

    it('follows the events of a containerd while somebody watches: a container asks it, an exec only /proc', async () => {
        begin({ clock: 10_000, settling: 10_000 }, true);
        const watching = watcher.watch();
        await until(() => sources.containerd.streams === 1 && sources.containerd.lists === 1);
        const { looks, lists } = sources.counts;
        sources.containerd.emit({ concerns: 'exec' });
        await until(() => sources.counts.looks === looks + 1);
        assert.equal(sources.containerd.lists, 1);
        sources.containerd.emit({ concerns: 'container' });
        await until(() => sources.containerd.lists === 2);
        assert.equal(sources.counts.lists, lists, 'the engine has its own events');
        watching.dispose();
        await until(() => sources.containerd.streams === 0);
    });

    it('waits for the start of what is created, and looks once it has settled where none comes', async () => {
        begin({ clock: 10_000, settling: 300 }, true);
        watcher.watch();
        await until(() => sources.containerd.streams === 1 && sources.containerd.lists === 1);
        await delay(2 * times.breath);
        const { looks, lists } = sources.counts;
        sources.emit({ action: 'create' });
        sources.containerd.emit({ concerns: 'creation' });
        await delay(2 * times.breath);
        assert.equal(sources.counts.looks, looks);
        sources.emit({ action: 'start' });
        await until(() => sources.counts.lists === lists + 1);
        await until(() => sources.counts.lists === lists + 2); // once more, when it has settled
        await delay(2 * times.breath);
        sources.emit({ action: 'create' });
        await until(() => sources.counts.lists > lists + 2);
    });

    it('asks again when the event stream is connected again', async () => {
        begin({ clock: 10_000 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.connected();
        await until(() => sources.counts.lists === 2);
    });

    it('asks an engine at times even without events, for they may get lost', async () => {
        begin({ reconciliation: 40 });
        watcher.watch();
        await until(() => sources.counts.lists >= 3);
    });

    it('makes one more look for all who ask while one is under way', async () => {
        begin({ clock: 10_000, patience: 10_000 });
        const [first, second, third] = await Promise.all([watcher.look(), watcher.look(), watcher.look()]);
        assert.notEqual(first, second);
        assert.equal(second, third);
        assert.equal(sources.counts.looks, 2);
        await until(() => sources.open.readers === 0);
    });

    it('never makes two looks at once, though one who has waited asks again', async () => {
        begin();
        const again = watcher.look().then(() => watcher.look());
        const next = watcher.look();
        await Promise.all([again, next]);
        assert.equal(sources.counts.looks, 2);
    });

    it('asks once for each list what health checks are, when the engine does not tell', async () => {
        begin({ clock: 10_000 });
        sources.containers = sources.containers.map((one) => ({ ...one, status: 'Up 3 seconds (health: starting)' }));
        watcher.watch();
        await until(() => sources.counts.inspects > 0);
        const { looks, inspects } = sources.counts;
        await delay(20 * times.gathering);
        assert.deepEqual({ looks: sources.counts.looks, inspects: sources.counts.inspects }, { looks, inspects });
    });

    it('does not take what inspect told of a former life for the present one', async () => {
        begin({ clock: 10_000 });
        const gate = closedGate();
        sources.inspection = async () => {
            await gate.opened;
            return inspectionOf({ restartCount: 1 });
        };
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        const [container = assert.fail()] = sources.containers;
        const endpoint = engineOf(watcher.current)?.endpoint;
        const asked = watcher.inspect(container.id, endpoint);
        await until(() => sources.counts.inspects === 1);
        sources.emit({ action: 'restart', containerId: container.id });
        const askedLater = watcher.inspect(container.id, endpoint);
        gate.open();
        assert.ok('restartCount' in (await asked) && 'restartCount' in (await askedLater), 'who asked gets the answer');
        const inspectedNow = async () => {
            await watcher.look();
            return engineOf(watcher.current)?.containers.find(({ id }) => id === container.id)?.inspected;
        };
        assert.equal(await inspectedNow(), undefined, 'and nobody is told later');
        sources.inspection = () => Promise.resolve(inspectionOf({ restartCount: 2 }));
        await watcher.inspect(container.id, endpoint);
        assert.equal((await inspectedNow())?.restartCount, 2);
    });

    it('opens a stream anew that is open and deaf: the list shows what it did not tell', async () => {
        begin({ reconciliation: 30 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.connected();
        await until(() => sources.counts.lists >= 4);
        assert.equal(sources.counts.streams, 1, 'silence alone is no deafness');
        const notes: string[] = [];
        sources.note = (line) => notes.push(line);
        sources.containers = [];
        await until(() => sources.counts.streams === 2);
        assert.equal(sources.open.streams, 1);
        await until(() => verdictOf(watcher.current) === 'unknown-to-engine');
        assert.match(notes.join('\n'), /^docker unix:\S+: its list tells a change that no event told \(1 so far\)$/);
    });

    it('takes no new stream for deaf when the list tells what happened while nobody watched', async () => {
        begin({ clock: 10_000, patience: 10_000 });
        const watching = watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        watching.dispose();
        const gate = closedGate();
        sources.answer = () => gate.opened;
        sources.containers = [];
        watcher.watch();
        await until(() => sources.open.streams === 1 && sources.counts.lists === 2);
        sources.connected();
        gate.open();
        await until(() => sources.counts.lists === 3);
        assert.equal(sources.counts.streams, 2);
    });

    it('opens a stream anew when a daemon answers again: it may be another one', async () => {
        begin({ clock: 10 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.connected();
        sources.problem = { source: 'docker', reason: 'unreachable', detail: 'a test says so', help: '' };
        await watcher.look();
        assert.equal(sources.counts.streams, 1);
        sources.problem = undefined;
        await until(() => sources.counts.streams === 2);
        assert.equal(sources.open.streams, 1);
    });

    it('opens it anew at once, too, when it had not begun: its own next try may be half a minute away', async () => {
        begin({ clock: 10 });
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.open.streams === 1);
        sources.problem = { source: 'docker', reason: 'timeout', detail: 'a test is silent', help: '' };
        await watcher.look();
        sources.problem = undefined;
        await until(() => sources.counts.streams === 2);
        assert.equal(sources.open.streams, 1);
    });

    it('reads all of /proc when a person asks, and as little as it can by itself', async () => {
        begin();
        watcher.watch();
        await until(() => sources.counts.looks >= 3);
        assert.equal(sources.counts.fullLooks, 0);
        const gate = closedGate();
        sources.read = () => gate.opened;
        const { looks } = sources.counts;
        await until(() => sources.counts.looks === looks + 1);
        const asked = [watcher.look(), watcher.look()];
        gate.open();
        await Promise.all(asked);
        assert.equal(sources.counts.fullLooks, 1);
    });

    it('asks rarely where it is not permitted, and often where nobody answers', async () => {
        begin({ clock: 5, reconciliation: 10 });
        sources.problem = { source: 'docker', reason: 'forbidden', detail: 'a test says so', help: '' };
        watcher.watch();
        await until(() => sources.counts.looks >= 20);
        assert.equal(sources.counts.lists, 1);
        sources.problem = { ...sources.problem, reason: 'unreachable' };
        await watcher.look();
        await until(() => sources.counts.lists >= 5);
    });

    it('follows no events where it is not permitted, or nobody answers, before the list is answered', async () => {
        begin();
        for (const reason of ['forbidden', 'unreachable'] as const) {
            sources.problem = { source: 'docker', reason, detail: 'a test says so', help: '' };
            await watcher.look();
            watcher.watch();
            await until(() => sources.counts.looks >= 10);
            assert.equal(sources.counts.streams, 0);
        }
        sources.problem = undefined;
        await until(() => sources.open.streams === 1);
    });

    it('asks ever more rarely who fails, and at once when a daemon is started', async () => {
        begin({ firstRetry: 10, lastRetry: 10_000 });
        sources.problem = { source: 'docker', reason: 'unreachable', detail: 'a test says so', help: '' };
        const { processes } = sources;
        watcher.watch();
        const begun = performance.now();
        await until(() => sources.counts.lists === 6);
        assert.ok(performance.now() - begun >= 0.8 * (10 + 20 + 40 + 80 + 160), 'twice as late each time');
        sources.processes = processes.filter(({ comm }) => comm !== 'dockerd');
        await watcher.look();
        sources.processes = processes;
        const { lists } = sources.counts;
        await until(() => sources.counts.lists >= lists + 4);
    });

    it('shows /proc, says why, and tries again when it cannot be found out which daemon to ask', async () => {
        begin();
        const { resolveDockers } = sources;
        sources.resolveDockers = () => Promise.reject(new Error('no home folder'));
        watcher.watch();
        await until(() => watcher.current !== undefined && sources.counts.looks > 2);
        assert.ok(watcher.current?.gaps.some(({ detail }) => detail.includes('no home folder')));
        assert.notEqual(watcher.current?.snapshot.processes.length, 0);
        sources.resolveDockers = resolveDockers;
        await until(() => engineOf(watcher.current) !== undefined && sources.open.streams === 1);
    });

    it('shows /proc within two seconds, though it takes for ever to find out which daemon to ask', async () => {
        begin(usualTimes);
        sources.resolveDockers = () => new Promise(() => undefined);
        watcher.watch();
        await promptly(
            2_000,
            until(() => watcher.current !== undefined),
        );
        assert.notEqual(watcher.current?.snapshot.processes.length, 0);
    });

    it('says meanwhile that it is not known which daemon to ask, and asks once that is known', async () => {
        begin();
        const { resolveDockers } = sources;
        const gate = closedGate();
        sources.resolveDockers = async () => {
            await gate.opened;
            return resolveDockers();
        };
        sources.isExclusive = true;
        watcher.watch();
        await until(() => watcher.current !== undefined);
        assert.match(watcher.current?.gaps.map(({ detail }) => detail).join() ?? '', /no answer within/);
        gate.open();
        await until(() => engineOf(watcher.current) !== undefined && sources.open.streams === 1);
        assert.doesNotMatch(watcher.current?.gaps.map(({ detail }) => detail).join() ?? '', /no answer within/);
    });

    it('leaves nothing when it is disposed, whatever it was doing', async () => {
        begin();
        watcher.watch();
        await until(() => sources.counts.looks >= 2 && sources.open.streams === 1);
        sources.emit({ action: 'start' });
        watcher.dispose();
        await until(() => sources.open.readers === 0 && sources.open.streams === 0 && sources.open.dockers === 0);
        const counts = { ...sources.counts };
        await delay(times.settling * 3);
        assert.deepEqual(sources.counts, counts);
    });
});

function closedGate(): { readonly opened: Promise<void>; readonly open: () => void } {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
        open = resolve;
    });
    return { opened, open };
}

function engineOf(topology: Topology | undefined) {
    return topology?.snapshot.engines[0];
}

function verdictOf(topology: Topology | undefined) {
    const node = [...(topology?.nodes.values() ?? [])].find(({ kind }) => kind === 'container');
    return node?.kind === 'container' ? node.verdict : undefined;
}
