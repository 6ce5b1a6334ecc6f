import assert from 'node:assert/strict';
import fc from 'fast-check';
import { messageOf, noticesOf, titleOf } from '../../src/editor/notices';
import { comparisonText, comparisonToJson } from '../../src/present/comparison';
import { describe as describeNode } from '../../src/present/describe';
import { topologyDot, topologyMermaid } from '../../src/present/diagrams';
import { describeFinding, findingsDocument, findingsText } from '../../src/present/findings';
import { hoverOf, lineageLine } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { visibleJson } from '../../src/present/plain-text';
import { recordingNotice } from '../../src/present/recording-words';
import { sceneOf } from '../../src/present/scene';
import { hoverText, topologyText } from '../../src/present/text';
import { parseMessageToPage, textOfMessage } from '../../src/protocol';
import { buildTopology } from '../../src/topology/build';
import { comparisonOf } from '../../src/topology/comparison';
import { inKernelOrder } from '../../src/topology/kernel-order';
import type { Topology } from '../../src/topology/topology';
import { hostileHost } from '../hostile-host';
import { cannotBeSeen, hostileTexts } from '../hostile-texts';

describe("strangers' texts", function () {
    this.timeout(120_000);
    after(() => (hosts = undefined));

    it('reach every face, or these tests would test nothing', () => {
        const faces = topologiesWith((what) => `stranger's ${what}.`).flatMap((topology) => [
            ...linesShown(topology),
            ...textsShown(topology),
        ]);
        const shown = faces.join('\n');
        const missing = new Set<string>();
        hostileHost((what) => {
            const text = `stranger's ${what}.`;
            if (!shown.includes(what === 'comm' ? text.slice(0, 15) : text)) missing.add(what);
            return what;
        });
        assert.deepEqual([...missing], notShown);
    });

    it('stay on their line on every face, and have nothing in them that can’t be seen', () => {
        forEachHost((topology) => {
            for (const line of linesShown(topology)) {
                assert.doesNotMatch(line, cannotBeSeen);
                assert.doesNotMatch(line, /\[native code\]|\[object /, 'what every object has was taken for words');
            }
            for (const text of textsShown(topology)) assert.doesNotMatch(text.replaceAll('\n', ''), cannotBeSeen);
            assert.equal(topologyText(topology).trimEnd().split('\n').length, topology.nodes.size + 1);
        });
    });

    it('are no part of a command', () => {
        forEachHost((topology) => {
            assert.ok(topology.findings.length > 5);
            for (const finding of topology.findings) {
                const { command = '' } = describeFinding(topology, finding);
                assert.match(command, /^[\w ,:./=-]*('[\w {}.=:/[\]-]+'[\w -]*)*$/);
            }
        });
    });

    it('are no markup of a Mermaid diagram, and stay in their quotes', () => {
        forEachHost((topology) => {
            const [first, ...lines] = topologyMermaid(topology).trimEnd().split('\n');
            assert.equal(first, 'flowchart LR');
            for (const line of lines) {
                assert.match(
                    line,
                    /^ {2}n\d+(\["[\p{L}\p{N} .,:/_·@#;-]*<br\/>[\p{L}\p{N} .,:/_·@#;-]*"\]| (-->|-\.->)\|\w+\| n\d+)$/u,
                );
            }
        });
    });

    it('stay in the quotes of a Graphviz digraph', () => {
        forEachHost((topology) => {
            const lines = topologyDot(topology).trimEnd().split('\n').slice(3, -1);
            for (const line of lines) {
                assert.match(line, /^ {2}n\d+( -> n\d+)? \[label="([^"\\]|\\["\\n])*"(, style=dashed)?\];$/);
            }
        });
    });

    it('make scenes that the page accepts, and JSON that reads back', () => {
        forEachHost((topology) => {
            const hierarchy = { whole: topology, recording: undefined };
            const scene = sceneOf(topology, titleOf(hierarchy), noticesOf(hierarchy, 0));
            const message = { type: 'scene', number: 1, scene } as const;
            assert.deepEqual(parseMessageToPage(textOfMessage(message)), message);
            const json = topologyToJson(topology);
            assert.deepEqual(JSON.parse(visibleJson(json)), JSON.parse(JSON.stringify(json)));
        });
    });
});

/** What no face ever shows. */
const notShown = [
    'engine name',
    'namespace of the engine',
    'command',
    'label key',
    'label',
    'pod container',
    'network mode',
    'inspect problem, source',
    'inspect problem, help',
    'started at',
    'finished at',
    'health check',
    'pod namespace of containerd',
];

function forEachHost(check: (topology: Topology) => void): void {
    for (const [text, topologies] of (hosts ??= hostsWithTexts())) {
        try {
            topologies.forEach(check);
        } catch (error) {
            throw new Error(`with ${JSON.stringify(text.slice(0, 200))}: ${String(error)}`, { cause: error });
        }
    }
}

let hosts: readonly (readonly [text: string, topologies: readonly Topology[]])[] | undefined;

function hostsWithTexts() {
    const arbitrary = fc.sample(fc.string({ unit: 'binary', maxLength: 40 }), { seed: 20_260_101, numRuns: 40 });
    return [...hostileTexts, ...arbitrary].map((text) => [text, topologiesWith(() => text)] as const);
}

/** The same host in both orders. */
function topologiesWith(textFor: (what: string) => string): readonly Topology[] {
    const topology = buildTopology(hostileHost(textFor));
    return [topology, inKernelOrder(topology)];
}

/** Each of these stands on a line of its own. */
function linesShown(topology: Topology): readonly string[] {
    const clock = { now: 0, isRecording: false };
    const recording = { name: topology.snapshot.host.hostname ?? '', topology };
    const hierarchies = [
        { whole: topology, filter: recording.name, recording: undefined },
        { whole: topology, filter: '', recording },
    ];
    const scene = sceneOf(topology, '', []);
    return [
        ...[...topology.nodes.values()].flatMap((node) => {
            const { label, description, accessibleLabel } = describeNode(topology, node);
            const { title, sections } = hoverOf(topology, node, clock);
            const rows = sections.flatMap((section) => [section.title, ...section.rows.flatMap(lineOf)]);
            return [label, description, accessibleLabel, lineageLine(topology, node), title, ...rows];
        }),
        ...topology.findings.flatMap((finding) => {
            const { message, evidence } = describeFinding(topology, finding);
            return [message, ...evidence];
        }),
        ...scene.nodes.flatMap(({ label, description, link }) => [label, description, ...(link?.evidence ?? [])]),
        ...hierarchies.flatMap((one) => [titleOf(one), messageOf(one, 0), ...noticesOf(one, 0)]),
        recordingNotice(topology.snapshot, 0),
    ];
}

function lineOf({ label, value, evidence }: { label: string; value: string; evidence: readonly string[] }) {
    return [label, value, ...evidence];
}

/** Each of these has lines of its own. */
function textsShown(topology: Topology): readonly string[] {
    const between = comparisonOf(harmless, topology);
    return [
        topologyText(topology),
        findingsText(topology),
        comparisonText(between),
        ...[...topology.nodes.values()].map((node) =>
            hoverText(hoverOf(topology, node, { now: 0, isRecording: true })),
        ),
        visibleJson(topologyToJson(topology)),
        visibleJson(findingsDocument(topology)),
        visibleJson(comparisonToJson(between)),
        topologyDot(topology),
    ];
}

const harmless = buildTopology(hostileHost((what) => what));
