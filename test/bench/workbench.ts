import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { writeRecording } from '../../src/sources/recording/recording';
import { type Dockerd, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { missingPrograms, programsForBrowser, programsForDocker } from '../lab/programs.mjs';
import { largeHost, withFirstPaused } from '../ui/large-host';
import { rowIsShown, type Smoothness, smoothnessOf } from '../ui/smoothness';
import { answerInput, openSnapshot, openWorkbench, runCommand, treeRow } from '../ui/workbench';
import type { Plan } from './bench';
import { measureActivation, packageEmptyExtension } from './activation';
import { type Report, timed } from './report';

/** The packaged extension in a real workbench: its start, a large recording, and new containers of a real dockerd. */
export async function measureWorkbench(plan: Plan, report: Report): Promise<void> {
    const missing = missingPrograms([...programsForDocker, ...programsForBrowser]);
    if (missing.length > 0) {
        report.heading('A real workbench: not measured', `missing: ${missing.join(', ')}`);
        return;
    }
    const laboratory = openLaboratory();
    try {
        const dockerd = await laboratory.startDockerd('bench');
        await importTestImage(laboratory, dockerd);
        // In a folder for which no other extension is activated: their work would be counted as this one's.
        const openFolder = join(laboratory.folder, 'empty');
        mkdirSync(openFolder);
        const workbench = await openWorkbench({
            openFolder,
            extensions: [plan.package, await packageEmptyExtension(plan, join(laboratory.folder, 'empty-extension'))],
            settings: { 'workbench.editor.useModal': 'off' }, // in which a long list does not become longer
            environment: { DOCKER_HOST: dockerd.endpoint },
        });
        try {
            const { page } = workbench;
            await measureActivation(page, report);
            await runCommand(page, 'Docker Runtime: Filter…');
            await answerInput(page, laboratory.folder); // other daemons of this machine are not measured
            await measureNewContainers(page, dockerd, plan, report);
            await measureLargeHost(page, report);
        } finally {
            await workbench.close();
        }
    } finally {
        laboratory.close();
    }
}

/** From Docker's own event to the row on the screen; both moments by the clock of this machine. */
async function measureNewContainers(page: Page, dockerd: Dockerd, plan: Plan, report: Report): Promise<void> {
    const events = listenForStarts(dockerd.socket);
    const toRow: number[] = [];
    const toRunning: number[] = [];
    const runs: number[] = [];
    for (let round = 0; round < Math.max(20, plan.rounds); round++) {
        const name = `new-${String(round)}`;
        await page.evaluate(watchRow(name));
        runs.push(
            await timed(() =>
                dockerd.docker('run', '-d', '--network=none', '--name', name, testImage, 'sleep', '86400'),
            ),
        );
        const shown = await page.evaluate<{ row: number; running: number }>('window.rowShown');
        const happened = await events.startOf(name);
        toRow.push(shown.row - happened);
        toRunning.push(shown.running - happened);
        await dockerd.docker('rm', '-f', name);
        await treeRow(page, new RegExp(`^Container ${name},`)).waitFor({ state: 'detached' });
        await page.waitForTimeout(2_000); // idle again: no event waits to be followed
    }
    events.close();
    report.heading('A new container in a real workbench', `${String(toRow.length)} times; from Docker’s event “start”`);
    const middle = (times: readonly number[], share: number): number =>
        [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? NaN;
    for (const [what, times] of [
        ['docker run itself', runs],
        ['until its row stands', toRow],
        ['until it says “running”', toRunning],
    ] as const) {
        report.figure(
            what,
            `${middle(times, 0.5).toFixed(0)} ms at the median, ${middle(times, 0.95).toFixed(0)} ms at the 95th percentile`,
        );
    }
    report.goal('a new container says “running”, at the median', middle(toRunning, 0.5), 150, ' ms');
}

/** The moments, in milliseconds since 1970, at which the row is in the document, and at which it says `running`. */
function watchRow(name: string): string {
    return `window.rowShown = new Promise((resolve) => {
        let row;
        const look = () => {
            const label = document.querySelector('.part.sidebar [role="treeitem"][aria-label^="Container ${name},"]')?.ariaLabel;
            if (label === undefined) return;
            row ??= Date.now();
            if (!label.includes('running')) return;
            observer.disconnect();
            resolve({ row, running: Date.now() });
        };
        const observer = new MutationObserver(look);
        observer.observe(document.querySelector('.part.sidebar'), { subtree: true, childList: true, attributes: true });
    }); undefined`;
}

/** When a client hears of each start. */
function listenForStarts(socketPath: string): { startOf(name: string): Promise<number>; close(): void } {
    const starts = new Map<string, number>();
    const waiting = new Map<string, (at: number) => void>();
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['start'] }));
    const stream = request({ socketPath, path: `/events?filters=${filters}` }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => {
            const at = Date.now();
            for (const [, name = ''] of text.matchAll(/"name":"(new-\d+)"/g)) {
                starts.set(name, at);
                waiting.get(name)?.(at);
            }
        });
    });
    stream.on('error', () => undefined); // closed below
    stream.end();
    return {
        startOf: async (name) => starts.get(name) ?? new Promise((resolve) => waiting.set(name, resolve)),
        close: () => stream.destroy(),
    };
}

async function measureLargeHost(page: Page, report: Report): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'dr-'));
    const host = largeHost(1000);
    writeFileSync(join(folder, 'large.json'), writeRecording(host, { redact: false }));
    writeFileSync(join(folder, 'later.json'), writeRecording(withFirstPaused(host), { redact: false }));
    report.heading(
        '1,000 containers and 5,000 rows in a real workbench',
        'from the last key or click to the rows; then the longest time without a frame, and the longest task',
    );
    const figure = (what: string, { untilShown, longestGap, longestTask }: Smoothness): void => {
        const [shown, gap, task] = [untilShown, longestGap, longestTask].map((one) => one.toFixed(0));
        report.figure(what, `${String(shown)} ms, gap ${String(gap)} ms, task ${String(task)} ms`);
    };
    try {
        await runCommand(page, 'Docker Runtime: Clear Filter');
        const open = (name: string, isShown: string) =>
            smoothnessOf(page, () => openSnapshot(page, join(folder, name)), isShown);
        figure('open', await open('large.json', rowIsShown('Container service-1,')));
        figure(
            'refresh, one container paused',
            await open('later.json', rowIsShown('Container service-1, nginx · paused')),
        );
        const daemon = treeRow(page, /^containerd /);
        const fold = () => daemon.locator('.monaco-tl-twistie').click();
        figure('collapse', await smoothnessOf(page, fold, `!${rowIsShown('Container service-1,')}`));
        figure('expand', await smoothnessOf(page, fold, rowIsShown('Container service-1,')));
        const filter = (text: string) => async () => {
            await runCommand(page, 'Docker Runtime: Filter…');
            await answerInput(page, text);
        };
        figure('filter', await smoothnessOf(page, filter('service-777'), rowIsShown('Container service-777,')));
        figure('filter nothing', await smoothnessOf(page, filter(''), rowIsShown('Container service-1,')));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
