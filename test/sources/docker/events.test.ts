import assert from 'node:assert/strict';
import { until } from '../../until';
import { answer, chunk, chunkedHead, webId, withFakeDaemon, type Script } from './fake-daemon';

const times = { requestMs: 300, events: { firstRetryMs: 10, lastRetryMs: 40 } };

const started = `${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: webId }, timeNano: 5 })}\n`;

describe('following events', () => {
    it('asks for containers only, by no clock, and hands on hints', () => {
        const script: Script = (socket) => {
            socket.write(chunkedHead);
            // One event over several chunks of the transfer, as a slow network would.
            for (const byte of Buffer.from(started)) {
                socket.write(chunk(Buffer.of(byte)));
            }
        };
        return withFakeDaemon(script, times, async (source, daemon) => {
            const actions: string[] = [];
            const follower = source.events(
                ({ action, containerId }) => actions.push(`${action} ${containerId}`),
                () => undefined,
            );
            await until(() => actions.length === 1, 'the event arrives');
            assert.deepEqual(actions, [`start ${webId}`]);
            const [target = ''] = daemon.requests;
            const url = new URL(target, 'http://docker');
            assert.equal(url.pathname, '/events');
            assert.deepEqual([...url.searchParams.keys()], ['filters']);
            assert.deepEqual(JSON.parse(url.searchParams.get('filters') ?? ''), { type: ['container'] });
            follower.dispose();
        });
    });

    it('connects again after an abrupt end, and says so', () =>
        withFakeDaemon(
            (socket) => {
                socket.write(chunkedHead + chunk(started).toString());
                setImmediate(() => socket.destroy());
            },
            times,
            async (source) => {
                const states: boolean[] = [];
                const follower = source.events(
                    () => undefined,
                    (connected) => states.push(connected),
                );
                await until(() => states.length >= 4, 'two connections and two ends');
                assert.deepEqual(states.slice(0, 4), [true, false, true, false]);
                follower.dispose();
            },
        ));

    it('does not ask in a loop when every stream ends at once, cleanly', () =>
        withFakeDaemon(
            (socket) => socket.end(`${chunkedHead}0\r\n\r\n`),
            times,
            async (source, daemon) => {
                const begun = performance.now();
                source.events(
                    () => undefined,
                    () => undefined,
                );
                await until(() => daemon.requests.length >= 12, 'it asks again');
                // 10 ms, and then 40 ms or more each time.
                assert.ok(performance.now() - begun > 10 + 10 * 40, `${daemon.requests.length} requests`);
                assert.ok(daemon.mostConnections() <= 2);
            },
        ));

    it('gives up a daemon that does not answer, and tries again', () =>
        withFakeDaemon(
            () => undefined,
            times,
            async (source, daemon) => {
                const states: boolean[] = [];
                source.events(
                    () => undefined,
                    (connected) => states.push(connected),
                );
                await until(() => daemon.requests.length === 2, 'the second try');
                assert.deepEqual(states, []);
                daemon.script = (socket) => socket.write(chunkedHead);
                await until(() => states.length === 1, 'connected');
            },
        ));

    it('does not insist where it is forbidden', () =>
        withFakeDaemon(
            (socket) => socket.end(answer('', '403 Forbidden')),
            { ...times, events: { ...times.events, lastRetryMs: 60_000 } },
            async (source, daemon) => {
                source.events(
                    () => undefined,
                    () => undefined,
                );
                await until(
                    () => daemon.requests.length === 1 && daemon.openConnections() === 0,
                    'the first try has ended',
                );
                await new Promise((resolve) => setTimeout(resolve, 150)); // four retries long
                assert.equal(daemon.requests.length, 1);
            },
        ));

    it('reads on whatever comes: the daemon never waits for us', () => {
        const megabyte = chunk(Buffer.from(started.repeat(8_000)));
        let drained = false;
        const script: Script = (socket) => {
            socket.write(chunkedHead);
            socket.write(megabyte, () => {
                drained = true;
            });
        };
        return withFakeDaemon(script, times, async (source) => {
            let hints = 0;
            source.events(
                () => hints++,
                () => undefined,
            );
            await until(() => drained && hints === 8_000, 'all of it was read');
        });
    });

    it('is silent from the moment of dispose, also in the middle of a chunk', () =>
        withFakeDaemon(
            (socket) => socket.write(Buffer.concat([Buffer.from(chunkedHead), chunk(started.repeat(9))])),
            times,
            async (source, daemon) => {
                let hints = 0;
                const follower = source.events(
                    () => {
                        hints++;
                        follower.dispose();
                    },
                    () => undefined,
                );
                await until(() => daemon.requests.length === 1 && daemon.openConnections() === 0, 'closed');
                assert.equal(hints, 1);
            },
        ));

    it('is silent after dispose, in whatever state it was', () =>
        withFakeDaemon(
            (socket) => socket.write(chunkedHead),
            times,
            async (source, daemon) => {
                const states: boolean[] = [];
                for (const wait of [0, 1, 2, 3]) {
                    const begun = daemon.requests.length;
                    const follower = source.events(
                        () => assert.fail('a hint'),
                        (connected) => states.push(connected),
                    );
                    if (wait > 0) {
                        await until(() => daemon.requests.length > begun, 'asked');
                    }
                    if (wait > 1) {
                        await until(() => states.length > 0, 'connected');
                    }
                    follower.dispose();
                    const before = states.length;
                    await until(() => daemon.openConnections() === 0, 'closed');
                    assert.equal(states.length, before);
                }
            },
        ));
});
