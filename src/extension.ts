import { join } from 'node:path';
import * as vscode from 'vscode';
import { registerCommands } from './editor/commands';
import { comparisonCommands } from './editor/comparison-commands';
import { comparisonScheme, createComparisonDocuments } from './editor/comparison-documents';
import { endpointCommands } from './editor/endpoint-commands';
import { findingCommands } from './editor/finding-commands';
import { createFindingsView } from './editor/findings-view';
import { createGraphPanels, graphPanelType } from './editor/graph-panel';
import { guidanceCommands } from './editor/guidance-commands';
import { createHierarchy } from './editor/hierarchy';
import { createHierarchyView } from './editor/hierarchy-view';
import { createContainerDocuments, documentScheme } from './editor/container-documents';
import { logGaps } from './editor/log-gaps';
import { nodeCommands } from './editor/node-commands';
import { createApi, type DockerRuntimeApi } from './editor/api';
import { recordingCommands } from './editor/recording-commands';
import { changesSources, readSettings, settingsSection } from './editor/settings';
import { viewCommands } from './editor/view-commands';
import { visible } from './present/plain-text';
import { readSpecFile } from './sources/bundle/spec-file';
import type { ContainerdSource } from './sources/containerd/client';
import { openDocker } from './sources/docker/client';
import { listEndpointChoices } from './sources/docker/endpoint-choices';
import { reasonToConfirm } from './sources/docker/endpoint-owner';
import { resolveEndpoints } from './sources/docker/endpoint';
import { BlockedReads } from './sources/procfs/blocked-reads';
import { openProcfs } from './sources/procfs/reader-client';
import { openRecording, saveRecording } from './sources/recording/recording-files';
import { createWatcher, type Watcher } from './watch/watcher';

/** The parts list. Nothing is read, asked or started here: that waits until a view is visible or a command is run. */
export function activate({ extensionUri, extensionPath, subscriptions }: vscode.ExtensionContext): DockerRuntimeApi {
    const log = vscode.window.createOutputChannel('Docker Runtime', { log: true });
    subscriptions.push(log);
    const hierarchy = createHierarchy(
        () => openWatcher(extensionPath, log),
        () => readSettings().showSecrets,
    );
    subscriptions.push(hierarchy, logGaps(hierarchy, log));

    hierarchy.setSilenced(readSettings().silencedFindings);
    const view = createHierarchyView(hierarchy);
    const graph = createGraphPanels(hierarchy, extensionUri, log);
    const recordings = { open: openRecording, save: saveRecording };
    const comparisons = createComparisonDocuments();
    subscriptions.push(
        view,
        createFindingsView(hierarchy),
        graph,
        vscode.window.registerWebviewPanelSerializer(graphPanelType, graph),
        vscode.workspace.registerTextDocumentContentProvider(
            documentScheme,
            createContainerDocuments(hierarchy, () => readSettings().showSecrets),
        ),
        registerCommands(viewCommands(hierarchy, graph, log), log),
        registerCommands(nodeCommands(hierarchy, view), log),
        comparisons,
        vscode.workspace.registerTextDocumentContentProvider(comparisonScheme, comparisons),
        registerCommands(findingCommands(hierarchy), log),
        registerCommands(recordingCommands(hierarchy, recordings, extensionUri), log),
        registerCommands(comparisonCommands(hierarchy, recordings, comparisons), log),
        registerCommands(guidanceCommands(hierarchy), log),
        registerCommands(
            endpointCommands(
                hierarchy,
                () => listEndpointChoices(),
                (endpoint) => reasonToConfirm(endpoint),
            ),
            log,
        ),
        vscode.workspace.onDidChangeConfiguration((change) => {
            if (changesSources(change)) hierarchy.restart();
            if (change.affectsConfiguration(settingsSection)) hierarchy.setSilenced(readSettings().silencedFindings);
        }),
    );
    return createApi(hierarchy);
}

function openWatcher(extensionPath: string, log: vscode.LogOutputChannel): Watcher {
    const { endpoints, procRoot, requestDeadline } = readSettings();
    // Another machine's /proc names sockets that are not here.
    const isOwnProc = procRoot === '/proc';
    const blockedReads = new BlockedReads();
    return createWatcher({
        openProcfs: () =>
            openProcfs({
                root: procRoot,
                readerPath: join(extensionPath, 'dist', 'reader.js'),
                deadlineMilliseconds: 5_000,
                blockedReads,
            }),
        async resolveDockers() {
            const resolved = await resolveEndpoints({ configured: endpoints, configuredBy: 'dockerRuntime.endpoints' });
            return { ...resolved, isExclusive: resolved.isExclusive || !isOwnProc };
        },
        openDocker: (endpoint) => openDocker(endpoint, { requestMs: requestDeadline }),
        note: (line) => log.info(visible(line, 1000)),
        // Another machine's /proc names sockets and files that are not here.
        ...(isOwnProc && {
            openContainerd: (address: string) => openContainerdWhenNeeded(address, requestDeadline),
            readSpecFile,
        }),
    });
}

async function openContainerdWhenNeeded(address: string, deadline: number): Promise<ContainerdSource> {
    const { openContainerd } = await import('./sources/containerd/client');
    return openContainerd(address, {
        lookMilliseconds: deadline,
        specMilliseconds: deadline,
        countMilliseconds: deadline,
    });
}
