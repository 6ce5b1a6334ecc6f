import assert from 'node:assert/strict';
import type { Process } from '../../../src/model/process';
import { withFactsFromBefore } from '../../../src/sources/procfs/facts-from-before';

const known: Process = {
    ...{ pid: 7, comm: 'dd', state: 'D', ppid: 1, session: 7, kernelThread: false, threads: 1, startTicks: 70 },
    ...{ residentBytes: 0, argv: ['dd'], cgroups: [], wait: { kernelFunction: 'io_schedule', sleeps: 3 } },
};

describe('what only stat was read of', () => {
    const { argv, cgroups, wait, ...stat } = known;

    it('keeps what an earlier look has told', () => {
        assert.deepEqual(withFactsFromBefore([stat], [known]), [{ ...stat, argv, cgroups, wait: undefined }]);
    });

    it('is not said to wait as it did then: two looks would seem to have seen one wait', () => {
        assert.ok(wait);
        for (const state of ['D', 'S']) {
            const [process] = withFactsFromBefore([{ ...stat, state }], [known]);
            assert.equal(process?.wait, undefined);
        }
    });

    it('is another process, or another program, where start, name or end differ', () => {
        for (const other of [{ startTicks: 71 }, { comm: 'sh' }, { state: 'Z' }]) {
            assert.deepEqual(withFactsFromBefore([{ ...stat, ...other }], [known]), [{ ...stat, ...other }]);
        }
    });
});
