import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { usualEventTimes } from '../../src/sources/docker/events';
import { usualTimes, type WatcherTimes } from '../../src/watch/times';
import type { Watcher } from '../../src/watch/watcher';
import { promptly } from '../lab/busyness';
import { watchContacts } from '../sources/docker/contacts';
import {
    answer,
    chunkedHead,
    type FakeDaemon,
    healthy,
    quiet,
    type Script,
    startFakeDaemon,
} from '../sources/docker/fake-daemon';
import { becomeNobody } from '../sources/docker/nobody';
import { until } from '../until';
import { watcherOf } from './watcher-of';

/** The product's own times pass so much faster here. */
const haste = 20;
const minute = 60_000 / haste;

/** Watches a daemon with all that is the product's own, but for /proc, for some minutes; tells the connections in each. */
async function connectionsIn(minutes: number, script: Script, isPermitted = true): Promise<readonly number[]> {
    const daemon = await startFakeDaemon(script);
    const path = daemon.endpoint.endpoint.slice('unix://'.length);
    if (!isPermitted) chmodSync(path, 0o060);
    const nobody = isPermitted ? undefined : becomeNobody(path);
    const contacts = watchContacts();
    const watcher = watch(daemon);
    try {
        const counts: number[] = [];
        for (let count = 0; count < minutes; count++) {
            const before = contacts.connections();
            await delay(minute);
            counts.push(contacts.connections() - before);
        }
        return counts;
    } finally {
        watcher.dispose();
        contacts.stop();
        nobody?.restore();
        await daemon.stop();
    }
}

function watch(daemon: FakeDaemon): Watcher {
    const watcher = watcherOf(daemon, {
        dockerTimes: { requestMs: 5_000 / haste, events: hastened(usualEventTimes) },
        // What a connection tells when it begins and ends at once comes no faster here, and is to become one look.
        times: { ...hastened(usualTimes), share: usualTimes.share, gathering: usualTimes.gathering },
    });
    watcher.watch();
    return watcher;
}

function hastened<Times extends Omit<WatcherTimes, 'share'> | typeof usualEventTimes>(times: Times): Times {
    return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time / haste])) as Times;
}

describe('connections to a daemon in a minute', function () {
    this.timeout(60_000);

    const most = async (bound: number, minutes: number, script: Script, isPermitted = true): Promise<void> => {
        const counts = await connectionsIn(minutes, script, isPermitted);
        assert.ok(
            counts.every((count) => count <= bound),
            `${counts.join(', ')} connections`,
        );
        assert.ok((counts.at(-1) ?? 0) > 0, 'it is still asked');
    };

    it('3 where its socket is not permitted', () => most(3, 1, healthy, false));
    it('3 where it refuses', () => most(3, 1, (socket) => socket.end(answer('', '403 Forbidden'))));
    it('3 where its version of the API is another', () =>
        most(3, 1, (socket) => {
            const words = 'client version 1.12 is too old. Minimum supported API version is 1.60';
            socket.end(answer(JSON.stringify({ message: words }), '400 Bad Request'));
        }));
    it('20 where it hangs up', () => most(20, 1, (socket) => socket.end()));
    it('20 where it is silent', () => most(20, 1, () => undefined));
    it('20, of which 3 are streams, where each stream ends at once, cleanly, and it is asked for its version once', async () => {
        const targets: string[] = [];
        await most(20, 2, (socket, target) => {
            targets.push(target);
            if (target.startsWith('/events')) socket.end(`${chunkedHead}0\r\n\r\n`);
            else healthy(socket, target);
        });
        assert.equal(targets.filter((target) => target === '/version').length, 1);
        const streams = targets.filter((target) => target.startsWith('/events')).length;
        assert.ok(streams >= 4 && streams <= 2 * 3, `${streams} streams in two minutes`);
    });
    it('12 where nothing happens, and it is asked for its version once', async () => {
        const targets: string[] = [];
        const counts = await connectionsIn(2, (socket, target) => {
            targets.push(target);
            quiet(socket, target);
        });
        assert.ok((counts.at(-1) ?? 0) <= 12, `${counts.join(', ')} connections`);
        assert.equal(targets.filter((target) => target === '/version').length, 1);
        assert.equal(targets.filter((target) => target.startsWith('/events')).length, 1);
    });
});

describe('an engine that answers again', () => {
    it('is shown within six seconds, however long it has failed, and its events are followed', async () => {
        const down: Script = (socket) => socket.end();
        const daemon = await startFakeDaemon(down);
        const watcher = watch(daemon);
        const problem = () => watcher.current?.snapshot.engines[0]?.problem;
        try {
            await until(() => problem() !== undefined, 'it is marked');
            await delay(minute / 2);
            daemon.script = quiet;
            const begun = performance.now();
            await until(() => watcher.current !== undefined && problem() === undefined, 'it is fresh');
            // A look, a list and a busy machine besides.
            assert.ok(performance.now() - begun < 6_000 / haste + 200);
            await until(
                () => daemon.requests.some((target) => target.startsWith('/events')),
                'its events are followed',
            );
        } finally {
            watcher.dispose();
            await daemon.stop();
        }
    });
});

describe('a stream of events', () => {
    const endings: Readonly<Record<string, { end: (stream: Socket) => void; times: number }>> = {
        cleanly: { end: (stream) => stream.end('0\r\n\r\n'), times: 1 },
        abruptly: { end: (stream) => stream.destroy(), times: 1 },
        'abruptly, and again': { end: (stream) => stream.destroy(), times: 2 },
    };
    for (const [how, { end, times }] of Object.entries(endings)) {
        it(`is opened with the first list, and within three seconds when it has ended ${how}`, async () => {
            const streams: Socket[] = [];
            const daemon = await startFakeDaemon((socket, target) => {
                if (!target.startsWith('/events')) return healthy(socket, target);
                streams.push(socket);
                socket.write(chunkedHead);
            });
            const watcher = watch(daemon);
            const opened = (count: number) => until(() => streams.length === count, `${count} streams`);
            try {
                // A look, a list and a busy machine besides.
                await promptly(3_000 / haste + 200, opened(1));
                for (let count = 1; count <= times; count++) {
                    end(streams.at(-1) ?? assert.fail());
                    await promptly(3_000 / haste + 200, opened(count + 1));
                }
            } finally {
                watcher.dispose();
                await daemon.stop();
            }
        });
    }

    it('is opened anew when an engine answers again that was silent when it was to begin', async () => {
        const daemon = await startFakeDaemon((socket, target) => {
            if (!target.startsWith('/events')) healthy(socket, target);
        });
        const watcher = watch(daemon);
        const streams = () => daemon.requests.filter((target) => target.startsWith('/events')).length;
        try {
            await until(() => streams() === 1, 'the first try');
            daemon.script = () => undefined;
            await until(() => streams() === 2, 'the second try');
            await delay(6_000 / haste); // it is given up
            daemon.script = quiet;
            await promptly(
                6_000 / haste + 200,
                until(() => streams() === 3, 'the third try'),
            );
        } finally {
            watcher.dispose();
            await daemon.stop();
        }
    });
});
