import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openView, openWorkbench, runCommand, screenshot, treeRow, type Workbench } from './workbench';

/** A /proc whose only process has nothing to do with containers: all that is left to show is Docker's failure. */
describe('the view where there is nothing to show, in a real workbench', function () {
    this.timeout(120_000);
    let folder: string;
    let workbench: Workbench;
    let page: Page;
    let silent: Server;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        mkdirSync(join(folder, 'proc/1'), { recursive: true });
        writeFileSync(
            join(folder, 'proc/1/stat'),
            `1 (init) S 0 1 1 0 -1 4194560 ${'0 '.repeat(12)}1 0 5 ${'0 '.repeat(30)}\n`,
        );
        silent = createServer(() => undefined); // accepts, and never says a word
        await new Promise<void>((resolve) => silent.listen(join(folder, 'silent.sock'), resolve));
        workbench = await openWorkbench({
            settings: {
                'dockerRuntime.procRoot': join(folder, 'proc'),
                'dockerRuntime.endpoints': [`unix://${join(folder, 'none.sock')}`],
            },
        });
        page = workbench.page;
        await openView(page, 'Docker Runtime');
    });
    after(async () => {
        await workbench?.close();
        silent?.close();
        rmSync(folder, { recursive: true, force: true });
    });

    function sidebar(text: string | RegExp) {
        return page.locator('.part.sidebar').getByText(text).first();
    }

    it('says which socket is missing, and offers a way to start Docker without running anything', async () => {
        await sidebar(/Docker is (not installed here|installed here, but it is not running)/).waitFor();
        await screenshot(page, 'empty-no-socket');
        await sidebar(/^(Which socket was asked|Where was it looked for)\?$/).click();
        await page
            .locator('.monaco-dialog-box')
            .getByText(/there is no socket at .*none\.sock/)
            .waitFor();
        await screenshot(page, 'empty-why');
        await page.keyboard.press('Escape');
        await page.locator('.part.sidebar').getByRole('button', { name: 'Type the Start Command' }).click();
        await page.locator('.terminal-wrapper').first().waitFor();
        await screenshot(page, 'empty-start-command');
    });

    it('shows the sample host, says that it is one, and goes back', async () => {
        await page.locator('.part.sidebar').getByRole('button', { name: 'Open the Sample Host' }).click();
        await treeRow(page, /^Docker daemon dockerd/).waitFor();
        await sidebar(/A recording of .*nothing here is live/).waitFor();
        await screenshot(page, 'sample');
        await runCommand(page, 'Docker Runtime: Close Snapshot, Back to Live');
        await sidebar(/it is not running|not installed here/).waitFor();
    });

    it('says when the daemon takes the connection and stays silent', async () => {
        setEndpoint(`unix://${join(folder, 'silent.sock')}`);
        await sidebar('takes connections but does not answer').waitFor();
        await screenshot(page, 'empty-silent');
    });

    it('says when a context that was chosen does not exist, or an endpoint is none', async () => {
        setEndpoint('ftp://nowhere');
        await sidebar('could not be reached').waitFor();
        await screenshot(page, 'empty-bad-endpoint');
    });

    function setEndpoint(endpoint: string): void {
        writeFileSync(
            join(workbench.dataFolder, 'data/Machine/settings.json'),
            JSON.stringify({
                'dockerRuntime.procRoot': join(folder, 'proc'),
                'dockerRuntime.endpoints': [endpoint],
            }),
        );
    }
});
