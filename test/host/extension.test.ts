import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DockerRuntimeApi } from '../../src/editor/api';
import type { TopologyDocument } from '../../src/present/json';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { containerId, smallHost } from './small-host';

const extensionId = 'docker-runtime-explorer.docker-runtime-explorer';

describe('the extension, in the extension host', () => {
    let folder: string;
    let api: DockerRuntimeApi;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'docker-runtime-'));
        const extension = vscode.extensions.getExtension<DockerRuntimeApi>(extensionId);
        assert.ok(extension);
        api = await extension.activate();
    });
    afterEach(() => vscode.commands.executeCommand('dockerRuntime.closeSnapshot'));
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function open(name: string, text: string): Promise<unknown> {
        writeFileSync(join(folder, name), text);
        return vscode.commands.executeCommand('dockerRuntime.openSnapshot', join(folder, name));
    }

    function getTopology(): Thenable<TopologyDocument> {
        return vscode.commands.executeCommand<TopologyDocument>('dockerRuntime.getTopology');
    }

    it('registers every command that its manifest names, and no other', async () => {
        const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON as Manifest;
        const declared = manifest.contributes.commands.map(({ command }) => command).sort();
        const registered = (await vscode.commands.getCommands(true)).filter((id) =>
            /^dockerRuntime\.[a-z]\w*$/i.test(id),
        );
        assert.deepEqual(registered.filter((id) => !viewCommands.test(id)).sort(), declared);
    });

    it('tells the topology of this host by the contract', async () => {
        const topology = await getTopology();
        assert.equal(topology.schema, 'docker-runtime/topology@1');
        assert.ok(Math.abs(Date.parse(topology.takenAt) - Date.now()) < 30_000);
        const ids = new Set(topology.nodes.map(({ id }) => id));
        assert.equal(ids.size, topology.nodes.length, 'ids are unique');
        for (const { id, parent, link, children } of topology.nodes) {
            assert.equal(parent === null, link === null, String(id));
            assert.equal(parent === null, topology.roots.includes(String(id)));
            assert.ok(parent === null || ids.has(parent));
            assert.ok((children as string[]).every((child) => ids.has(child)));
        }
        assert.equal((await api.getTopology()).schema, topology.schema);
    });

    it('tells who listens what changed, and watches only while somebody does', async () => {
        const topology = await new Promise<TopologyDocument>((resolve) => {
            const listening = api.onDidChangeTopology((changed) => {
                listening.dispose();
                resolve(changed);
            });
        });
        assert.equal(topology.schema, 'docker-runtime/topology@1');
    });

    it('shows a recording in place of the live host, and the live host again', async () => {
        assert.equal(await open('small.json', writeRecording(smallHost(), { redact: false })), true);
        const topology = await getTopology();
        assert.equal(topology.takenAt, '2026-01-01T00:00:00.000Z');
        const chain: unknown[] = [];
        const byId = new Map(topology.nodes.map((node) => [node['id'], node]));
        for (let node = topology.nodes.find(({ pid }) => pid === 21); node; node = byId.get(node['parent'])) {
            chain.push(node['role'] ?? node['name']);
        }
        assert.deepEqual(chain, ['main', 'web', 'shim', 'containerd', 'dockerd']);
        await vscode.commands.executeCommand('dockerRuntime.closeSnapshot');
        assert.notEqual((await getTopology()).takenAt, topology.takenAt);
    });

    it('refuses what is no recording, and keeps what it shows', async () => {
        const { takenAt } = smallHost();
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        for (const [name, text] of Object.entries({
            'cut.json': writeRecording(smallHost(), { redact: false }).slice(0, 500),
            'empty.json': '',
            'other.json': '{"schema":"something/else@1"}',
            'newer.json': '{"schema":"docker-runtime/snapshot@99"}',
            'wrong.json': JSON.stringify({ ...smallHost(), processes: [{ pid: 'one' }] }),
        })) {
            assert.equal(await open(name, text), false, name);
        }
        assert.equal(
            await vscode.commands.executeCommand('dockerRuntime.openSnapshot', join(folder, 'none.json')),
            false,
        );
        assert.equal((await getTopology()).takenAt, takenAt);
    });

    it('compares two recordings in a read-only document, and gives a script the same as JSON', async () => {
        const later = { ...smallHost(), processes: smallHost().processes.filter(({ pid }) => pid !== 21) };
        writeFileSync(join(folder, 'before.json'), writeRecording(smallHost(), { redact: false }));
        writeFileSync(join(folder, 'after.json'), writeRecording(later, { redact: false }));
        const compared = await vscode.commands.executeCommand<Compared>('dockerRuntime.compareSnapshots', {
            before: join(folder, 'before.json'),
            after: join(folder, 'after.json'),
        });
        assert.deepEqual(
            compared.gone.map(({ pid }) => pid),
            [21],
        );
        const document = vscode.window.activeTextEditor?.document;
        assert.equal(document?.uri.scheme, 'docker-runtime-comparison');
        assert.equal(vscode.workspace.fs.isWritableFileSystem(document.uri.scheme), undefined);
        assert.match(document.getText(), /^- +21 .* sleep 1000 /m);
        const none = { before: join(folder, 'before.json'), after: join(folder, 'none.json') };
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.compareSnapshots', none), undefined);
    });

    it('compares the recording that is open with this host, and leaves it open', async () => {
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.compareWithLive'), undefined);
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        const compared = await vscode.commands.executeCommand<Compared>('dockerRuntime.compareWithLive');
        assert.equal(compared.before.takenAt, smallHost().takenAt);
        assert.ok(Math.abs(Date.parse(compared.after.takenAt) - Date.now()) < 30_000);
        assert.equal((await getTopology()).takenAt, smallHost().takenAt);
    });

    it('keeps recordings in files of this machine only, and says why one can’t be written', async () => {
        const elsewhere = vscode.Uri.parse('untitled:/recording.json');
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.openSnapshot', elsewhere), false);
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.recordSnapshot', elsewhere), undefined);
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.recordSnapshot', folder), undefined);
        const own = join(folder, 'own.json');
        writeFileSync(own, '{}');
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.recordSnapshot', own), undefined);
        assert.equal(readFileSync(own, 'utf8'), '{}', 'nobody was asked whether it may go');
        assert.deepEqual(
            readdirSync(folder).filter((name) => /unfinished|part$/.test(name)),
            [],
        );
    });

    it('records this host into a file that it reads again', async () => {
        const path = join(folder, 'here.json');
        assert.equal(
            await vscode.commands.executeCommand('dockerRuntime.recordSnapshot', { path, redact: true }),
            path,
        );
        assert.equal(statSync(path).mode & 0o777, 0o600, 'command lines may hold secrets');
        const recording = readRecording(readFileSync(path, 'utf8'));
        assert.ok(recording.ok);
        assert.ok(recording.snapshot.processes.some(({ pid }) => pid === process.pid));
    });

    it('masks what looks like a secret in what it records, until the settings say otherwise', async () => {
        const argv = ['app', '--password', 'hunter2'];
        await open('secretive.json', writeRecording(smallHost({ argv }), { redact: false }));
        const path = join(folder, 'recorded.json');
        const recorded = async () => {
            assert.equal(await vscode.commands.executeCommand('dockerRuntime.recordSnapshot', path), path);
            return readFileSync(path, 'utf8');
        };
        assert.match(await recorded(), /"app","--password","••••"/);
        const settings = vscode.workspace.getConfiguration('dockerRuntime');
        await settings.update('showSecrets', true, vscode.ConfigurationTarget.Global);
        try {
            assert.match(await recorded(), /"app","--password","hunter2"/);
        } finally {
            await settings.update('showSecrets', undefined, vscode.ConfigurationTarget.Global);
        }
    });

    it('copies pid, id and lineage of a node that a script names', async () => {
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.copyPid', 'web'), '21');
        assert.equal(await vscode.env.clipboard.readText(), '21');
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.copyId', 'web'), containerId);
        const lineage = await vscode.commands.executeCommand<string>('dockerRuntime.copyLineage', 21);
        assert.deepEqual(
            lineage
                .match(/dockerd|containerd-shim-runc-v2|containerd|web|sleep 1000/g)
                ?.filter((word, index, all) => all.indexOf(word) === index),
            ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'web', 'sleep 1000'],
        );
    });

    it('reveals a container by the beginning of its id', async () => {
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        assert.equal(
            await vscode.commands.executeCommand('dockerRuntime.reveal', 'c0c0c0'),
            `container:${containerId}`,
        );
    });

    it('shows what is known of a container as a read-only document, and nothing for any other URI', async () => {
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        const uri = await vscode.commands.executeCommand<vscode.Uri>('dockerRuntime.inspect', 'web');
        const document = await vscode.workspace.openTextDocument(uri);
        assert.equal(document.languageId, 'json');
        const shown = JSON.parse(document.getText()) as { about?: string; id?: string };
        assert.equal(shown.id, containerId);
        assert.match(shown.about ?? '', /does not hold what docker inspect answers/);
        for (const wrong of [
            `docker-runtime:/inspect/${'d'.repeat(64)}/web.json`,
            `docker-runtime:/inspect/${containerId}/../../etc/passwd`,
            `docker-runtime:/inspect/${containerId}/web.json?all=1`,
            `docker-runtime:/inspect/${containerId.toUpperCase()}/web.json`,
            `docker-runtime://host/inspect/${containerId}/web.json`,
        ]) {
            await assert.rejects(async () => vscode.workspace.openTextDocument(vscode.Uri.parse(wrong)), wrong);
        }
    });

    it('says why there is no OCI spec in a recording, and opens none of anything else', async () => {
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        const uri = await vscode.commands.executeCommand<vscode.Uri>('dockerRuntime.openSpec', 'web');
        assert.equal(uri.path, `/spec/moby/${containerId}/web.json`);
        const document = await vscode.workspace.openTextDocument(uri);
        assert.match(document.getText(), /^\/\/ A recording does not hold the OCI specs/);
        for (const wrong of [
            `docker-runtime:/spec/${containerId}/web.json`,
            `docker-runtime:/spec/other/${containerId}/web.json`,
            `docker-runtime:/spec/moby/../../etc/web.json`,
            `docker-runtime:/spec/moby/${containerId}/web.json?x`,
        ]) {
            await assert.rejects(async () => vscode.workspace.openTextDocument(vscode.Uri.parse(wrong)), wrong);
        }
    });

    it('opens the whole command line of a live process, and copies it', async () => {
        const { pid } = process;
        await getTopology();
        await vscode.commands.executeCommand('dockerRuntime.showKernelOrder'); // in which every process has a row
        try {
            const uri = await vscode.commands.executeCommand<vscode.Uri>('dockerRuntime.openCommandLine', pid);
            assert.match(uri.path, new RegExp(String.raw`^/cmdline/${String(pid)}-\d+/[\w.-]+\.txt$`));
            const text = (await vscode.workspace.openTextDocument(uri)).getText();
            assert.match(text, /^[^#]/);
            assert.doesNotMatch(text, /^# /m);
            assert.notEqual(await vscode.commands.executeCommand('dockerRuntime.copyCommandLine', pid), undefined);
        } finally {
            await vscode.commands.executeCommand('dockerRuntime.showOwnershipOrder');
        }
    });

    it('shows and copies of a recording what it holds of a command line', async () => {
        await open('small.json', writeRecording(smallHost(), { redact: false }));
        const uri = await vscode.commands.executeCommand<vscode.Uri>('dockerRuntime.openCommandLine', 21);
        assert.equal(uri.path, `/cmdline/21-2100/${String(smallHost().processes.at(-1)?.comm)}-21.txt`);
        const document = await vscode.workspace.openTextDocument(uri);
        assert.equal(document.languageId, 'plaintext');
        assert.match(document.getText(), /^# From a recording, .*\nsleep\n1000\n$/);
        assert.equal(await vscode.commands.executeCommand('dockerRuntime.copyCommandLine', 21), 'sleep 1000');
        assert.equal(await vscode.env.clipboard.readText(), 'sleep 1000');
        for (const wrong of ['/cmdline/21-2101/sleep-21.txt', '/cmdline/1/sleep.txt', '/cmdline/self-2100/x.txt'])
            await assert.rejects(async () =>
                vscode.workspace.openTextDocument(vscode.Uri.parse(`docker-runtime:${wrong}`)),
            );
    });

    it('writes the endpoint that is chosen, follows it at once, and forgets it again', async () => {
        const settings = () => vscode.workspace.getConfiguration('dockerRuntime').inspect('endpoints')?.globalValue;
        const choose = (argument: string) => vscode.commands.executeCommand('dockerRuntime.chooseEndpoint', argument);
        assert.equal(await choose('unix:///nobody/offers/this.sock'), undefined);
        assert.equal(settings(), undefined);

        // The extension's own environment is this one: the user's contexts stay as they are.
        const { DOCKER_CONFIG: before } = process.env;
        const config = join(folder, 'docker');
        process.env['DOCKER_CONFIG'] = config;
        const name = 'docker-runtime-test $(x)';
        const folderOfContext = join(config, 'contexts/meta', createHash('sha256').update(name).digest('hex'));
        const socket = join(folder, 'none.sock');
        mkdirSync(folderOfContext, { recursive: true });
        try {
            const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: `unix://${socket}` } } };
            writeFileSync(join(folderOfContext, 'meta.json'), JSON.stringify(meta));
            assert.deepEqual(await choose(`context://${name}`), [`context://${name}`]);
            assert.deepEqual(settings(), [`context://${name}`]);
            const { gaps } = await getTopology();
            assert.ok(gaps.some(({ source }) => source === `docker unix://${socket}`));
        } finally {
            if (before === undefined) delete process.env['DOCKER_CONFIG'];
            else process.env['DOCKER_CONFIG'] = before;
            assert.deepEqual(await choose(''), []);
        }
        assert.equal(settings(), undefined);
        assert.ok(!(await getTopology()).gaps.some(({ source }) => source === `docker unix://${socket}`));
    });

    it('ignores what a workspace says about the daemon to ask', async () => {
        const settings = vscode.workspace.getConfiguration('dockerRuntime');
        await assert.rejects(async () => settings.update('procRoot', folder, vscode.ConfigurationTarget.Workspace));
        await settings.update('procRoot', folder, vscode.ConfigurationTarget.Global);
        try {
            const { gaps } = await getTopology();
            assert.ok(
                gaps.some(({ source }) => source === folder),
                'the own setting counts, and a folder without processes is said',
            );
        } finally {
            await settings.update('procRoot', undefined, vscode.ConfigurationTarget.Global);
        }
    });
});

interface Compared {
    readonly before: { readonly takenAt: string };
    readonly after: { readonly takenAt: string };
    readonly gone: readonly { readonly pid?: number }[];
}

interface Manifest {
    readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** What VS Code registers for each view. */
const viewCommands = /^dockerRuntime\.(hierarchy|findings)\./;
