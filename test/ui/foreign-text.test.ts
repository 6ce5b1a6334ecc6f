import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { writeRecording } from '../../src/sources/recording/recording';
import type { Snapshot } from '../../src/model/snapshot';
import { inspectionOf } from '../inspection';
import { smallHost } from '../host/small-host';
import { hostileTexts } from '../hostile-texts';
import {
    answerInput,
    hoverRow,
    openSnapshot,
    openView,
    runCommand,
    screenshot,
    treeRow,
    webviewFrame,
    workbenchesOfThisSuite,
} from './workbench';

/** One of each kind of trick: what anybody can put into an argv, a name, a label, or an answer of a daemon. */
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
    const open = workbenchesOfThisSuite();
    let folder: string;
    let page: Page;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        writeFileSync(join(folder, 'hostile.json'), writeRecording(hostileHost(), { redact: false }));
        ({ page } = await open());
        await openView(page, 'Docker Runtime');
        await openSnapshot(page, join(folder, 'hostile.json'));
        await page.locator('.part.sidebar').getByText('A recording of small').waitFor();
        await treeRow(page, /^Container .*evil/).waitFor();
    });
    after(async () => {
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

    it('stays text above the rows, and in findings', async () => {
        const message = page.locator('.part.sidebar .message', { hasText: 'Not seen' });
        assert.ok((await message.innerText()).includes('[a](command:workbench.action.quit)'));
        const finding = treeRow(page, /its health check fails/);
        const hover = await hoverRow(page, /its health check fails/);
        await screenshot(page, 'foreign-text-finding');
        for (const text of hostile.slice(0, 5)) assert.ok(hover.includes(text), `${text}\nis not in\n${hover}`);
        for (const place of [message, finding, page.locator('.monaco-hover:visible .rendered-markdown')]) {
            assert.equal(await place.locator('a[href], img, code, .codicon-trash, .codicon-sync').count(), 0);
        }
    });

    it('stays text in a notification', async () => {
        await runCommand(page, 'Docker Runtime: Reveal a PID or Container…');
        await answerInput(page, hostile.slice(0, 4).join(' '));
        const toast = page.locator('.notification-toast', { hasText: 'No process or container here matches' });
        await toast.waitFor();
        await screenshot(page, 'foreign-text-notification');
        assert.ok(
            (await toast.innerText()).includes('[a] (command:workbench.action.quit) [b] (https://evil.example/)'),
        );
        const words = toast.locator('.notification-list-item-message');
        assert.equal(await words.locator('a, img, .codicon').count(), 0);
        await runCommand(page, 'Notifications: Clear All Notifications');
    });

    it('stays text where a command asks which node is meant', async () => {
        await runCommand(page, 'Docker Runtime: Copy Container ID');
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

/** The small host as strangers would have it, with containers that are called by a sample of the known tricks. */
function hostileHost(): Snapshot {
    const host = smallHost({ name: hostile.join(' '), argv: ['sleep', ...hostile] });
    const text = hostile.join(' ');
    const tricks = hostileTexts.filter((trick, index) => index % 20 === 0 && trick.length < 100);
    return {
        ...host,
        engines: host.engines.map((engine) => ({
            ...engine,
            containers: engine.containers.flatMap((container) => [
                {
                    ...container,
                    status: 'Up 10 minutes (unhealthy)',
                    inspected: inspectionOf({ pid: 21, health: { failingStreak: 3, exitCode: 1, output: text } }),
                },
                ...tricks.map((trick, index) => ({
                    ...container,
                    id: index.toString(16).padStart(64, '0'),
                    names: [trick],
                    image: trick,
                    state: 'exited' as const,
                    status: trick,
                    pid: 0,
                })),
            ]),
        })),
        gaps: [{ source: text, reason: 'malformed', detail: text, help: text }],
    };
}
