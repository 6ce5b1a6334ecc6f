import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openEngine, type Engine } from '../lab/churn';
import { until } from '../lab/command';
import { type Containerd, type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage } from '../lab/image';
import { startWatching, timed, untilTrue, type Watching } from '../lab/watching';

/** `DOCKER_RUNTIME_CYCLES=1000` goes all the way; a run of all tests has no minutes to spare for that. */
const mostCycles = Number(process.env['DOCKER_RUNTIME_CYCLES'] ?? 1_000);
const mostSeconds = process.env['DOCKER_RUNTIME_CYCLES'] === undefined ? 15 : 1_800;
const workers = 6;

describe('at speed', function () {
    this.timeout((mostSeconds + 90) * 1_000);
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
        watching = await startWatching(dockerd.endpoint, { requestMs: 5_000 });
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
        const figures = `${cycles} cycles in ${took.toFixed(1)} s, ${(looks / took).toFixed(1)} looks/s, event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, true ${settled.toFixed(0)} ms after the last`;
        console.log(`      ${figures}`);
        assert.ok(cycles >= Math.min(mostCycles, 20), figures);
        assert.ok(looks / took <= 5, figures);
        assert.ok(settled < 5_000, figures);
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
        assert.ok(looks / seconds <= 5, `${looks} looks in ${seconds} s`);
        listening.dispose();
        await engine.call('POST', `/containers/${id}/kill`);
        const ended = (): boolean => watching.container('flooded')?.container?.state === 'exited';
        assert.ok((await timed(until('the last event is heard', ended))) < 5_000);
        await untilTrue(watching, dockerd, containerd);
        console.log(`      ${events} events in ${seconds.toFixed(1)} s, ${(looks / seconds).toFixed(1)} looks/s`);
    });
});
