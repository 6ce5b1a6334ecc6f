import assert from 'node:assert/strict';
import { hoverOf } from '../../src/present/hover';
import { hoverText } from '../../src/present/text';
import type { Topology } from '../../src/topology/topology';
import { clockGrainMilliseconds } from '../../src/watch/askings';
import { usualTimes } from '../../src/watch/times';
import { createWatcher } from '../../src/watch/watcher';
import { until } from '../until';
import { fakeSources } from './fake-sources';

const RealDate = Date;
const hour = 3_600_000;

/** Sets the wall clock of this process on by so many milliseconds. */
function setClockOn(milliseconds: number): void {
    globalThis.Date = class extends RealDate {
        constructor(...told: [] | [number | string]) {
            super(...((told.length === 0 ? [RealDate.now() + milliseconds] : told) as [number]));
        }
        static override now(): number {
            return RealDate.now() + milliseconds;
        }
    } as DateConstructor;
}

describe('a wall clock that is set while somebody watches', () => {
    afterEach(() => {
        globalThis.Date = RealDate;
    });

    it('changes neither how often anybody is asked, nor what is found, and all ages are right soon after', async () => {
        const sources = fakeSources('systemd-v2');
        const times = { ...usualTimes, clock: 20, reconciliation: 30, gathering: 2, share: 1 };
        const twoPauses = 2 * (times.reconciliation - clockGrainMilliseconds);
        const watcher = createWatcher(sources, times);
        try {
            watcher.watch();
            await until(() => watcher.current !== undefined && sources.open.streams === 1, 'the first look');
            sources.connected();
            for (const step of [hour, -hour]) {
                setClockOn(step);
                assert.doesNotMatch(hoversOf(watcher.current), negativeAge, 'at once');
                const { lists, looks } = sources.counts;
                const begun = performance.now();
                await until(() => sources.counts.lists >= lists + 3, 'it is asked');
                assert.ok(performance.now() - begun >= twoPauses, 'no more often than before');
                assert.ok(sources.counts.looks - looks <= (performance.now() - begun) / 5, 'nor are there more looks');
                assert.equal(sources.counts.streams, 1, 'its events are still followed');
                const topology = watcher.current ?? assert.fail();
                const [engine = assert.fail()] = topology.snapshot.engines;
                assert.equal(engine.problem, undefined);
                assert.ok(Math.abs(Date.parse(topology.snapshot.takenAt) - Date.now()) < 15_000, 'the look is of now');
                assert.ok(Math.abs((engine.listedAt ?? 0) - Date.now()) < 15_000, 'and so is the list');
                const [container = assert.fail()] = containersIn(topology);
                assert.equal(container.verdict, 'agree');
                assert.doesNotMatch(hoversOf(topology), negativeAge);
            }
        } finally {
            watcher.dispose();
        }
    });
});

const negativeAge = /-\d+ (second|minute|hour|day)/;

function hoversOf(topology: Topology = assert.fail()): string {
    const clock = { now: Date.now(), isRecording: false };
    return [...topology.nodes.values()].map((node) => hoverText(hoverOf(topology, node, clock))).join('\n');
}

function containersIn({ nodes }: Topology) {
    return [...nodes.values()].flatMap((node) => (node.kind === 'container' ? node : []));
}
