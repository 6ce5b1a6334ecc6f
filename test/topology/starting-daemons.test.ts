import assert from 'node:assert/strict';
import { describe as describeNode } from '../../src/present/describe';
import { hoverOf } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { buildTopology } from '../../src/topology/build';
import { readMachine } from '../machines/read-machine';

const socket = '/run/docker.sock';

/** A dockerd that started so many seconds ago, and how its engine's last try ended. */
function hostWith(secondsAgo: number, { problem = 'timeout', state = 'S', listedSecondsAgo = 60 } = {}) {
    const { snapshot } = readMachine(
        [
            '# a host',
            '1 0 1 S = cgroup=/ : /sbin/init',
            `600 1 500 ${state} = cgroup=/d listens=${socket} : /usr/bin/dockerd`,
            `engine unix://${socket} problem=${problem}`,
        ].join('\n'),
    );
    const { ticksPerSecond, uptimeSeconds = assert.fail() } = snapshot.host;
    const startTicks = (uptimeSeconds - secondsAgo) * ticksPerSecond;
    const listedAt = Date.parse(snapshot.takenAt) - listedSecondsAgo * 1000;
    const topology = buildTopology({
        ...snapshot,
        processes: snapshot.processes.map((one) => (one.pid === 600 ? { ...one, startTicks } : one)),
        engines: snapshot.engines.map((engine) => ({ ...engine, listedAt })),
    });
    const [engine = assert.fail()] = [...topology.nodes.values()].filter(({ kind }) => kind === 'engine');
    return { topology, engine };
}

function wordsFor(...host: Parameters<typeof hostWith>): string {
    const { topology, engine } = hostWith(...host);
    return describeNode(topology, engine).description.split(' · ').at(-1) ?? '';
}

describe('a daemon that does not answer', () => {
    it('is starting while it is young and nothing has come from it', () => {
        assert.equal(wordsFor(9), 'starting');
        assert.equal(wordsFor(9, { problem: 'unreachable' }), 'starting');
    });

    it('is no longer called so when it is old, has answered before, is stopped, or refuses', () => {
        assert.equal(wordsFor(200, { listedSecondsAgo: 300 }), 'not answering');
        assert.equal(wordsFor(90, { listedSecondsAgo: 60 }), 'not answering');
        assert.equal(wordsFor(9, { state: 'T' }), 'not answering');
        assert.equal(wordsFor(9, { problem: 'forbidden' }), 'not permitted to ask');
    });

    it('is told as starting by the message, the hover and the JSON, and is no finding', () => {
        const { topology, engine } = hostWith(9);
        const told = topology.gaps.find(({ reason }) => reason === 'starting');
        assert.match(told?.detail ?? '', /^dockerd 600 is starting, and has told nothing yet; the last try: /);
        assert.ok(!topology.gaps.some(({ reason }) => reason === 'timeout'));
        const { sections } = hoverOf(topology, engine, {
            now: Date.parse(topology.snapshot.takenAt),
            isRecording: false,
        });
        const rows = sections.flatMap((section) => section.rows);
        assert.equal(rows.find(({ label }) => label === 'problem')?.value, told?.detail);
        assert.equal(topologyToJson(topology).nodes.find(({ kind }) => kind === 'engine')?.['problem'], 'starting');
        assert.deepEqual([...topology.sightings.keys()], []);
    });
});
