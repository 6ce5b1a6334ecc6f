import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type FakeDaemon, startFakeDaemon } from '../sources/docker/fake-daemon';
import { statLine } from '../sources/procfs/proc-directory';
import { openView, runCommand, screenshot, treeRow, type Workbench, workbenchesOfThisSuite } from './workbench';

/** A /proc whose only process has nothing to do with containers: all that is left to show is Docker's failure. */
describe('the view where there is nothing to show, in a real workbench', function () {
    this.timeout(120_000);
    const open = workbenchesOfThisSuite();
    let folder: string;
    let workbench: Workbench;
    let page: Page;
    let daemon: FakeDaemon;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        mkdirSync(join(folder, 'proc/1'), { recursive: true });
        writeFileSync(join(folder, 'proc/1/stat'), statLine({ pid: 1, comm: 'init', ppid: 0 }));
        daemon = await startFakeDaemon(() => undefined); // accepts, and never says a word
        workbench = await open({
            environment: { DOCKER_HOST: '', DOCKER_CONTEXT: 'elsewhere', DOCKER_CONFIG: folder },
            settings: {
                'dockerRuntime.procRoot': join(folder, 'proc'),
                'dockerRuntime.endpoints': [`unix://${join(folder, 'none.sock')}`],
            },
        });
        page = workbench.page;
        await openView(page, 'Docker Runtime');
    });
    after(async () => {
        await daemon?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    function sidebar(text: string | RegExp) {
        return page.locator('.part.sidebar').getByText(text).first();
    }

    function button(name: string) {
        return page.locator('.part.sidebar').getByRole('button', { name });
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
        await button('Type the Start Command').click();
        await page.locator('.terminal-wrapper').first().waitFor();
        await screenshot(page, 'empty-start-command');
    });

    it('shows the sample host, says that it is one, and goes back', async () => {
        await button('Open the Sample Host').click();
        await treeRow(page, /^Docker daemon dockerd/).waitFor();
        await sidebar(/A recording of .*nothing here is live/).waitFor();
        await screenshot(page, 'sample');
        await runCommand(page, 'Docker Runtime: Close Snapshot, Back to Live');
        await sidebar(/it is not running|not installed here/).waitFor();
    });

    it('says when the daemon takes the connection and stays silent', async () => {
        setEndpoints(daemon.endpoint.endpoint);
        await sidebar('takes connections but does not answer').waitFor();
        await screenshot(page, 'empty-silent');
    });

    it('says when the daemon may not be asked, and what that permission would mean', async () => {
        daemon.script = (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        await button('Look Again').click();
        await sidebar('your user may not use it').waitFor();
        await button('Read About the Permissions').waitFor();
        await screenshot(page, 'empty-no-permission');
    });

    it('says when an endpoint is none', async () => {
        setEndpoints('ftp://nowhere');
        await sidebar('could not be reached').waitFor();
        await button('Choose an Endpoint').waitFor();
        await screenshot(page, 'empty-bad-endpoint');
    });

    it('says when the context that was chosen does not exist, and asks nobody in its place', async () => {
        setEndpoints();
        await sidebar('context that is chosen cannot be followed').waitFor();
        await sidebar('Which one, and why?').click();
        await page.locator('.monaco-dialog-box').getByText('docker context "elsewhere"').waitFor();
        await screenshot(page, 'empty-bad-context');
        await page.keyboard.press('Escape');
    });

    function setEndpoints(...endpoints: readonly string[]): void {
        writeFileSync(
            join(workbench.dataFolder, 'data/Machine/settings.json'),
            JSON.stringify({
                'dockerRuntime.procRoot': join(folder, 'proc'),
                'dockerRuntime.endpoints': endpoints,
            }),
        );
    }
});
