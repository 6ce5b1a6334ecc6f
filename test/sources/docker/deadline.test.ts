import assert from 'node:assert/strict';
import { withinDeadline } from '../../../src/sources/docker/deadline';

describe('a deadline', () => {
    it('hands on what came in time', async () => {
        assert.deepEqual(await withinDeadline(1_000, async () => 7), { kind: 'done', value: 7 });
    });

    it('ends work that never settles and ignores its signal', async () => {
        const begun = performance.now();
        const outcome = await withinDeadline(30, () => new Promise(() => undefined));
        assert.deepEqual(outcome, { kind: 'late' });
        assert.ok(performance.now() - begun < 1_000);
    });

    it('tells late work to stop, and swallows its late failure', async () => {
        let stopped = false;
        const outcome = await withinDeadline(20, (signal) => {
            return new Promise((_, reject) => {
                signal.addEventListener('abort', () => {
                    stopped = true;
                    reject(new Error('stopped late'));
                });
            });
        });
        assert.deepEqual(outcome, { kind: 'late' });
        assert.ok(stopped);
        await new Promise(setImmediate); // an unhandled rejection would fail this test here
    });

    it('makes data of failures, thrown or rejected', async () => {
        const error = new Error('no');
        assert.deepEqual(await withinDeadline(1_000, () => Promise.reject(error)), { kind: 'failed', error });
        const thrown = await withinDeadline(1_000, () => {
            throw error;
        });
        assert.deepEqual(thrown, { kind: 'failed', error });
    });

    it('is cancelled from outside, before and during the work', async () => {
        const outside = new AbortController();
        const work = withinDeadline(10_000, () => new Promise(() => undefined), outside.signal);
        outside.abort();
        assert.deepEqual(await work, { kind: 'cancelled' });
        const begun = await withinDeadline(10_000, async () => assert.fail('must not begin'), outside.signal);
        assert.deepEqual(begun, { kind: 'cancelled' });
    });

    it('leaves no timer', async () => {
        const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
        const before = timers();
        for (let work = 0; work < 50; work++) {
            await withinDeadline(60_000, async () => 1);
            await withinDeadline(60_000, () => Promise.reject(new Error('no')));
        }
        assert.ok(timers() < before + 10, 'no more than the test runner itself has');
    });
});
