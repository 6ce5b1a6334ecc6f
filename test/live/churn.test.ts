import assert from 'node:assert/strict';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { beginToMeasureBusyness } from '../lab/busyness';
import { openEngine, type Engine } from '../lab/churn';
import { until } from '../lab/command';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage } from '../lab/image';
import { deaf, startProxy } from '../lab/proxy';
import { startWatching, timed, untilTrue, type Watching } from '../lab/watching';

/** All of them where there is time for that; elsewhere as many as 15 seconds hold, or as `DOCKER_RUNTIME_CYCLES` says. */
const wantedCycles = process.env['DOCKER_RUNTIME_CYCLES'];
const mostCycles = Number(wantedCycles ?? 1_000);
const mostSeconds = wantedCycles === undefined && !process.env['CI'] ? 15 : 1_800;
const workers = 6;
/** So many looks may follow each other without a breath, once; and one may have begun before. */
const closeLooks = 4 + 1;

describe('at speed', function () {
    this.timeout((mostSeconds + 180) * 1_000);
    let laboratory: Laboratory;
    let containerd: Containerd;
    let dockerd: Dockerd;
    let engine: Engine;
    let watching: Watching;

    before(async () => {
        laboratory = openLaboratory();
        containerd = await laboratory.startContainerd('ctd');
        dockerd = await laboratory.startDockerd('eng', { containerd });
        await importTestImage(laboratory, dockerd);
        engine = openEngine(dockerd);
        watching = await startWatching(dockerd.endpoint);
    });
    after(() => {
        watching.close();
        engine.close();
        laboratory.close();
    });

    it(`start and stop, ${mostCycles} times or for ${mostSeconds} s: what is shown at the end is so`, async function () {
        const ids = await Promise.all(
            Array.from({ length: workers }, (_, index) => engine.create(`c${index}`, 'sleep', '1000')),
        );
        let looks = 0;
        const listening = watching.watcher.onDidChange(() => looks++);
        const busyness = beginToMeasureBusyness();
        const delay = monitorEventLoopDelay({ resolution: 5 });
        delay.enable();
        const begun = performance.now();
        const seconds = (): number => (performance.now() - begun) / 1_000;
        let cycles = 0;
        await Promise.all(
            ids.map(async (id) => {
                while (cycles < mostCycles && seconds() < mostSeconds) {
                    cycles++;
                    assert.equal((await engine.call('POST', `/containers/${id}/start`)).status, 204);
                    assert.equal((await engine.call('POST', `/containers/${id}/kill`)).status, 204);
                    await engine.call('POST', `/containers/${id}/wait`);
                }
            }),
        );
        const took = seconds();
        delay.disable();
        listening.dispose();
        const settled = await timed(untilTrue(watching, dockerd, containerd));
        const [lag, longestLag] = [delay.percentile(99) / 1e6, delay.max / 1e6];
        // The bounds in milliseconds are those of an idle machine.
        const times = busyness();
        const figures = `${cycles} cycles in ${took.toFixed(1)} s, ${(looks / took).toFixed(1)} looks/s, event loop p99 ${lag.toFixed(0)} ms and at most ${longestLag.toFixed(0)} ms, true ${settled.toFixed(0)} ms after the last, ${times.toFixed(1)} times as slow as alone`;
        console.log(`      ${figures}`);
        assert.ok(cycles >= (mostSeconds > 15 ? mostCycles : 20), figures);
        assert.ok(looks <= 4 * took + closeLooks, figures);
        assert.ok(lag <= 50 * times && longestLag <= 200 * times, figures);
        assert.ok(settled < 3_000 * times, figures);
    });

    it('a flood of events: few looks, nothing held up, and what is shown is so', async () => {
        const id = await engine.create('flooded', 'sleep', '1000');
        await engine.call('POST', `/containers/${id}/start`);
        await untilTrue(watching, dockerd, containerd);
        let looks = 0;
        const listening = watching.watcher.onDidChange(() => looks++);
        let events = 0;
        const begun = performance.now();
        // SIGCONT does nothing to a process that runs, and is an event all the same.
        for (; performance.now() - begun < 10_000; events += 50) {
            const answers = await Promise.all(
                Array.from({ length: 50 }, () => engine.call('POST', `/containers/${id}/kill?signal=CONT`)),
            );
            assert.ok(answers.every(({ status }) => status === 204));
        }
        const seconds = (performance.now() - begun) / 1_000;
        // A reader that stalls costs everybody 100 ms an event.
        assert.ok(seconds / events < 0.05, `the engine was slowed down: ${events} events in ${seconds} s`);
        assert.ok(looks <= 4 * seconds + closeLooks, `${looks} looks in ${seconds} s`);
        listening.dispose();
        await engine.call('POST', `/containers/${id}/kill`);
        const ended = (): boolean => watching.container('flooded')?.container?.state === 'exited';
        assert.ok((await timed(until('the last event is heard', ended))) < 5_000);
        await untilTrue(watching, dockerd, containerd);
        console.log(`      ${events} events in ${seconds.toFixed(1)} s, ${(looks / seconds).toFixed(1)} looks/s`);
    });

    it('5,000 events that never come: what is shown is so all the same', async () => {
        const proxy = await startProxy(join(laboratory.folder, 'p.sock'), dockerd.socket);
        proxy.spoil = (target) => (target.startsWith('/events') ? deaf : undefined);
        const unheard = await startWatching(proxy.endpoint);
        try {
            const ids = await Promise.all(['u0', 'u1', 'u2'].map((name) => engine.create(name, 'sleep', '1000')));
            const [ended = '', paused = ''] = ids;
            for (const id of ids) await engine.call('POST', `/containers/${id}/start`);
            await untilTrue(unheard, dockerd, containerd);
            for (let events = 0; events < 5_000; events += 50) {
                const signals = Array.from({ length: 50 }, (_, index) =>
                    engine.call('POST', `/containers/${ids[index % 3]}/kill?signal=CONT`),
                );
                assert.ok((await Promise.all(signals)).every(({ status }) => status === 204));
            }
            await engine.call('POST', `/containers/${ended}/kill`);
            await engine.call('POST', `/containers/${paused}/pause`);
            const settled = await timed(untilTrue(unheard, dockerd, containerd));
            await engine.call('POST', `/containers/${paused}/unpause`);
            console.log(`      true ${settled.toFixed(0)} ms after the last`);
            assert.ok(settled < 15_000);
        } finally {
            unheard.close();
            proxy.close();
        }
    });
});
