import { findBrowser } from '../lab/programs.mjs';
import { startPageHost } from '../page/page-browser';
import { firstPaint, middleFrame } from '../page/page-measures';
import { hostWith } from '../page/page-scenes';
import type { Plan } from './bench';
import type { Report } from './report';

/** The picture in Chromium, without a graphics card: from the message to the end of its frame, and frames while it moves. */
export async function measurePage(plan: Plan, report: Report): Promise<void> {
    if (!findBrowser()) {
        report.heading('The picture: not measured', 'missing: chromium');
        return;
    }
    report.heading('The picture, in Chromium', 'the best of several; frames are the median while the wheel turns');
    const host = await startPageHost();
    try {
        for (const [containers, processes] of [
            [100, 3],
            [1000, 3],
            [2000, 3],
        ] as const) {
            const scene = hostWith(containers, processes);
            let paint = Infinity;
            let frame = Infinity;
            let afar = Infinity;
            for (let round = 0; round < Math.min(5, plan.rounds); round++) {
                const { page, close } = await host.open();
                paint = Math.min(paint, await firstPaint(page, scene));
                frame = Math.min(frame, await middleFrame(page));
                await page.locator('.picture').press('0');
                await page.locator('.afar').waitFor({ state: 'attached' });
                afar = Math.min(afar, await middleFrame(page));
                await close();
            }
            const nodes = scene.nodes.length;
            report.figure(
                `${String(nodes)} nodes`,
                `first paint ${paint.toFixed(0)} ms, ${(1000 / frame).toFixed(0)} frames a second, ${(1000 / afar).toFixed(0)} from afar`,
            );
            if (nodes > 9000) {
                report.goal('first paint, 10,000 nodes', paint, 60, ' ms');
                report.goal('time between frames, 10,000 nodes', Math.max(frame, afar), 18.2, ' ms');
            }
        }
    } finally {
        await host.close();
    }
}
