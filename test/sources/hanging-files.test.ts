import assert from 'node:assert/strict';
import { isAnyFileHanging, NoAnswer, singleFlight } from '../../src/sources/hanging-files';
import { promptly } from '../lab/busyness';
import { until } from '../until';

describe('files that do not answer', () => {
    const waiting = new Map<string, (text: string) => void>();
    const begun: string[] = [];
    const read = singleFlight((path) => {
        begun.push(path);
        return new Promise<string>((resolve) => waiting.set(path, resolve));
    });
    const noAnswerOf = (path: string) => (error: unknown) => error instanceof NoAnswer && error.path === path;

    afterEach(async () => {
        for (const answer of waiting.values()) answer('');
        await until(async () => !(await isAnyFileHanging()));
        waiting.clear();
        begun.length = 0;
    });

    it('are asked once, one after the other, and answer everybody', async () => {
        const answers = Promise.all([read('a'), read('b'), read('a')]);
        await until(() => begun.length === 1);
        waiting.get('a')?.('of a');
        await until(() => begun.length === 2);
        waiting.get('b')?.('of b');
        assert.deepEqual(await answers, ['of a', 'of b', 'of a']);
        assert.equal(await isAnyFileHanging(), false);
        void read('a');
        await until(() => begun.length === 3, 'what was told before counts for nobody who asks later');
    });

    it('are given up, told by name at once from then on, and no third of them is asked until one answers', async () => {
        await promptly(1_300, assert.rejects(read('a'), noAnswerOf('a')));
        assert.equal(await isAnyFileHanging(), true);
        await promptly(100, assert.rejects(read('a'), noAnswerOf('a')));
        await assert.rejects(read('b'), noAnswerOf('b'));
        await promptly(100, assert.rejects(read('c'), noAnswerOf('a')));
        assert.deepEqual(begun, ['a', 'b']);
        waiting.get('a')?.('at last');
        const answer = read('c');
        await until(() => begun.length === 3);
        waiting.get('c')?.('of c');
        assert.equal(await answer, 'of c');
    }).timeout(10_000);

    it('pass on why an operation fails, and are then asked again', async () => {
        let failures = 0;
        const fail = singleFlight(() => Promise.reject(new Error(`no ${String(++failures)}`)));
        await assert.rejects(fail('a'), /^Error: no 1$/);
        await assert.rejects(fail('a'), /^Error: no 2$/);
    });
});
