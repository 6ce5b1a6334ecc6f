import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Snapshot } from '../../src/model/snapshot';
import { comparisonText, comparisonToJson } from '../../src/present/comparison';
import { describe as describeNode } from '../../src/present/describe';
import { topologyDot, topologyMermaid } from '../../src/present/diagrams';
import { describeFinding, findingsText } from '../../src/present/findings';
import { hoverOf, lineageLine } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { visible, visibleArgv, visibleJson } from '../../src/present/plain-text';
import { sceneOf } from '../../src/present/scene';
import { hoverText, topologyText } from '../../src/present/text';
import type { Topology } from '../../src/topology/topology';
import { parseMessageToPage, textOfMessage } from '../../src/protocol';
import { buildTopology } from '../../src/topology/build';
import { comparisonOf } from '../../src/topology/comparison';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { machine } from '../machines/machine-files';

const attacks = [
    '\u001b[2J\u001b]0;title\u0007\u001b]8;;http://evil\u001b\\',
    'a\nb\r\n\tc\u2028d\u2029',
    '\u202egnp.exe\u2066\u200b\u200f\ufeff',
    '$(trash) $(sync~spin)',
    '](command:workbench.action.quit) [x](https://evil) ![i](https://evil/i.png)',
    '```\n# heading\n`code`',
    '<img src=x onerror=alert(1)> <script>alert(1)</script> &lt;',
    '"]; evil [label="x" \\',
    'x" --> y\nend\nclick n0 href "javascript:alert(1)"',
    '%%{init: {"securityLevel": "loose"}}%%',
    '\ud800 lone \udfff',
    'x'.repeat(100_000),
    '',
    '__proto__',
];
const attack = fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: 'binary', maxLength: 40 }));
const seeded = { seed: 20_260_101, numRuns: 60 };

// eslint-disable-next-line no-control-regex -- these are what must not be there
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

describe("strangers' texts", function () {
    this.timeout(20_000);

    it('show every character that could not be seen, and keep to their line', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const shown of [visible(text), visibleArgv([text, text]), visibleArgv([])]) {
                    assert.doesNotMatch(shown, unseen);
                    assert.doesNotMatch(shown, /\n/);
                    assert.ok(shown.length < 20_000);
                }
            }),
            { seed: 20_260_101, numRuns: 1_000 },
        );
        assert.equal(visible('a\u001b[31mb\n\u202ec'), String.raw`a\x1b[31mb\n<U+202E>c`);
        assert.equal(visibleArgv(['sh', '-c', "echo 'a b'", '']), String.raw`sh -c 'echo '\''a b'\''' ''`);
    });

    it('leave every face one line a node, without controls', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const topology of topologiesWith(text)) {
                    const between = comparisonOf(harmless, topology);
                    const shown = [topologyText(topology), comparisonText(between)];
                    assert.doesNotMatch(visibleJson(comparisonToJson(between)), unseen);
                    const lines = shown[0]?.trimEnd().split('\n').length;
                    assert.equal(lines, topology.nodes.size + 1);
                    for (const node of topology.nodes.values()) {
                        const { label, description, accessibleLabel } = describeNode(topology, node);
                        shown.push(label, description, accessibleLabel);
                        shown.push(
                            lineageLine(topology, node),
                            hoverText(hoverOf(topology, node, { now: 0, isRecording: false })),
                        );
                        for (const one of [label, description, accessibleLabel]) assert.doesNotMatch(one, /\n/);
                    }
                    for (const one of shown) assert.doesNotMatch(one, unseen);
                }
            }),
            seeded,
        );
    });

    it('stay on their line in findings, and are no part of a command', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const topology of topologiesWith(text).map(unwell)) {
                    assert.ok(topology.findings.length > 2);
                    for (const finding of topology.findings) {
                        const { message, evidence, command } = describeFinding(topology, finding);
                        for (const line of [message, ...evidence]) {
                            assert.doesNotMatch(line, unseen);
                            assert.doesNotMatch(line, /\n/);
                        }
                        assert.match(command ?? '', /^[\w ,:./=-]*('[\w {}.=:/[\]-]+'[\w -]*)*$/);
                    }
                    const lines = findingsText(topology).split('\n');
                    for (const line of lines) assert.doesNotMatch(line, unseen);
                }
            }),
            seeded,
        );
    });

    it('are no markup of a Mermaid diagram, and stay in their quotes', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const topology of topologiesWith(text)) {
                    const [first, ...lines] = topologyMermaid(topology).trimEnd().split('\n');
                    assert.equal(first, 'flowchart LR');
                    for (const line of lines) {
                        assert.match(
                            line,
                            /^ {2}n\d+(\["[\p{L}\p{N} .,:/_·@#;-]*<br\/>[\p{L}\p{N} .,:/_·@#;-]*"\]| (-->|-\.->)\|\w+\| n\d+)$/u,
                        );
                    }
                }
            }),
            seeded,
        );
    });

    it('stay in the quotes of a Graphviz digraph', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const topology of topologiesWith(text)) {
                    const lines = topologyDot(topology).trimEnd().split('\n').slice(3, -1);
                    for (const line of lines) {
                        assert.match(line, /^ {2}n\d+( -> n\d+)? \[label="([^"\\]|\\["\\n])*"(, style=dashed)?\];$/);
                    }
                }
            }),
            seeded,
        );
    });

    it('make scenes that the page accepts, and JSON that reads back', () => {
        fc.assert(
            fc.property(attack, (text) => {
                for (const topology of topologiesWith(text)) {
                    const scene = sceneOf(topology, 'title', []);
                    const message = { type: 'scene', number: 1, scene } as const;
                    assert.deepEqual(parseMessageToPage(textOfMessage(message)), message);
                    for (const node of scene.nodes) {
                        for (const line of [node.label, node.description, ...(node.link?.evidence ?? [])]) {
                            assert.doesNotMatch(line, unseen);
                        }
                    }
                    assert.doesNotThrow(() => JSON.parse(JSON.stringify(topologyToJson(topology))) as unknown);
                }
            }),
            seeded,
        );
    });
});

const harmless = buildTopology(machine('systemd-v2').snapshot);

/** One host in both orders, on which everything that a stranger may choose is this text. */
function topologiesWith(text: string) {
    const { snapshot } = machine('systemd-v2');
    const hostile: Snapshot = {
        ...snapshot,
        processes: snapshot.processes.map((process) => {
            // Daemons and shims keep the words by which they are known, and add to them.
            const isMember = process.pid > 700 && process.pid < 800;
            const argv = isMember ? [text, text] : [...(process.argv ?? []), text];
            return { ...process, comm: text.slice(0, 15), argv };
        }),
        engines: snapshot.engines.map((engine) => ({
            ...engine,
            version: text,
            foundBy: text,
            dataRoot: text,
            containers: engine.containers.map((container) => ({
                ...container,
                names: [text],
                image: text,
                status: text,
                networks: [...container.networks, { name: text, ipAddress: text }],
                ports: [{ containerPort: 80, protocol: text, hostIp: text }],
            })),
        })),
    };
    const topology = buildTopology(hostile);
    return [topology, inKernelOrder(topology)];
}

/** The same host with something wrong in it, of which the stranger writes, too. */
function unwell({ snapshot }: Topology): Topology {
    const processes = snapshot.processes.map((process) => {
        if (process.pid === 720) return { ...process, state: 'D' };
        return process.pid === 741 ? { ...process, state: 'Z' } : process;
    });
    const engines = snapshot.engines.map((engine) => ({
        ...engine,
        containers: engine.containers.map((container) => ({
            ...container,
            status: `${container.status} (unhealthy)`,
            inspectProblem: { source: 'docker', reason: 'timeout', detail: container.image, help: '' } as const,
        })),
    }));
    return buildTopology({ ...snapshot, processes, engines });
}
