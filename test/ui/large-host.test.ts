import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { writeRecording } from '../../src/sources/recording/recording';
import { largeHost, withFirstPaused } from './large-host';
import { rowIsShown, type Smoothness, smoothnessOf } from './smoothness';
import {
    answerInput,
    openSnapshot,
    openView,
    runCommand,
    treeRow,
    treeRows,
    workbenchesOfThisSuite,
} from './workbench';

/** The times are for reading: `npm run bench` measures them. Only a window that stands still fails here. */
describe('1,000 containers and 5,000 rows, in a real workbench', function () {
    this.timeout(180_000);
    const open = workbenchesOfThisSuite();
    let folder: string;
    let page: Page;

    before(async () => {
        folder = mkdtempSync('/tmp/dr-');
        const host = largeHost(1000);
        writeFileSync(join(folder, 'large.json'), writeRecording(host, { redact: false }));
        writeFileSync(join(folder, 'later.json'), writeRecording(withFirstPaused(host), { redact: false }));
        ({ page } = await open());
        await openView(page, 'Docker Runtime');
    });
    after(async () => {
        rmSync(folder, { recursive: true, force: true });
    });

    async function expectSmooth(act: () => Promise<void>, isShown: string): Promise<void> {
        const { untilShown, longestGap }: Smoothness = await smoothnessOf(page, act, isShown);
        console.log(`      shown after ${untilShown.toFixed(0)} ms, longest gap ${longestGap.toFixed(0)} ms`);
        assert.ok(untilShown < 30_000 && longestGap < 5_000);
        assert.ok((await treeRows(page)).length < 100, 'only what is on the screen is in the document');
    }

    it('open', () =>
        expectSmooth(() => openSnapshot(page, join(folder, 'large.json')), rowIsShown('Container service-1,')));

    it('follow a change of one of them', () =>
        expectSmooth(
            () => openSnapshot(page, join(folder, 'later.json')),
            rowIsShown('Container service-1, nginx · paused'),
        ));

    it('collapse and expand', async () => {
        const fold = () =>
            treeRow(page, /^containerd /)
                .locator('.monaco-tl-twistie')
                .click();
        await expectSmooth(fold, `!${rowIsShown('Container service-1,')}`);
        await expectSmooth(fold, rowIsShown('Container service-1,'));
    });

    it('are filtered, and shown again', async () => {
        const filter = (text: string) => async () => {
            await runCommand(page, 'Docker Runtime: Filter…');
            await answerInput(page, text);
        };
        await expectSmooth(filter('service-777'), rowIsShown('Container service-777,'));
        await expectSmooth(filter(''), rowIsShown('Container service-1,'));
    });

    it('lead to one that is in a group of many', async () => {
        assert.equal(await treeRow(page, 'Container service-777,').count(), 0);
        const reveal = async () => {
            await runCommand(page, 'Docker Runtime: Reveal a PID or Container…');
            await answerInput(page, 'service-777');
        };
        await expectSmooth(reveal, rowIsShown('Container service-777,'));
        const [selected] = (await treeRows(page)).filter((row) => row.selected);
        assert.match(selected?.label ?? '', /^Container service-777,/);
    });
});
