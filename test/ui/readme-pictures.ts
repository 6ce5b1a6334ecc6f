// The README's pictures: the sample host in a real workbench, as a person sees it.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expandRow, hoverRow, openView, openWorkbench, runCommand, treeRow, webviewFrame } from './workbench';

/** What a README's visitor should have to load for one picture, in bytes. */
const largestPicture = 200 * 1024;

const container = /^Container /;

export async function takePictures(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const openFolder = mkdtempSync(join(tmpdir(), 'pictures-')); // empty: nothing of it belongs in a picture
    const workbench = await openWorkbench({
        openFolder,
        size: { width: 1200, height: 680 },
        settings: { 'window.commandCenter': false, 'workbench.layoutControl.enabled': false },
    });
    const { page } = workbench;
    try {
        await openView(page, 'Docker Runtime');
        await runCommand(page, 'Docker Runtime: Open Sample Host');
        // Whatever runs on this machine is shown until then, and must not get into a picture.
        await page.locator('.part.sidebar').getByText('A recording of').waitFor();
        await treeRow(page, container).waitFor();
        await widenSidebar(page, 520);
        await treeRow(page, container).click(); // selects it, and folds it
        await expandRow(page, container);
        await hoverRow(page, container);
        await save(page, join(folder, 'screenshot-hover.png'));

        await runCommand(page, 'Docker Runtime: Show Picture');
        const picture = await webviewFrame(page, '[role=treeitem]');
        await picture.locator('[role=treeitem][aria-selected=true]').first().waitFor();
        await save(page, join(folder, 'screenshot-picture.png'));
    } finally {
        await workbench.close();
        rmSync(openFolder, { recursive: true });
    }
}

/** Drags the sidebar's edge until the sidebar has the given width in CSS pixels. */
async function widenSidebar(page: Page, width: number): Promise<void> {
    const box = await page.locator('.part.sidebar').boundingBox();
    if (!box) {
        throw new Error('The sidebar is not shown');
    }
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + width, middle, { steps: 4 });
    await page.mouse.up();
}

async function save(page: Page, path: string): Promise<void> {
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
    const { size } = statSync(path);
    if (size > largestPicture) {
        throw new Error(`${path} has ${size} bytes; a README's picture may have ${largestPicture}`);
    }
    console.log(`${path}: ${Math.round(size / 1024)} KiB`);
}
