import type { Page } from 'playwright-core';
import type { Scene } from '../../src/present/scene';
import { textOfMessage } from '../../src/protocol';

/** In milliseconds, from the message to the end of the frame that shows the first items: when the next one begins. */
export async function firstPaint(page: Page, scene: Scene): Promise<number> {
    const message = textOfMessage({ type: 'scene', number: 1, scene });
    await page.evaluate(`window.message = ${JSON.stringify(message)}; undefined`);
    return page.evaluate<number>(`new Promise((resolve) => {
        new MutationObserver((records, observer) => {
            if (document.querySelector('[role=treeitem]')) {
                observer.disconnect();
                requestAnimationFrame(() => resolve(performance.now() - start));
            }
        }).observe(document.body, { subtree: true, childList: true });
        const start = performance.now();
        postMessage(window.message, '*');
    })`);
}

/** The median of the milliseconds between two frames, while the wheel turns. */
export function middleFrame(page: Page): Promise<number> {
    return page.evaluate<number>(`new Promise((resolve) => {
        const picture = document.querySelector('.picture');
        const times = [];
        const turn = (now) => {
            times.push(now);
            picture.dispatchEvent(new WheelEvent('wheel', { deltaY: 90, cancelable: true }));
            if (times.length < 40) {
                requestAnimationFrame(turn);
            } else {
                const between = times.slice(1).map((time, index) => time - times[index]);
                resolve(between.sort((a, b) => a - b)[between.length >> 1]);
            }
        };
        requestAnimationFrame(turn);
    })`);
}
