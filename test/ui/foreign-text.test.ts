import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { writeRecording } from '../../src/sources/recording/recording';
import { smallHost } from '../host/small-host';
import {
    hoverRow,
    openSnapshot,
    openView,
    openWorkbench,
    runCommand,
    screenshot,
    treeRow,
    webviewFrame,
    type Workbench,
} from './workbench';

/** What anybody who starts a process can put into its argv, and whoever names a container into its name. */
const hostile = [
    '$(trash) $(sync~spin)',
    '[a](command:workbench.action.quit)',
    '[b](https://evil.example/)',
    'https://evil.example/ www.evil.example a@evil.example',
    '<img src=x onerror=alert(1)><a href="https://evil.example">c</a>',
    '`d` ```e``` **f** _g_ ~~h~~ | i | j',
    '# k',
    '&lt;l&gt; &#60;m&#62; \\[n\\]',
];

describe('text of strangers, in a real workbench', function () {
    this.timeout(120_000);
    let folder: string;
    let workbench: Workbench;
    let page: Page;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        const host = smallHost({ name: hostile.join(' '), argv: ['sleep', ...hostile] });
        writeFileSync(join(folder, 'hostile.json'), writeRecording(host, { redact: false }));
        workbench = await openWorkbench();
        page = workbench.page;
        await openView(page, 'Docker Runtime');
        await openSnapshot(page, join(folder, 'hostile.json'));
        await page.locator('.part.sidebar').getByText('A recording of small').waitFor();
        await treeRow(page, /^Container .*evil/).waitFor();
    });
    afterEach(async function () {
        if (this.currentTest?.state === 'failed') await screenshot(page, 'failed-foreign-text');
    });
    after(async () => {
        await workbench?.close();
        rmSync(folder, { recursive: true, force: true });
    });

    it('stays text in rows and hovers: no link, no icon, no element', async () => {
        for (const row of [/^Container /, /^first process sleep/]) {
            const hover = await hoverRow(page, row);
            await screenshot(page, `foreign-text-${row.source.replace(/\W/g, '')}`);
            for (const text of hostile.slice(0, 5)) assert.ok(hover.includes(text), `${text}\nis not in\n${hover}`);
            const inHover = page.locator(
                '.monaco-hover:visible .hover-contents, .monaco-hover:visible .rendered-markdown',
            );
            assert.equal(await inHover.locator('a, img, code, table, del, .codicon').count(), 0);
        }
        const rows = page.locator('.part.sidebar .monaco-list-row .monaco-icon-label-container');
        assert.equal(await rows.locator('a[href], img, .codicon-trash, .codicon-sync').count(), 0);
        assert.ok((await rows.allInnerTexts()).join('\n').includes('$(trash)'));
    });

    it('stays text where a command asks which node is meant', async () => {
        await runCommand(page, 'Docker Runtime: Copy Container Id');
        const items = page.locator('.quick-input-widget:visible .monaco-list-row');
        await items.first().waitFor();
        await screenshot(page, 'foreign-text-choice');
        assert.match((await items.allInnerTexts()).join('\n'), /\$\(trash\) \$\(sync~spin\)/);
        assert.equal(await items.locator('.codicon-trash, .codicon-sync').count(), 0);
        await page.keyboard.press('Escape');
    });

    it('stays text in the picture', async () => {
        await runCommand(page, 'Docker Runtime: Show Picture');
        const picture = await webviewFrame(page, '[role=treeitem]');
        await picture.locator('[role=treeitem]').first().waitFor();
        await screenshot(page, 'foreign-text-picture');
        assert.equal(await picture.locator('a[href], img').count(), 0);
        assert.ok(((await picture.locator('body').textContent()) ?? '').includes('command:workbench.action.quit'));
    });
});
