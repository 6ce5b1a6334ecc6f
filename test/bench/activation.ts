import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { until } from '../lab/command';
import { openView, runCommand, treeRow } from '../ui/workbench';
import type { Plan } from './bench';
import type { Report } from './report';

const ours = 'Docker Runtime Explorer';
const empty = 'Empty Extension';

/**
 * An extension that does nothing, and that our view activates, too. VS Code begins to count for all extensions that one
 * moment activates before it loads the first of them: what it says of this one is how long ours only waited. Of those
 * that an event activates, it takes the one first whose id is first in the alphabet.
 */
export async function packageEmptyExtension(plan: Plan, folder: string): Promise<string> {
    mkdirSync(folder);
    const manifest = {
        ...{ name: 'empty', publisher: 'bench', displayName: empty, version: '0.0.0', main: './empty.js' },
        ...{ engines: { vscode: '^1.100.0' }, activationEvents: ['onView:dockerRuntime.hierarchy'] },
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'README.md'), '# Nothing\n');
    writeFileSync(join(folder, 'empty.js'), 'exports.activate = () => undefined;\n');
    const vsce = join(plan.repository, 'node_modules/@vscode/vsce/vsce');
    const file = join(folder, 'empty.vsix');
    const options = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', file];
    await promisify(execFile)(process.execPath, [vsce, 'package', ...options], { cwd: folder });
    return file;
}

/** As VS Code tells it to a person who asks which extension slows it down. Afterwards the view is open. */
export async function measureActivation(page: Page, report: Report): Promise<void> {
    report.heading('The start in a real workbench', 'by VS Code itself: “Show Running Extensions”');
    await page.waitForTimeout(5_000); // for it listens to no key yet
    await until('the extension host has started', async () => (await activationTimes(page)).has('Git'), 60_000);
    await page.waitForTimeout(5_000); // no other extension starts any more, or has its work counted as this one's
    report.goal('activation at rest, by VS Code itself', await activation(page, report, 'at rest'), 50, ' ms');
    await page.waitForTimeout(5_000); // the workbench writes down which view is open
    await page.reload();
    const whileItStarts = await activation(page, report, 'during the start');
    report.goal('activation while the workbench starts, by VS Code itself', whileItStarts, 50, ' ms');
}

/** In milliseconds, less what the empty extension waited. */
async function activation(page: Page, report: Report, when: string): Promise<number> {
    await openView(page, 'Docker Runtime');
    await treeRow(page, /./).waitFor({ timeout: 60_000 });
    const times = await activationTimes(page);
    const [all = NaN, waited = NaN] = [times.get(ours), times.get(empty)];
    report.figure(`${when}: this extension`, `${String(all)} ms`);
    report.figure(`${when}: an empty one beside it`, `${String(waited)} ms`);
    const others = [...times].filter(([name]) => name !== ours && name !== empty);
    report.figure(`${when}: others`, others.map(([name, time]) => `${name} ${String(time)}`).join(', '));
    return all - waited;
}

/** By the extensions' names, in milliseconds. */
async function activationTimes(page: Page): Promise<ReadonlyMap<string, number>> {
    const usual = page.viewportSize() ?? { width: 1280, height: 800 };
    await page.setViewportSize({ ...usual, height: 3000 }); // only what is on the screen is in the document
    await runCommand(page, 'Developer: Show Running Extensions');
    const rows = page.locator('.runtime-extensions-editor .monaco-list-row');
    await rows.first().waitFor({ timeout: 60_000 });
    const texts = await rows.allInnerTexts();
    await page.keyboard.press('ControlOrMeta+w');
    await rows.first().waitFor({ state: 'detached' });
    await page.setViewportSize(usual);
    return new Map(
        texts.flatMap((text) => {
            const milliseconds = /Activation: (\d+)\s*ms/.exec(text)?.[1];
            return milliseconds ? [[text.split('\n')[0] ?? '', Number(milliseconds)]] : [];
        }),
    );
}
