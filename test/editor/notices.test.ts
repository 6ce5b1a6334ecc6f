import assert from 'node:assert/strict';
import { findingsMessageOf, messageOf, noticesOf, timeOf } from '../../src/editor/notices';
import { hoverOf } from '../../src/present/hover';
import { hoverText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import { withoutFindings } from '../../src/topology/findings/findings';
import type { Topology } from '../../src/topology/topology';
import { machine } from '../machines/machine-files';

const { snapshot } = machine('systemd-v2');
const takenAt = Date.parse(snapshot.takenAt);
const problem = { source: 'docker', reason: 'timeout', detail: 'no answer within 5 s', help: 'Wait.' } as const;

/** As many engines of which the first does not answer any more, and listed last at that time. */
function silentSince(listedAt: number, endpoints: readonly string[]): Topology {
    const [engine = assert.fail()] = snapshot.engines;
    const engines = endpoints.map((endpoint, index) => ({
        ...engine,
        endpoint,
        listedAt,
        ...(index === 0 && { problem }),
    }));
    return buildTopology({ ...snapshot, engines });
}

function wordsOf(whole: Topology, now: number): readonly string[] {
    const hierarchy = { whole, recording: undefined, filter: '' };
    return [messageOf(hierarchy, now), noticesOf(hierarchy, now).join(' ')];
}

describe('how old it is', () => {
    it('is told of what is shown again, before it is looked at anew, and of nothing that is looked at all the time', () => {
        const whole = buildTopology(snapshot);
        for (const words of wordsOf(whole, takenAt + 5_000)) assert.doesNotMatch(words, /as of/);
        const later = takenAt + 60_000;
        for (const words of wordsOf(whole, later))
            assert.ok(words.startsWith(`All as of ${timeOf(takenAt, later)}; looking again.`), words);
        const recording = { name: 'a recording', topology: whole };
        assert.doesNotMatch(messageOf({ whole, recording, filter: '' }, later), /looking again/);
    });

    it('is told of an engine that does not answer, by its name where there are others', () => {
        const now = takenAt + 2_000;
        const time = timeOf(takenAt - 60_000, now);
        for (const words of wordsOf(silentSince(takenAt - 60_000, ['unix:///a']), now))
            assert.ok(words.includes(`Containers as of ${time}.`), words);
        for (const words of wordsOf(silentSince(takenAt - 60_000, ['unix:///a', 'unix:///b']), now))
            assert.ok(words.includes(`Containers of unix:///a as of ${time}.`), words);
    });

    it('is told where nothing is found wrong, for nobody can be sure of that while the engine is silent', () => {
        const now = takenAt + 2_000;
        const whole = silentSince(takenAt - 60_000, ['unix:///a']);
        const message = findingsMessageOf({ whole, shown: whole, recording: undefined }, [], now);
        const stale = `Containers as of ${timeOf(takenAt - 60_000, now)}.`;
        assert.equal(message, `Nothing is found wrong here. ${stale}`);
        const [finding = assert.fail()] = buildTopology(machine('states-v1').snapshot).findings;
        assert.equal(findingsMessageOf({ whole, shown: whole, recording: undefined }, [finding], now), stale);
        const healthy = buildTopology(snapshot);
        const told = findingsMessageOf({ whole: healthy, shown: healthy, recording: undefined }, [], now);
        assert.equal(told, undefined, 'the view itself says that nothing is wrong');
    });

    it('is told of what could not be judged, but for what nobody wants to hear of', () => {
        const whole: Topology = { ...buildTopology(snapshot), unjudged: ['orphan-shim', 'daemon-down'] };
        const told = (shown: Topology) => findingsMessageOf({ whole, shown, recording: undefined }, [], takenAt);
        assert.match(told(whole) ?? '', /^Nothing is found wrong here\. Not judged, .*: orphan-shim, daemon-down\.$/);
        assert.match(told(withoutFindings(whole, ['orphan-shim'])) ?? '', /: daemon-down\.$/);
        assert.equal(told(withoutFindings(whole, ['orphan-shim', 'daemon-down'])), undefined);
    });

    it('is told of a recording, too, where nothing is found wrong in it and not all could be judged or heard', () => {
        const recordingOf = (whole: Topology) => ({
            whole,
            shown: whole,
            recording: { name: 'host', topology: whole },
        });
        const later = takenAt + 60_000;
        const partial: Topology = { ...buildTopology(snapshot), unjudged: ['orphan-shim'] };
        const [finding = assert.fail()] = buildTopology(machine('states-v1').snapshot).findings;
        assert.match(
            findingsMessageOf(recordingOf(partial), [], later) ?? '',
            /^Nothing is found wrong here\. Not judged, .*: orphan-shim\.$/,
        );
        assert.match(
            findingsMessageOf(recordingOf(partial), [finding], later) ?? '',
            /^A recording is one look: .* Not judged, .*: orphan-shim\.$/,
        );
        const stale = `Containers as of ${timeOf(takenAt - 60_000, later)}.`;
        const silent = recordingOf(silentSince(takenAt - 60_000, ['unix:///a']));
        assert.equal(findingsMessageOf(silent, [], later), `Nothing is found wrong here. ${stale}`);
        assert.equal(findingsMessageOf(recordingOf(buildTopology(snapshot)), [], later), undefined);
    });

    it('has a date where it is not of today', () => {
        const noon = new Date(2026, 0, 5, 12).getTime();
        assert.equal(timeOf(noon - 3_600_000, noon), new Date(noon - 3_600_000).toLocaleTimeString());
        assert.equal(timeOf(noon - 86_400_000, noon), new Date(noon - 86_400_000).toLocaleString());
    });

    it('is told by the hovers of the engine and of its containers', () => {
        const topology = silentSince(takenAt, ['unix:///var/run/docker.sock']);
        for (const node of topology.nodes.values()) {
            if (node.kind === 'process') continue;
            const text = hoverText(hoverOf(topology, node, { now: takenAt, isRecording: false }));
            assert.match(text, /as of 2026-01-01 00:00:00 UTC/, node.kind);
        }
    });
});
