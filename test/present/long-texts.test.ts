import assert from 'node:assert/strict';
import type { Container, ContainerInspection } from '../../src/model/container';
import type { Process } from '../../src/model/process';
import type { Snapshot } from '../../src/model/snapshot';
import { literal, withoutLinks } from '../../src/editor/markdown';
import { maskSecrets } from '../../src/editor/mask-secrets';
import { topologyDot, topologyMermaid } from '../../src/present/diagrams';
import { findingsText } from '../../src/present/findings';
import { hoverOf } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { visible, visibleArgv, visibleJson } from '../../src/present/plain-text';
import { sceneOf } from '../../src/present/scene';
import { filtered } from '../../src/present/search';
import { isSecretName, maskArguments, maskText, withoutSecrets } from '../../src/present/secrets';
import { hoverText, topologyText } from '../../src/present/text';
import { gapOf as gapOfContainerd } from '../../src/sources/containerd/failure';
import { contextNamedBy, parseAddress } from '../../src/sources/docker/address';
import { StatusError } from '../../src/sources/docker/connection';
import { splitEvents } from '../../src/sources/docker/event-lines';
import { gapOf } from '../../src/sources/docker/failure';
import { SshError } from '../../src/sources/docker/ssh';
import { normaliseList, normaliseInspection } from '../../src/sources/docker/wire';
import { parseCgroup } from '../../src/sources/procfs/cgroup';
import { parseCmdline } from '../../src/sources/procfs/cmdline';
import { parseHidepid } from '../../src/sources/procfs/mountinfo';
import { parseListeningUnixSockets } from '../../src/sources/procfs/net-unix';
import { parseStat } from '../../src/sources/procfs/stat';
import { parseSleeps, parseStatus } from '../../src/sources/procfs/status';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { readable } from '../../webview/readable';
import { longRuns } from '../fuzz/random';
import { machine } from '../machines/machine-files';

const characters = 200_000;
/** So many on a host, where such a text stands in hundreds of places. */
const charactersOnAHost = 20_000;
/** In milliseconds, the quicker of two. What reads each character a few times needs a hundredth; its square, many seconds. */
const longest = 1_500;

const inBytes = (parse: (bytes: Buffer, length: number) => unknown) => (text: string) => {
    const bytes = Buffer.from(text);
    return parse(bytes, bytes.length);
};
const endpoint = {
    endpoint: 'tcp://h:1',
    foundBy: '',
    identity: '',
    address: { kind: 'ssh', host: 'h' },
} as const;
const failedWith = (error: Error) => gapOf({ kind: 'failed', error }, endpoint, 'it', 1);

/** Whatever meets a stranger's text by itself. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
    maskText,
    'maskText, in a line': (text) => maskText(`mysql ${text} x`),
    maskArguments: (text) => maskArguments(['mysql', text, '--token', text, `-p${text}`]),
    isSecretName,
    maskSecrets: (text) => maskSecrets({ Cmd: [text], [text]: text, Labels: { [text]: text } }),
    visible,
    'visible, whole': (text) => visible(text, text.length),
    visibleArgv: (text) => visibleArgv([text, text]),
    visibleJson,
    literal,
    withoutLinks,
    readable: (text) => readable(text, 100),
    parseAddress: (text) =>
        ['', '/', 'tcp://', 'tcp://h/', 'ssh://', 'ssh://h/'].map((one) => parseAddress(one + text)),
    contextNamedBy: (text) => contextNamedBy(`context://${text}`),
    'a status': async (text) => failedWith(new StatusError(400, text)),
    'what ssh says': async (text) => failedWith(new SshError(1, text)),
    'what containerd says': (text) => gapOfContainerd('/c.sock', { details: text }, 1),
    splitEvents: (text) => {
        const split = splitEvents(() => undefined);
        const line = text.replaceAll('\n', '');
        for (let at = 0; at < line.length; at += 1_000) split(Buffer.from(line.slice(at, at + 1_000)));
        split(Buffer.from(`\n${JSON.stringify({ Type: 'container', Action: text, id: text })}\n`));
    },
    normaliseList: (text) => normaliseList([{ ...listed, Names: [text], Image: text, Command: text }]),
    normaliseInspection: (text) => normaliseInspection({ Id: text, State: { Pid: 1, StartedAt: text } }, text),
    parseCgroup: inBytes(parseCgroup),
    parseCmdline: inBytes(parseCmdline),
    parseStat: inBytes(parseStat),
    parseStatus: inBytes(parseStatus),
    parseSleeps: inBytes(parseSleeps),
    parseHidepid: (text) => inBytes((bytes, length) => parseHidepid(bytes, length, '/proc'))(`1 2 3 4 /proc ${text}`),
    parseListeningUnixSockets: inBytes(parseListeningUnixSockets),
    readRecording: (text) => [readRecording(text), readRecording(JSON.stringify({ schema: text }))],
};

const listed = { Id: 'a'.repeat(64), Names: ['/web'], Image: 'x', State: 'running', Created: 1 };

/** A host on which whoever may choose a text has chosen this one. */
function hostOf({ snapshot }: { readonly snapshot: Snapshot }, text: string): Snapshot {
    const process = (one: Process): Process => ({
        ...one,
        comm: text,
        argv: [one.argv?.[0] ?? text, ...(one.argv ?? []).slice(1), text, `--${text}`, `-workdir=${text}`],
        ...(one.exe !== undefined && { exe: `${one.exe}/${text}` }),
        ...(one.cgroups && { cgroups: one.cgroups.map((line) => ({ ...line, path: `${line.path}${text}` })) }),
        ...(one.listens && { listens: [...one.listens, text] }),
    });
    const inspected = (one: ContainerInspection): ContainerInspection => ({
        ...one,
        healthcheck: ['CMD-SHELL', text],
        health: { failingStreak: 9, output: text },
    });
    const container = (one: Container): Container => ({
        ...one,
        names: [`${one.names[0] ?? ''}${text}`, text],
        image: text,
        command: text,
        status: text,
        labels: { [text]: text },
        ...(one.inspected && { inspected: inspected(one.inspected) }),
    });
    return {
        ...snapshot,
        processes: snapshot.processes.map(process),
        engines: snapshot.engines.map((engine) => ({ ...engine, containers: engine.containers.map(container) })),
        gaps: [{ source: text, reason: 'forbidden', detail: text, help: text }],
    };
}

/** All that is done with a host. */
function showEverything(snapshot: Snapshot): void {
    const whole = buildTopology(snapshot, buildTopology(snapshot));
    for (const topology of [withoutSecrets(whole), inKernelOrder(whole)]) {
        JSON.stringify(topologyToJson(topology));
        topologyText(topology);
        topologyMermaid(topology);
        topologyDot(topology);
        findingsText(topology);
        sceneOf(topology, '', []);
        filtered(topology, 'web');
        for (const node of topology.nodes.values()) hoverText(hoverOf(topology, node, { now: 0, isRecording: false }));
    }
    writeRecording(snapshot, { redact: true });
}

function assertQuick(name: string, length: number, work: (text: string) => unknown): void {
    for (const run of longRuns(length)) {
        const once = (): number => {
            const start = performance.now();
            work(run);
            return performance.now() - start;
        };
        const first = once();
        const took = first < longest ? first : Math.min(first, once());
        assert.ok(took < longest, `${name} takes ${took.toFixed(0)} ms for ${JSON.stringify(run.slice(0, 40))} …`);
    }
}

describe('long texts of strangers', function () {
    this.timeout(120_000);

    for (const [name, read] of Object.entries(readers)) {
        it(`take no longer than their length says: ${name}`, () => {
            assertQuick(name, characters, read);
        });
    }

    for (const host of ['proxies', 'shim-v1', 'kubernetes', 'podman-beside']) {
        it(`take no longer than their length says, wherever on a host they stand: ${host}`, () => {
            assertQuick(host, charactersOnAHost, (text) => {
                showEverything(hostOf(machine(host), text));
            });
        });
    }

    it('are understood and shown though they have millions of characters', () => {
        for (const one of ['a', '\\"', '-a', '/a', ' '] as const) {
            const text = one.repeat(8_000_000);
            const { snapshot } = machine('shim-v1');
            const processes = snapshot.processes.map((one): Process => {
                const argv = [`containerd-shim${text}`, `A="${text}`, '-workdir', text];
                return one.argv?.[0]?.endsWith('containerd-shim') ? { ...one, argv, exe: text } : one;
            });
            const engines = snapshot.engines.map((engine) => ({
                ...engine,
                containers: engine.containers.map((container) => ({ ...container, command: `A="${text}"` })),
            }));
            sceneOf(withoutSecrets(buildTopology({ ...snapshot, processes, engines })), '', []);
        }
    });
});
