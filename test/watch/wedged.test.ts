import assert from 'node:assert/strict';
import { answer, quiet, type Script, startFakeDaemon, webRecord } from '../sources/docker/fake-daemon';
import { until } from '../until';
import { watcherOf } from './watcher-of';

const ids = Array.from({ length: 50 }, (_, index) => index.toString(16).padStart(64, '0'));
const list = JSON.stringify(ids.map((Id) => ({ ...webRecord, Id, Status: 'Up 3 minutes (healthy)' })));

describe('a daemon of 50 containers that all have health checks', function () {
    this.timeout(30_000);

    for (const hung of [1, 9]) {
        it(`is shown whole within six seconds, and the others' checks are known, while ${hung} of them hang`, async () => {
            const wedged = ids.slice(0, hung);
            let givenUp = 0;
            const script: Script = (socket, target) => {
                const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(target)?.[1];
                if (target.startsWith('/containers/json')) socket.end(answer(list));
                else if (id === undefined) quiet(socket, target);
                else if (!wedged.includes(id)) socket.end(answer(inspectionOf(id)));
                else socket.once('close', () => givenUp++);
            };
            const daemon = await startFakeDaemon(script);
            const watcher = watcherOf(daemon);
            const listed = () => watcher.current?.snapshot.engines[0]?.containers ?? [];
            const isKnown = () => listed().filter(({ inspected }) => inspected).length === ids.length - hung;
            try {
                const begun = performance.now();
                watcher.watch();
                await until(() => listed().length === ids.length, 'all are shown');
                assert.ok(performance.now() - begun < 3_000);
                await until(isKnown, 'the checks of the others are known', 8_000);
                assert.ok(performance.now() - begun < 6_000);
                // Eight are asked at once.
                if (hung <= 8) assert.equal(givenUp, 0, 'nobody has waited for those that hang');
                await until(
                    () => listed().filter(({ inspectProblem }) => inspectProblem?.reason === 'timeout').length === hung,
                    'those that hang are known',
                    8_000,
                );
                const again = performance.now();
                await watcher.look();
                assert.ok(performance.now() - again < 2_000, 'nobody waits for them');
            } finally {
                watcher.dispose();
                await daemon.stop();
            }
        });
    }
});

function inspectionOf(id: string): string {
    return JSON.stringify({
        Id: id,
        State: { Pid: 0, StartedAt: '', FinishedAt: '', ExitCode: 0, OOMKilled: false },
        Config: { Healthcheck: { Test: ['CMD', 'true'] } },
    });
}
