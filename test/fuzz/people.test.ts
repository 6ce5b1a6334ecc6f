import assert from 'node:assert/strict';
import { deadlineOf, Impossible, numberOfLooks, parseCommandLine } from '../../src/command-line';
import { commandLinePath, documentAt, documentPath } from '../../src/editor/document-paths';
import { documentText } from '../../src/editor/document-text';
import { maskSecrets } from '../../src/editor/mask-secrets';
import { literal, withoutLinks } from '../../src/editor/markdown';
import type { Settings } from '../../src/editor/settings';
import { visible, visibleArgv } from '../../src/present/plain-text';
import { hoverOf } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { sceneOf } from '../../src/present/scene';
import { maskArguments, maskText } from '../../src/present/secrets';
import { hoverText } from '../../src/present/text';
import { parseMessageToExtension, parseMessageToPage, textOfMessage } from '../../src/protocol';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { loadSettings } from '../editor/load-settings';
import { machine } from '../machines/machine-files';
import { cannotBeSeen } from '../hostile-texts';
import { fuzz } from './fuzz';
import { changed } from '../../webview/state';
import { changedText, changedValue, piece, type Random } from './random';

const { snapshot } = machine('proxies');
const few = {
    ...snapshot,
    processes: snapshot.processes.slice(0, 3),
    engines: snapshot.engines.map((engine) => ({ ...engine, containers: engine.containers.slice(0, 1) })),
};
const scene = sceneOf(buildTopology(few), 'dockerd', ['a notice']);

describe('messages between the page and the extension', () => {
    const toPage = [
        { type: 'scene', number: 1, scene },
        { type: 'change', number: 2, change: { ...scene, nodes: [[0, 2], ...scene.nodes.slice(2)] } },
        { type: 'select', id: scene.nodes[0]?.id ?? '' },
        { type: 'select', id: null },
    ] as const;
    fuzz(
        'to the page',
        (random) => changedValue(random, random.pick(toPage)),
        (value) => {
            const message = parseMessageToPage(JSON.stringify(value));
            if (!message) return;
            assert.deepEqual(parseMessageToPage(textOfMessage(message)), message, 'what passed once passes again');
            if (message.type === 'select') return assert.ok(message.id === null || message.id.length <= 4096);
            const nodes = message.type === 'scene' ? message.scene.nodes : changed(scene, message.change).nodes;
            assert.ok(nodes.length <= 100_000);
            assert.ok(nodes.every(({ id, label }) => id.length <= 4096 && typeof label === 'string'));
        },
    );
    const toExtension = [
        { type: 'ready' },
        { type: 'select', id: 'process:7@1' },
        { type: 'refresh' },
        { type: 'order', order: 'kernel' },
    ] as const;
    fuzz(
        'to the extension',
        (random) => changedValue(random, random.pick(toExtension)),
        (value) => {
            const message = parseMessageToExtension(value);
            if (!message) return;
            assert.ok(['ready', 'select', 'refresh', 'order'].includes(message.type));
            assert.ok(Object.keys(message).length <= 2, 'nothing else comes along');
            if (message.type === 'order') assert.ok(message.order === 'kernel' || message.order === 'ownership');
        },
    );
});

describe('what a person gives', () => {
    const lines = [
        ['tree', '--order', 'kernel', '--format', 'json'],
        ['explain', 'web', '--docker', 'unix:///x.sock', '--deadline', '500'],
        ['record', '-o', 'x.json', '--redact', '--repeat', '3', '--show-secrets'],
    ] as const;
    fuzz(
        'arguments of the terminal program',
        (random) => argumentsLike(random, random.pick(lines)),
        (args) => {
            try {
                const { options, words } = parseCommandLine(args);
                assert.ok(words.every((word) => typeof word === 'string'));
                assert.ok(numberOfLooks(options) >= 1 && deadlineOf(options) >= 100);
            } catch (error) {
                assert.ok(error instanceof Impossible, String(error));
                assert.notEqual(error.message, '');
            }
        },
    );

    const settings: { values: Readonly<Record<string, unknown>> } = { values: {} };
    let readSettings: () => Settings;
    before(async () => {
        ({ readSettings } = await loadSettings((name) => settings.values[name]));
    });
    const told = {
        endpoints: ['unix:///x.sock'],
        procRoot: '/proc',
        requestDeadline: 5_000,
        showSecrets: false,
        silencedFindings: ['privileged', 'zombies'],
    };
    fuzz(
        'settings, also those of a hostile workspace',
        (random) => ({ mine: changedValue(random, told), theirs: changedValue(random, told) }),
        ({ mine, theirs }) => {
            const [own, foreign] = [mine, theirs].map((one) =>
                typeof one === 'object' && one !== null ? one : {},
            ) as Record<string, unknown>[];
            settings.values = Object.fromEntries(
                Object.keys(told).map((name) => [
                    name,
                    {
                        globalValue: own?.[name],
                        workspaceValue: foreign?.[name],
                        workspaceFolderValue: foreign?.[name],
                    },
                ]),
            );
            const { endpoints, procRoot, requestDeadline, showSecrets, silencedFindings } = readSettings();
            const written = [own?.['endpoints'] ?? []]
                .flat()
                .map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
            assert.deepEqual(endpoints, written);
            assert.ok(procRoot === '/proc' || procRoot === String(own?.['procRoot']).trim());
            assert.ok(requestDeadline >= 500 && requestDeadline <= 60_000);
            assert.equal(showSecrets, own?.['showSecrets'] === true);
            const silenced: unknown = own?.['silencedFindings'];
            const codes = Array.isArray(silenced) ? (silenced as readonly unknown[]) : [];
            assert.deepEqual(
                silencedFindings,
                codes.filter((code) => typeof code === 'string' && code.trim() !== ''),
            );
        },
    );

    const recording = writeRecording(few, { redact: false });
    fuzz(
        'recordings',
        (random) =>
            random.once(3) ? changedText(random, recording) : (JSON.stringify(changedValue(random, few)) ?? ''),
        (text, random) => {
            const read = readRecording(text);
            if (!read.ok) return assert.ok(!read.message.includes('\n'));
            if (!random.once(8)) return; // understanding and showing it takes longer than all the rest
            const topology = buildTopology(read.snapshot);
            JSON.stringify([topologyToJson(topology), sceneOf(topology, '', [])]);
            for (const node of topology.nodes.values())
                hoverText(hoverOf(topology, node, { now: 0, isRecording: true }));
            const written = writeRecording(read.snapshot, { redact: false });
            const again = readRecording(written);
            assert.ok(again.ok);
            assert.equal(writeRecording(again.snapshot, { redact: false }), written);
        },
    );
});

describe('what is shown', () => {
    const texts = ['web', '/usr/bin/app --password hunter2 https://u:p@h/', 'sh -c "TOKEN=x; y"'] as const;
    fuzz(
        'texts on a line, and in Markdown',
        (random) => changedText(random, random.pick(texts)),
        (text) => {
            assert.doesNotMatch(visible(text), cannotBeSeen);
            assert.doesNotMatch(visibleArgv([text, text]), cannotBeSeen);
            assert.doesNotMatch(literal(text), /[<>[\]()`$\\|*_~]|https?:\/\//);
            assert.doesNotMatch(withoutLinks(text), /\]\(/);
        },
    );
    fuzz(
        'arguments without their secrets',
        (random) => argumentsLike(random, ['app', '--password', 'hunter2', 'A=b', '-p', 'x:y']),
        (argv) => {
            const masked = maskArguments(argv);
            assert.equal(masked.length, argv.length, 'an argument stays an argument');
            assert.ok(masked.join('').length <= argv.join('').length * 5 + 4);
            assert.equal(typeof maskText(argv.join(' ')), 'string');
        },
    );
    const document = { Id: 'x', Args: ['--token', 'x'], Config: { Env: ['A=b'], Labels: { 'a.token': 'b' } } };
    fuzz(
        'inspected containers',
        (random) => changedValue(random, document),
        (value) => {
            const masked = maskSecrets(value);
            assert.equal(Array.isArray(masked), Array.isArray(value));
            assert.equal(typeof masked, typeof value);
            const told = JSON.parse(JSON.stringify(value ?? null)) as unknown;
            assert.deepEqual(JSON.parse(documentText(told, false)), maskSecrets(told));
        },
    );
    const topology = buildTopology(snapshot);
    const containers = [...topology.nodes.values()].filter((node) => node.kind === 'container');
    const paths = [
        ...containers.flatMap((node) => [documentPath('inspect', node), documentPath('spec', node)]),
        ...snapshot.processes.slice(0, 20).map(commandLinePath),
    ];
    fuzz(
        'paths of documents',
        (random) => changedText(random, random.pick(paths)),
        (path) => {
            const found = documentAt(topology, path);
            if (!found) return;
            const own =
                found.kind === 'cmdline' ? commandLinePath(found.process) : documentPath(found.kind, found.node);
            const decides = own.slice(0, own.lastIndexOf('/') + 1);
            assert.ok(path.startsWith(decides) && /^[\w.-]*\.(json|txt)$/.test(path.slice(decides.length)), decides);
            assert.equal(path.slice(-4), own.slice(-4));
        },
    );
});

function argumentsLike(random: Random, sample: readonly string[]): readonly string[] {
    const changed = sample.map((word) => (random.once(4) ? changedText(random, word) : word));
    if (random.once(3)) changed.splice(random.below(changed.length + 1), random.below(3), piece(random));
    return changed;
}
