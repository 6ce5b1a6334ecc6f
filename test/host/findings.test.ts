import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { findingMarkdown } from '../../src/editor/finding-markdown';
import { findingItemOf, shownFindings } from '../../src/editor/findings-view';
import { createHierarchy, type Hierarchy } from '../../src/editor/hierarchy';
import type { Snapshot } from '../../src/model/snapshot';
import { writeRecording } from '../../src/sources/recording/recording';
import { buildTopology } from '../../src/topology/build';
import { fakeWatcher } from './fake-watcher';
import { containerId, smallHost } from './small-host';

const id = `container-without-process container:${containerId}`;

/** Docker says that its container runs, and nothing of it is there. */
function brokenHost(name = 'web'): Snapshot {
    const host = smallHost({ name });
    return { ...host, processes: host.processes.filter(({ pid }) => pid < 20) };
}

describe('findings, in the extension host', () => {
    let hierarchy: Hierarchy;
    beforeEach(() => {
        hierarchy = createHierarchy(
            () => fakeWatcher(brokenHost()),
            () => true,
        );
    });
    afterEach(() => hierarchy.dispose());

    it('of the live host wait for a second look, and of a recording say that there was only one', () => {
        assert.deepEqual(shownFindings(hierarchy), []);
        hierarchy.showRecording({ name: 'broken', topology: buildTopology(brokenHost()) });
        assert.deepEqual(
            shownFindings(hierarchy).map((finding) => finding.id),
            [id],
        );
        assert.match(String(findingItemOf(hierarchy, id).label), /^web: .* \(seen in one look only/);
    });

    it('lead to their place in the hierarchy', () => {
        hierarchy.showRecording({ name: 'broken', topology: buildTopology(brokenHost()) });
        const { command } = findingItemOf(hierarchy, id);
        assert.deepEqual(command?.arguments, [`container:${containerId}`]);
        assert.equal(command.command, 'dockerRuntime.reveal');
    });

    it('keep their name and their command in kernel order, and where a filter hides what they are about', () => {
        hierarchy.showRecording({ name: 'broken', topology: buildTopology(brokenHost()) });
        for (const [order, filter] of [
            ['ownership', ''],
            ['kernel', ''],
            ['ownership', 'fits nothing'],
            ['kernel', 'fits nothing'],
        ] as const) {
            hierarchy.setOrder(order);
            hierarchy.setFilter(filter);
            const { label, contextValue } = findingItemOf(hierarchy, id);
            assert.match(String(label), /^web: /);
            assert.match(contextValue ?? '', /\bcommand\b/);
        }
    });

    it('keep their names and commands where their rows are not shown', () => {
        hierarchy.showRecording({ name: 'broken', topology: buildTopology(brokenHost()) });
        const { label, contextValue } = findingItemOf(hierarchy, id);
        hierarchy.setFilter('of another name');
        assert.ok(!hierarchy.shown?.nodes.has(`container:${containerId}`));
        assert.deepEqual(findingItemOf(hierarchy, id).label, label);
        assert.equal(findingItemOf(hierarchy, id).contextValue, contextValue);
        hierarchy.setFilter('');
        hierarchy.setOrder('kernel');
        assert.deepEqual(findingItemOf(hierarchy, id).label, label);
    });

    it('are gone from every face when their code is silenced', () => {
        hierarchy.showRecording({ name: 'broken', topology: buildTopology(brokenHost()) });
        hierarchy.setSilenced(['container-without-process']);
        assert.deepEqual(shownFindings(hierarchy), []);
        assert.equal(hierarchy.whole?.findings.length, 1, 'scripts still get it');
        hierarchy.setSilenced([]);
        assert.equal(shownFindings(hierarchy).length, 1);
    });

    it('show a name as it is, and trust nothing in a hover', () => {
        const name = '](command:workbench.action.quit) <img src=x> $(trash) `';
        const topology = buildTopology(brokenHost(name));
        const [finding] = topology.findings;
        assert.ok(finding);
        const { value, isTrusted, supportHtml, supportThemeIcons } = findingMarkdown(topology, finding);
        assert.deepEqual([isTrusted, supportHtml, supportThemeIcons], [false, false, false]);
        assert.doesNotMatch(value, /\]\(|<img|\$\(/);
    });
});

describe("the findings' commands", () => {
    let folder: string;
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'docker-runtime-'));
        writeFileSync(join(folder, 'broken.json'), writeRecording(brokenHost(), { redact: false }));
        await vscode.commands.executeCommand('dockerRuntime.openSnapshot', join(folder, 'broken.json'));
        await vscode.commands.executeCommand('dockerRuntime.findings.focus');
    });
    after(async () => {
        await vscode.commands.executeCommand('dockerRuntime.closeSnapshot');
        await silenced().update('silencedFindings', undefined, vscode.ConfigurationTarget.Global);
        rmSync(folder, { recursive: true, force: true });
    });

    it('reveal a node by its id, also where the order or a filter hides it', async () => {
        await vscode.commands.executeCommand('dockerRuntime.showKernelOrder');
        const node = `container:${containerId}`;
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.reveal', node), node);
    });

    it('offer nothing to type about processes of another host', async () => {
        const terminals = vscode.window.terminals.length;
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.typeFindingCommand', id), undefined);
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.copyFindingCommand', id), undefined);
        assert.equal(vscode.window.terminals.length, terminals);
    });

    it('silence a code in the settings of the person, not of the folder', async () => {
        assert.equal(
            await vscode.commands.executeCommand('dockerRuntime.silenceFinding', id),
            'container-without-process',
        );
        assert.deepEqual(silenced().inspect('silencedFindings')?.globalValue, ['container-without-process']);
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.silenceFinding', id), undefined, 'it is gone');
    });
});

function silenced(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration('dockerRuntime');
}
