import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandLineUri, createContainerDocuments, documentUri } from '../../src/editor/container-documents';
import { createHierarchy, type Hierarchy } from '../../src/editor/hierarchy';
import { treeItemOf } from '../../src/editor/tree-item';
import { nodeCommands } from '../../src/editor/node-commands';
import { createHierarchyTree } from '../../src/editor/tree-provider';
import { buildTopology } from '../../src/topology/build';
import { inKernelOrder } from '../../src/topology/kernel-order';
import type { Topology } from '../../src/topology/topology';
import { type FakeWatcher, fakeWatcher } from './fake-watcher';
import { containerId, smallHost, socket } from './small-host';

describe('what all faces show together', () => {
    let watchers: FakeWatcher[];
    let hierarchy: Hierarchy;
    let showsSecrets: boolean;

    beforeEach(() => {
        watchers = [];
        showsSecrets = false;
        hierarchy = createHierarchy(
            () => {
                const watcher = fakeWatcher();
                watchers.push(watcher);
                return watcher;
            },
            () => showsSecrets,
        );
    });
    afterEach(() => hierarchy.dispose());

    const watching = () => watchers.map((watcher) => watcher.watching());

    it('is watched while at least one face is visible, once for all of them', () => {
        assert.deepEqual(watching(), [0]);
        const one = hierarchy.attend();
        const other = hierarchy.attend();
        assert.deepEqual(watching(), [1]);
        one.dispose();
        one.dispose();
        assert.deepEqual(watching(), [1]);
        other.dispose();
        assert.deepEqual(watching(), [0]);
    });

    it('hides what looks like a secret, until the person says otherwise', async () => {
        const host = smallHost();
        const processes = host.processes.map((one) => ({ ...one, argv: ['app', '--password', 'hunter2'] }));
        const topology = buildTopology({ ...host, processes });
        const secretsIn = async () => {
            hierarchy.showRecording({ name: 'small', topology: { ...topology } });
            const shown: (Topology | undefined)[] = [hierarchy.whole, hierarchy.shown, await hierarchy.refresh()];
            hierarchy.setOrder('kernel');
            shown.push(hierarchy.shown);
            hierarchy.setOrder('ownership');
            return shown.map((one) => JSON.stringify([...(one?.nodes.values() ?? [])]).includes('hunter2'));
        };
        assert.deepEqual(await secretsIn(), [false, false, false, false]);
        showsSecrets = true;
        assert.deepEqual(await secretsIn(), [true, true, true, true]);
        assert.match(JSON.stringify(hierarchy.whole?.snapshot), /hunter2/, 'the facts stay, for recordings');
    });

    it('is not watched while a recording is shown', () => {
        hierarchy.attend();
        hierarchy.showRecording({ name: 'small', topology: buildTopology(smallHost()) });
        assert.deepEqual(watching(), [0]);
        hierarchy.showRecording(undefined);
        assert.deepEqual(watching(), [1]);
    });

    it('goes on with a new watcher when the settings change, and lets the old one go', () => {
        hierarchy.attend();
        hierarchy.restart();
        assert.deepEqual(watching(), [0, 1]);
        assert.equal(watchers[0]?.isDisposed(), true);
    });

    it('keeps through a filter what matches, what is above it and what is below', () => {
        const topology = buildTopology(smallHost());
        hierarchy.showRecording({ name: 'small', topology });
        hierarchy.setFilter(' web ');
        assert.equal(hierarchy.shown?.nodes.size, topology.nodes.size, 'it is all one line');
        hierarchy.setFilter('10');
        assert.deepEqual(
            [...(hierarchy.shown?.nodes.keys() ?? [])].filter((id) => id.startsWith('engine')).length,
            1,
            'the engine above pid 10',
        );
        hierarchy.setFilter('no such thing');
        assert.equal(hierarchy.shown?.nodes.size, 0);
        hierarchy.setFilter('');
        assert.deepEqual([...(hierarchy.shown?.nodes.keys() ?? [])], [...topology.nodes.keys()]);
    });

    it('gives the OCI spec of a container as a document, with the values of its environment hidden', async () => {
        const node = hierarchy.whole?.nodes.get(`container:${containerId}`);
        assert.ok(node?.kind === 'container');
        const { token } = new vscode.CancellationTokenSource();
        const documents = createContainerDocuments(hierarchy, () => showsSecrets);
        const text = await documents.provideTextDocumentContent(documentUri('spec', node), token);
        assert.deepEqual(JSON.parse(String(text)), {
            process: { env: ['TOKEN=••••'] },
            root: { path: 'rootfs' },
        });
    });

    it('gives a whole command line as a document and to copy, without secrets, and what a recording holds as such', async () => {
        const { token } = new vscode.CancellationTokenSource();
        const documents = createContainerDocuments(hierarchy, () => showsSecrets);
        const process = hierarchy.whole?.snapshot.processes.find(({ pid }) => pid === 1);
        assert.ok(process);
        const read = async () => String(await documents.provideTextDocumentContent(commandLineUri(process), token));
        const copied = async () =>
            nodeCommands(hierarchy, { reveal: async () => undefined, dispose: () => undefined })[
                'dockerRuntime.copyCommandLine'
            ]?.(21);
        const truncated = '# Truncated: it is longer than 64 KiB, and no more of it is read.\n';
        assert.equal(await read(), `app\n--token\n••••\n'a b'\n${truncated}`);
        assert.equal(await copied(), `app --token '••••' 'a b'`);
        showsSecrets = true;
        assert.equal(await read(), `app\n--token\nsecret\n'a b'\n${truncated}`);
        assert.equal(await copied(), `app --token secret 'a b'`);
        const [watcher] = watchers;
        assert.ok(watcher);
        watcher.commandLine = async () => ({
            source: '/proc',
            reason: 'gone',
            detail: 'process 1 has ended',
            help: 'Refresh',
        });
        assert.equal(await read(), '# process 1 has ended. Refresh\n');
        assert.equal(await copied(), undefined);
        hierarchy.showRecording({ name: 'small', topology: buildTopology(smallHost()) });
        assert.match(await read(), /^# From a recording, .*\n\/sbin\/init\n$/);
        assert.equal(await copied(), 'sleep 1000');
    });

    it('asks a containerd how much it keeps only where that is the one that has told the rest', async () => {
        const host = smallHost();
        const containerds = [{ address: socket, namespaces: [], containers: [], tasks: [] }];
        for (const [mnt, calls] of [
            [1, ['stores']],
            [2, []],
        ] as const) {
            const seen = { uid: 0, exe: '/usr/bin/containerd', namespaces: { mnt } };
            const processes = host.processes.map((one) => (one.pid === 10 ? { ...one, ...seen } : one));
            const whole = { ...host, host: { ...host.host, namespaces: { mnt: 1 } }, processes, containerds };
            const watcher = fakeWatcher(whole);
            const other = createHierarchy(
                () => watcher,
                () => false,
            );
            const node = other.whole?.nodes.get('process:10@1000');
            assert.ok(node?.kind === 'process');
            await other.stores(node);
            other.dispose();
            assert.deepEqual(watcher.calls, calls);
        }
    });

    it('finds no document by a URI that is not exactly one of ours, and asks nobody', async () => {
        hierarchy.showRecording({ name: 'small', topology: buildTopology(smallHost()) });
        const documents = createContainerDocuments(hierarchy, () => showsSecrets);
        const { token } = new vscode.CancellationTokenSource();
        const read = async (uri: string) => documents.provideTextDocumentContent(vscode.Uri.parse(uri), token);
        assert.match(String(await read(`docker-runtime:/inspect/${containerId}/any.json`)), /"nginx"/);
        for (const wrong of [
            `/inspect/%2e%2e%2f${containerId}/web.json`,
            `/inspect/${containerId}%2f%2e%2e%2fweb.json`,
            `/inspect/${containerId}%2fmore%2fweb.json`,
            `/inspect/${containerId}%00/web.json`,
            `/inspect/%2e%2e/%2e%2e/etc/passwd`,
            `/inspect/${containerId}/more/web.json`,
            `/inspect/${containerId}/web.json?all=1`,
            `/inspect/${containerId}/web.json#all`,
            `/inspect/${containerId}/web.json%3fall=1`,
            `/inspect/${containerId.toUpperCase()}/web.json`,
            `/inspect/${containerId.slice(0, 12)}/web.json`,
            `/inspect/${'d'.repeat(64)}/web.json`,
            `/inspect/prune%3fx=/web.json`,
            `/environ/${containerId}/web.json`,
            `/constructor/${containerId}/web.json`,
            `/spec/other/${containerId}/web.json`,
            `//host/inspect/${containerId}/web.json`,
            '/cmdline/21-2101/sleep-21.txt',
            '/cmdline/21/sleep-21.txt',
            '/cmdline/21-2100/sleep-21.txt?all=1',
            '/cmdline/%2e%2e/21-2100/sleep-21.txt',
            '/cmdline/21-2100%2fmore/sleep-21.txt',
            '//host/cmdline/21-2100/sleep-21.txt',
            '/',
            '',
        ]) {
            await assert.rejects(
                async () => read(`docker-runtime:${wrong}`),
                (error) => error instanceof vscode.FileSystemError && error.code === 'FileNotFound',
                wrong,
            );
        }
        assert.deepEqual(
            watchers.flatMap(({ calls }) => calls),
            [],
        );
    });

    it('says of an inspect that has not answered yet that it has not, and waits a moment only', async () => {
        const value = await hoverWhere({ inspect: () => new Promise(() => undefined) });
        assert.match(value, /inspect&#58; not answered yet/);
    });

    it('says of an inspect that was answered with a refusal what was refused, without what looks like a secret', async () => {
        assert.match(await hoverWhere({}), /inspect&#58; nobody is asked here/);
        const [watcher] = watchers;
        assert.ok(watcher);
        watcher.inspect = async () => ({
            source: 'docker',
            reason: 'forbidden',
            detail: 'container web is refused with status 403: token=hunter2',
            help: 'none',
        });
        assert.match(await hoverWhere({}), /is refused with status 403&#58; token&#61;(&#8226;){4}/);
        showsSecrets = true;
        assert.match(await hoverWhere({}), /token&#61;hunter2/);
    });

    it('hides it in what stands in the place of a document that was refused', async () => {
        const node = hierarchy.whole?.nodes.get(`container:${containerId}`);
        const [watcher] = watchers;
        assert.ok(node?.kind === 'container' && watcher);
        const refusal = {
            source: 'docker',
            reason: 'forbidden',
            detail: 'refused: token=hunter2',
            help: 'none',
        } as const;
        watcher.inspectDocument = async () => refusal;
        watcher.specDocument = async () => refusal;
        for (const answer of [await hierarchy.inspectDocument(node), await hierarchy.specDocument(node)])
            assert.deepEqual(answer, { why: 'refused: token=••••. none' });
        showsSecrets = true;
        assert.deepEqual(await hierarchy.inspectDocument(node), { why: 'refused: token=hunter2. none' });
    });

    /** The hover of the container, where some of what all faces show is otherwise. */
    async function hoverWhere(otherwise: Partial<Hierarchy>): Promise<string> {
        const tree = createHierarchyTree({ ...hierarchy, ...otherwise, dispose: () => undefined });
        try {
            tree.update();
            const { token } = new vscode.CancellationTokenSource();
            const item = await tree.resolveTreeItem?.(new vscode.TreeItem(''), `container:${containerId}`, token);
            return (item?.tooltip as vscode.MarkdownString).value;
        } finally {
            tree.dispose();
        }
    }

    it('has an open row for a shim whose argv is still that of its helper: a leaf would fold what comes below it', () => {
        const host = smallHost();
        const argv = ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', containerId, 'start'];
        const processes = host.processes
            .filter(({ pid }) => pid !== 21)
            .map((one) => (one.pid === 20 ? { ...one, ppid: 10, argv } : one));
        const topology = buildTopology({ ...host, processes });
        const node = topology.nodes.get('process:20@2000');
        assert.ok(node?.kind === 'process' && node.children.length === 0 && !node.shim);
        assert.equal(treeItemOf(topology, node).collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
    });

    it('has rows for a chain of processes, however long', () => {
        const host = smallHost();
        const last = host.processes.at(-1);
        assert.ok(last);
        const chain = Array.from({ length: 15_000 }, (_, index) => {
            const pid = 1_000 + index;
            return {
                ...last,
                pid,
                ppid: index === 0 ? last.pid : pid - 1,
                startTicks: 200_000 + index,
                namespacePids: undefined,
            };
        });
        const topology = buildTopology({ ...host, processes: [...host.processes, ...chain] });
        for (const shown of [topology, inKernelOrder(topology)]) {
            for (const id of shown.roots) {
                const node = shown.nodes.get(id);
                assert.ok(node && treeItemOf(shown, node).label);
            }
            const middle = [...shown.nodes.values()].find((one) => one.kind === 'process' && one.process.pid === 1_010);
            assert.ok(middle && treeItemOf(shown, middle).label);
        }
    });

    it('tells of a change or a selection once', () => {
        let changes = 0;
        let selections = 0;
        hierarchy.onDidChange(() => changes++);
        hierarchy.onDidSelect(() => selections++);
        hierarchy.setOrder('kernel');
        hierarchy.setOrder('kernel');
        hierarchy.select(`container:${containerId}`);
        hierarchy.select(`container:${containerId}`);
        assert.deepEqual([changes, selections], [1, 1]);
    });
});
