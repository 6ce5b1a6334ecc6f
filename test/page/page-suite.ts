/** What the tests of the page share: pages that are closed after each test, and questions to them. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { Scene } from '../../src/present/scene';
import { startPageHost, type OpenOptions, type OpenPage, type PageHost } from './page-browser';

/** For the whole suite that calls it. After each test, no page may have complained. */
export function pagesOfThisSuite(): (scene: Scene | null, options?: OpenOptions) => Promise<OpenPage> {
    let host: PageHost;
    let opened: OpenPage[] = [];
    before(async () => {
        host = await startPageHost();
    });
    after(() => host.close());
    afterEach(async () => {
        const complaints = (await Promise.all(opened.map((page) => page.complaints()))).flat();
        await Promise.all(opened.map((page) => page.close()));
        opened = [];
        assert.deepEqual(complaints, [], 'the policy was broken, or a script failed');
    });
    return async (scene, options) => {
        const page = await host.open(options);
        opened.push(page);
        if (scene) {
            await page.send({ type: 'scene', number: 1, scene });
            await page.page.locator('.picture > g').first().waitFor({ state: 'attached' });
        }
        return page;
    };
}

/** The treeitem whose spoken label begins so. */
export function item(page: Page, label: string): Locator {
    return page.locator(`[role=treeitem][aria-label^="${label}"]`).first();
}

/** The spoken label of the item that the tree calls its active one, after the next frame. */
export async function active(page: Page): Promise<string> {
    return page.evaluate<string>(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
        const id = document.querySelector('[role=tree]').getAttribute('aria-activedescendant');
        resolve(document.getElementById(id)?.getAttribute('aria-label') ?? 'nothing');
    })))`);
}

export async function scale(page: Page): Promise<number> {
    const transform = (await page.locator('.picture > g').getAttribute('transform')) ?? '';
    return Number(/scale\((.*)\)/.exec(transform)?.[1]);
}
