import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { chooseNode } from '../../src/editor/choose-node';
import { registerCommands } from '../../src/editor/commands';
import { commandLineUri, createContainerDocuments, documentUri } from '../../src/editor/container-documents';
import { hasSpec, isListed } from '../../src/editor/document-paths';
import { endpointCommands } from '../../src/editor/endpoint-commands';
import { findingCommands } from '../../src/editor/finding-commands';
import { findingMarkdown } from '../../src/editor/finding-markdown';
import { findingItemOf } from '../../src/editor/findings-view';
import { guidanceCommands } from '../../src/editor/guidance-commands';
import { createHierarchy, type Hierarchy } from '../../src/editor/hierarchy';
import { hoverMarkdown } from '../../src/editor/hover-markdown';
import { logGaps } from '../../src/editor/log-gaps';
import { nodeCommands } from '../../src/editor/node-commands';
import { recordingCommands } from '../../src/editor/recording-commands';
import { treeItemOf } from '../../src/editor/tree-item';
import { hoverOf } from '../../src/present/hover';
import { visibleArgv } from '../../src/present/plain-text';
import { maskArguments } from '../../src/present/secrets';
import { buildTopology } from '../../src/topology/build';
import type { ContainerNode, Topology, TopologyNode } from '../../src/topology/topology';
import { hostileHost } from '../hostile-host';
import { cannotBeSeen, hostileTexts } from '../hostile-texts';
import { fakeWatcher } from './fake-watcher';

describe('what the workbench is given of strangers’ texts', function () {
    this.timeout(120_000);
    let hierarchy: Hierarchy;

    beforeEach(() => {
        hierarchy = createHierarchy(fakeWatcher, () => false);
    });
    afterEach(() => hierarchy.dispose());

    async function withEachText(check: (topology: Topology, text: string) => unknown): Promise<void> {
        for (const text of hostileTexts) {
            const topology = buildTopology(hostileHost(() => text));
            hierarchy.showRecording({ name: text, topology });
            try {
                await check(topology, text);
            } catch (error) {
                throw new Error(`with ${JSON.stringify(text.slice(0, 200))}: ${String(error)}`, { cause: error });
            }
        }
    }

    it('is plain in rows, and Markdown without markup of theirs in hovers', async () => {
        await withEachText((topology) => {
            for (const node of topology.nodes.values()) {
                const item = treeItemOf(topology, node);
                isPlainRow(item);
                hasNoMarkup(hoverMarkdown(hoverOf(topology, node, { now: 0, isRecording: true })));
            }
            for (const finding of topology.findings) {
                isPlainRow(findingItemOf(hierarchy, finding.id));
                hasNoMarkup(findingMarkdown(topology, finding));
            }
        });
    });

    it('has no icons in quick picks', async () => {
        const listChoices = async () => [{ setting: 'a', endpoint: chosen, foundBy: chosen }];
        let chosen = '';
        const picks = await capturing('showQuickPick', async () => {
            await withEachText(async (_topology, text) => {
                chosen = text;
                await chooseNode(hierarchy, undefined, isAnything, 'Which?');
                await findingCommands(hierarchy)['dockerRuntime.silenceFinding']?.();
                await endpointCommands(hierarchy, listChoices, async () => undefined)[
                    'dockerRuntime.chooseEndpoint'
                ]?.();
            });
        });
        assert.equal(picks.length, 3 * hostileTexts.length);
        const ours = /^\$\((discard|edit)\) /;
        for (const [items] of picks as readonly [readonly vscode.QuickPickItem[]][]) {
            for (const { label, description = '', detail = '' } of items) {
                for (const text of [label.replace(ours, ''), description, detail]) {
                    assert.doesNotMatch(text, /(?<!\\)\$\([a-z]/i);
                    assert.doesNotMatch(text, cannotBeSeen);
                }
            }
        }
    });

    it('has no links in notifications, nor in the errors that become some', async () => {
        const lines: unknown[] = [];
        const log = { error: (line: unknown) => lines.push(line) } as unknown as vscode.LogOutputChannel;
        let message = '';
        const failing = registerCommands(
            {
                'dockerRuntimeTest.fails': () => {
                    throw new Error(message);
                },
            },
            log,
        );
        const told = await capturing('showInformationMessage', async () => {
            const refused = await capturing('showErrorMessage', async () => {
                await withEachText(async (_topology, text) => {
                    message = text;
                    await assert.rejects(
                        async () => vscode.commands.executeCommand('dockerRuntimeTest.fails'),
                        (error: Error) => isPlainNotification(error.message),
                    );
                    const files = { open: async () => failed, save: async () => failed };
                    const failed = { ok: false, message: text, why: text } as const;
                    const uri = vscode.Uri.from({ scheme: 'file', path: `/a${text}` });
                    const recordings = recordingCommands(hierarchy, files, vscode.Uri.file('/'));
                    await recordings['dockerRuntime.openSnapshot']?.(uri);
                    await recordings['dockerRuntime.recordSnapshot']?.(uri);
                    const view = { reveal: async () => undefined, dispose: () => undefined };
                    await nodeCommands(hierarchy, view)['dockerRuntime.reveal']?.(`no such ${text}`);
                    await guidanceCommands(hierarchy)['dockerRuntime.explainProblem']?.();
                });
            });
            assert.equal(refused.length, 2 * hostileTexts.length);
            for (const [sentence] of refused) isPlainNotification(String(sentence));
        });
        failing.dispose();
        assert.equal(told.length, 2 * hostileTexts.length);
        for (const [sentence, options] of told as readonly [string, vscode.MessageOptions?][]) {
            isPlainNotification(sentence);
            for (const paragraph of (options?.detail ?? '').split('\n\n')) isPlainNotification(paragraph);
        }
        for (const line of lines) {
            assert.match(String(line), /^dockerRuntimeTest\.fails: .*(\n {4}at .*)*$/);
            assert.doesNotMatch(String(line).replaceAll('\n', ''), cannotBeSeen);
        }
    });

    it('is JSON that can be looked at, in documents', async () => {
        const documents = createContainerDocuments(hierarchy, () => true);
        const { token } = new vscode.CancellationTokenSource();
        const read = async (uri: vscode.Uri) => String(await documents.provideTextDocumentContent(uri, token));
        await withEachText(async (topology) => {
            for (const node of containersOf(topology)) {
                if (isListed(node)) {
                    const text = await read(documentUri('inspect', node));
                    const { about, ...rest } = JSON.parse(text) as { readonly about: string };
                    assert.match(about, /^What the recording holds/);
                    assert.deepEqual(rest, JSON.parse(JSON.stringify(node.container)));
                    assert.doesNotMatch(text.replaceAll('\n', ''), cannotBeSeen);
                }
                if (hasSpec(node)) assert.match(await read(documentUri('spec', node)), /^\/\/ .*\n$/);
            }
            for (const process of topology.snapshot.processes) {
                const lines = (await read(commandLineUri(process))).split('\n');
                assert.match(lines[0] ?? '', /^# From a recording, /);
                const words = maskArguments(process.argv ?? assert.fail());
                assert.deepEqual(
                    lines.slice(1, words.length + 1),
                    words.map((one) => visibleArgv([one], Infinity)),
                );
            }
        });
    });

    it('keeps to its line in the log', async () => {
        const lines: string[] = [];
        const write = (line: string) => lines.push(line);
        const changed = new vscode.EventEmitter<void>();
        // As the live host: of a recording, nothing is logged.
        const live = { whole: undefined as Topology | undefined, recording: undefined, onDidChange: changed.event };
        const logging = logGaps(live, { warn: write, info: write });
        await withEachText((whole) => {
            live.whole = whole;
            changed.fire();
        });
        logging.dispose();
        assert.ok(lines.length > hostileTexts.length);
        for (const line of lines) assert.doesNotMatch(line, cannotBeSeen);
    });
});

const isAnything = (_node: TopologyNode): _node is TopologyNode => true;

function containersOf({ nodes }: Topology): readonly ContainerNode[] {
    return [...nodes.values()].filter((node) => node.kind === 'container');
}

function isPlainRow({ label, description, tooltip, accessibilityInformation }: vscode.TreeItem): void {
    assert.equal(tooltip, undefined, 'its hover is made when it is wanted');
    for (const text of [label, description, accessibilityInformation?.label]) {
        assert.equal(typeof text, 'string');
        assert.doesNotMatch(String(text), cannotBeSeen);
    }
}

/** Only the lists, the emphasis and the lines that are ours: everything else that could mean something is a reference. */
function hasNoMarkup({ value, isTrusted, supportHtml, supportThemeIcons }: vscode.MarkdownString): void {
    assert.deepEqual([isTrusted, supportHtml, supportThemeIcons ?? false], [false, false, false]);
    const words = String.raw`(?:[\p{L}\p{N}\p{M}\p{Co}\p{Cn} ,·→…–—]|&#\d+;)*`;
    const line = new RegExp(String.raw`^(?:---|(?:- )?(?:\*\*${words}\*\*)?${words}(?:\*${words}\*)?)$`, 'u');
    for (const one of value.split('\n')) assert.match(one.replace(/^\*\*Next:\*\*|^To look closer, type:/, ''), line);
}

function isPlainNotification(sentence: string): true {
    assert.doesNotMatch(sentence, cannotBeSeen);
    assert.doesNotMatch(sentence, /\]\(/);
    assert.ok(sentence.length < 10_000);
    return true;
}

/** What the workbench would have been asked to show, while nobody is there to answer. */
async function capturing(
    name: 'showQuickPick' | 'showInformationMessage' | 'showErrorMessage',
    run: () => Promise<void>,
): Promise<readonly (readonly unknown[])[]> {
    const calls: (readonly unknown[])[] = [];
    const { window } = vscode as unknown as { readonly window: Record<string, unknown> };
    const original = window[name];
    window[name] = async (...parts: readonly unknown[]) => void calls.push(parts);
    try {
        await run();
    } finally {
        window[name] = original;
    }
    return calls;
}
