import assert from 'node:assert/strict';
import { Caution, noStep } from '../../../src/sources/procfs/caution';

/** As long as a slow file takes: this thread does nothing else. */
function takeTime(milliseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe('telling where a look stands', () => {
    const told: string[] = [];
    const caution = new Caution((step) => told.push(step));
    beforeEach(() => told.splice(0));

    it('says nothing in a look that is over in a moment', () => {
        caution.begin({});
        caution.readsRoot();
        for (let pid = 1; pid <= 10; pid++) assert.equal(caution.refusal(pid, 1, 'stat'), undefined);
        caution.end();
        assert.deepEqual(told, []);
    });

    it('says now and then that it goes on, and never that nothing is read while it may be', () => {
        caution.begin({});
        takeTime(60);
        caution.readsRoot();
        assert.notEqual(told[0] ?? noStep, noStep);
        for (let pid = 1; pid <= 1000; pid++) {
            if (pid % 100 === 0) takeTime(60);
            caution.refusal(pid, 1, 'stat');
        }
        assert.ok(told.length >= 5 && told.length <= 11, String(told.length));
        assert.ok(!told.includes(noStep));
        caution.end();
        assert.equal(told.at(-1), noStep);
    });

    it('says each step before it is made, where that is wanted, and leaves out what blocks', () => {
        caution.begin({ isExact: true, blockingSteps: ['7 70 cmdline'] });
        caution.readsRoot();
        assert.equal(caution.refusal(7, undefined, 'stat'), undefined);
        assert.equal(caution.refusal(7, 70, 'cmdline'), 'blocks');
        assert.equal(caution.refusal(7, 71, 'cmdline'), undefined, 'another process with the same pid');
        caution.end();
        assert.deepEqual(told, [noStep, noStep, '7 ? stat', '7 71 cmdline', noStep]);
    });

    it('lets nothing but stat be read, where that is wanted', () => {
        caution.begin({ isStatOnly: true });
        assert.deepEqual(
            ['stat', 'cmdline', 'cgroup', 'details', 'wait'].map((file) => caution.refusal(7, 70, file)),
            [undefined, 'not tried', 'not tried', 'not tried', 'not tried'],
        );
    });
});
