import { join } from 'node:path';
import * as vscode from 'vscode';
import { registerCommands } from './editor/commands';
import { findingCommands } from './editor/finding-commands';
import { createFindingsView } from './editor/findings-view';
import { createGraphPanels, graphPanelType } from './editor/graph-panel';
import { guidanceCommands } from './editor/guidance-commands';
import { createHierarchy } from './editor/hierarchy';
import { createHierarchyView } from './editor/hierarchy-view';
import { createInspectDocuments, inspectScheme } from './editor/inspect-documents';
import { logGaps } from './editor/log-gaps';
import { nodeCommands } from './editor/node-commands';
import { createApi, type DockerRuntimeApi } from './editor/api';
import { recordingCommands } from './editor/recording-commands';
import { changesSources, readSettings, settingsSection } from './editor/settings';
import { viewCommands } from './editor/view-commands';
import type { ContainerdSource } from './sources/containerd/client';
import { openDocker } from './sources/docker/client';
import { resolveEndpoints } from './sources/docker/endpoint';
import { openProcfs } from './sources/procfs/reader-client';
import { largestRecordingBytes, readRecording, writeRecording } from './sources/recording/recording';
import { createWatcher, type Watcher } from './watch/watcher';

/** The parts list. Nothing is read, asked or started here: that waits until a view is visible or a command is run. */
export function activate({ extensionUri, extensionPath, subscriptions }: vscode.ExtensionContext): DockerRuntimeApi {
    const log = vscode.window.createOutputChannel('Docker Runtime', { log: true });
    subscriptions.push(log);
    const hierarchy = createHierarchy(() => openWatcher(extensionPath));
    subscriptions.push(hierarchy, logGaps(hierarchy, log));

    hierarchy.setSilenced(readSettings().silencedFindings);
    const view = createHierarchyView(hierarchy);
    const graph = createGraphPanels(hierarchy, extensionUri, log);
    const recordings = { read: readRecording, write: writeRecording, largestBytes: largestRecordingBytes };
    subscriptions.push(
        view,
        createFindingsView(hierarchy),
        graph,
        vscode.window.registerWebviewPanelSerializer(graphPanelType, graph),
        vscode.workspace.registerTextDocumentContentProvider(inspectScheme, createInspectDocuments(hierarchy)),
        registerCommands(viewCommands(hierarchy, graph, log), log),
        registerCommands(nodeCommands(hierarchy, view), log),
        registerCommands(findingCommands(hierarchy), log),
        registerCommands(recordingCommands(hierarchy, recordings, extensionUri), log),
        registerCommands(guidanceCommands(hierarchy), log),
        vscode.workspace.onDidChangeConfiguration((change) => {
            if (changesSources(change)) hierarchy.restart();
            if (change.affectsConfiguration(settingsSection)) hierarchy.setSilenced(readSettings().silencedFindings);
        }),
    );
    return createApi(hierarchy);
}

function openWatcher(extensionPath: string): Watcher {
    const { endpoints, procRoot } = readSettings();
    return createWatcher({
        openProcfs: () =>
            openProcfs({
                root: procRoot,
                readerPath: join(extensionPath, 'dist', 'reader.js'),
                deadlineMilliseconds: 5_000,
            }),
        async openDockers() {
            const resolved = await resolveEndpoints({ configured: endpoints, configuredBy: 'dockerRuntime.endpoints' });
            return { dockers: resolved.endpoints.map((endpoint) => openDocker(endpoint)), gaps: resolved.gaps };
        },
        // Another machine's /proc names sockets that are not here.
        ...(procRoot === '/proc' && { openContainerd: openContainerdWhenNeeded }),
    });
}

async function openContainerdWhenNeeded(address: string): Promise<ContainerdSource> {
    const { openContainerd } = await import('./sources/containerd/client');
    return openContainerd(address);
}
