import type { Page } from 'playwright-core';

/** How a window took it that somebody did something. In milliseconds. */
export interface Smoothness {
    /** From the last key or click to the frame that shows what is waited for. */
    readonly untilShown: number;
    /** The longest time without a frame, until half a second after everything had come to rest. */
    readonly longestGap: number;
    /** The longest task of the window's own thread; 0 where none took longer than 50 ms. */
    readonly longestTask: number;
}

/** `isShown` is an expression of the window's. */
export async function smoothnessOf(page: Page, act: () => Promise<void>, isShown: string): Promise<Smoothness> {
    await page.evaluate(`window.smoothness = new Promise((resolve) => {
        let inputAt = Infinity;
        let last = performance.now();
        let restless = last;
        let shownAt = 0;
        let longestGap = 0;
        let longestTask = 0;
        const input = () => { inputAt = performance.now(); longestGap = 0; longestTask = 0; };
        for (const type of ['keydown', 'pointerdown']) addEventListener(type, input, { capture: true });
        const observer = new PerformanceObserver((list) => {
            for (const { duration, startTime } of list.getEntries()) {
                if (startTime + duration > inputAt) longestTask = Math.max(longestTask, duration);
            }
        });
        observer.observe({ entryTypes: ['longtask'] });
        const frame = () => {
            const now = performance.now();
            longestGap = Math.max(longestGap, now - last);
            if (now - last > 50) restless = now;
            last = now;
            if (!shownAt && now > inputAt && (${isShown})) shownAt = restless = now;
            if (shownAt && now - restless > 500) {
                observer.disconnect();
                for (const type of ['keydown', 'pointerdown']) removeEventListener(type, input, { capture: true });
                resolve({ untilShown: shownAt - inputAt, longestGap, longestTask });
            } else {
                requestAnimationFrame(frame);
            }
        };
        requestAnimationFrame(frame);
    }); undefined`);
    await act();
    return page.evaluate<Smoothness>('window.smoothness');
}

/** Whether a row of the sidebar begins so, as an expression. */
export function rowIsShown(label: string): string {
    return `document.querySelector(${JSON.stringify(
        `.part.sidebar .monaco-list-row[role="treeitem"][aria-label^=${JSON.stringify(label)}]`,
    )}) !== null`;
}
