import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { type FakeDaemon, startFakeDaemon } from '../sources/docker/fake-daemon';
import { statLine } from '../sources/procfs/proc-directory';
import { answerInput, expandRow, openView, runCommand, screenshot, treeRow, workbenchesOfThisSuite } from './workbench';

describe('a folder whose settings are a stranger’s, in a real workbench', function () {
    this.timeout(120_000);
    const open = workbenchesOfThisSuite();
    let folder: string;
    let laboratory: Laboratory;
    let dockerd: Dockerd;
    let stranger: FakeDaemon;
    let page: Page;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        mkdirSync(join(folder, '.vscode'));
        stranger = await startFakeDaemon((socket) => socket.end());
        writeSettings(dotted());
        laboratory = openLaboratory();
        dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        const secret = ['sh', '-c', 'sleep 1000; true', '--password=hunter2'];
        await dockerd.docker('run', '-d', '--name', 'mine', '--ipc=host', testImage, ...secret);
        ({ page } = await open({
            openFolder: folder,
            askForTrust: true,
            settings: { 'security.workspace.trust.startupPrompt': 'never' }, // not trusted, then, until somebody says so
            environment: { DOCKER_HOST: dockerd.endpoint },
        }));
        await openView(page, 'Docker Runtime');
        await runCommand(page, 'Docker Runtime: Filter…');
        await answerInput(page, laboratory.folder); // other daemons of this machine are none of this test's business
    });
    after(async () => {
        laboratory?.close();
        await stranger?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    it('decides nothing while it is not trusted, and the view works', async () => {
        await page.getByRole('button', { name: 'Restricted Mode' }).first().waitFor();
        await screenshot(page, 'trust-restricted');
        await expectMine('first');
        assert.equal(await isTypingOffered(), false);
        writeSettings(nested());
        await expectMine('second');
    });

    it('decides nothing once it is trusted either, and the view goes on without another start', async () => {
        await page.evaluate('window.isTheSame = true');
        await runCommand(page, 'Workspaces: Manage Workspace Trust');
        await page
            .locator('.workspace-trust-editor')
            .getByRole('button', { name: /^Trust/ })
            .first()
            .click();
        await page.getByRole('button', { name: 'Restricted Mode' }).first().waitFor({ state: 'detached' });
        await page.keyboard.press('ControlOrMeta+w');
        await expectMine('third');
        writeSettings(dotted());
        await expectMine('fourth');
        assert.equal(await isTypingOffered(), true);
        await screenshot(page, 'trust-trusted');
        assert.equal(await page.evaluate('window.isTheSame'), true, 'the window was not loaded again');
    });

    /** A change by Docker, after everything that was written before it, reaches the view: by the person's own settings. */
    async function expectMine(name: string): Promise<void> {
        await dockerd.docker('run', '-d', '--name', name, testImage, 'sleep', '1000');
        await treeRow(page, new RegExp(`^Container ${name},.*running`)).waitFor();
        await expandRow(page, /^Container mine,/);
        await treeRow(page, /^first process sh .*--password=••••/).waitFor();
        await treeRow(page, /mine: it shares namespaces/).waitFor();
        assert.equal(await treeRow(page, /hunter2|of-the-stranger/).count(), 0);
        assert.equal(stranger.mostConnections(), 0, 'nobody has asked the daemon that the folder names');
    }

    /** Of the two commands about a finding's command, copying is always offered. */
    async function isTypingOffered(): Promise<boolean> {
        await page.keyboard.press('F1');
        const palette = page.locator('.quick-input-widget:visible');
        await palette.locator('input[type="text"]').fill('>the Command of a Finding');
        await palette.getByText('Docker Runtime: Copy the Command of a Finding').first().waitFor();
        const offered = await palette.getByText('Docker Runtime: Type the Command of a Finding').count();
        await page.keyboard.press('Escape');
        return offered > 0;
    }

    function writeSettings(settings: object): void {
        writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    }

    function dotted(): object {
        return Object.fromEntries(Object.entries(wanted()).map(([name, value]) => [`dockerRuntime.${name}`, value]));
    }

    function nested(): object {
        return { dockerRuntime: wanted() };
    }

    function wanted(): Readonly<Record<string, unknown>> {
        return {
            endpoints: [stranger.endpoint.endpoint],
            procRoot: strangersProc(),
            requestDeadline: 500,
            showSecrets: true,
            silencedFindings: ['host-namespaces'],
        };
    }

    /** Of a host on which a shim of the stranger's is all that runs. */
    function strangersProc(): string {
        const proc = join(folder, 'proc');
        mkdirSync(join(proc, '7'), { recursive: true });
        writeFileSync(join(proc, '7/stat'), statLine({ pid: 7, comm: 'containerd-shim', ppid: 0 }));
        writeFileSync(join(proc, '7/cmdline'), '/containerd-shim-runc-v2\0-namespace\0moby\0-id\0of-the-stranger\0');
        return proc;
    }
});
