import assert from 'node:assert/strict';
import { until } from '../until';
import { hostWith } from './page-scenes';
import { active, item, pagesOfThisSuite, scale } from './page-suite';

describe('the page of the picture, in use', function () {
    this.timeout(60_000);
    const open = pagesOfThisSuite();

    describe('with the keyboard', () => {
        it('has one tab stop, and tells where it is', async () => {
            const { page } = await open(hostWith(3, 2));
            assert.equal(await page.locator('main [tabindex="0"]').count(), 1);
            await page.locator('.picture').focus();
            assert.equal(await active(page), 'dockerd, 28.2.2 · pid 1041');
            await page.keyboard.press('ArrowRight');
            assert.match(await active(page), /^containerd,/);
            await page.keyboard.press('ArrowDown');
            assert.match(await active(page), /^containerd-shim,/);
            await page.keyboard.press('End');
            assert.match(await active(page), /^migrate,/);
        });

        it('reaches what is far outside the window', async () => {
            const { page } = await open(hostWith(200, 3));
            await page.locator('.picture').press('End');
            assert.match(await active(page), /^migrate,/);
            assert.equal(await item(page, 'migrate,').isVisible(), true);
            await page.mouse.move(600, 400);
            await page.mouse.wheel(0, -30_000);
            await item(page, 'web-1,').waitFor({ state: 'attached' });
            assert.match(await active(page), /^migrate,/, 'the active item stays in the document');
        });

        it('folds, unfolds and selects', async () => {
            const { page, posted } = await open(hostWith(3, 2));
            const container = item(page, 'api-2,');
            await container.click();
            await until(async () => (await container.getAttribute('aria-selected')) === 'true');
            assert.equal(await container.getAttribute('aria-expanded'), 'true');
            await page.keyboard.press('ArrowLeft');
            await until(async () => (await container.getAttribute('aria-expanded')) === 'false');
            assert.equal((await container.locator('.fold').textContent())?.trim(), '+2');
            assert.match((await container.getAttribute('aria-label')) ?? '', /; 2 folded beneath it$/);
            await page.keyboard.press('ArrowRight');
            await until(async () => (await container.getAttribute('aria-expanded')) === 'true');
            await page.keyboard.press('ArrowRight');
            await page.keyboard.press('Enter');
            await page.keyboard.press('Escape');
            assert.deepEqual(await posted(), [
                { type: 'ready' },
                { type: 'select', id: 'container-1' },
                { type: 'select', id: 'process-1-0' },
                { type: 'select', id: null },
            ]);
        });

        it('searches, through what is folded too', async () => {
            const { page } = await open(hostWith(40, 2));
            await page.getByRole('button', { name: 'Fold containers' }).click();
            await page.locator('.picture').press('/');
            await page.keyboard.type('pid 20231');
            const status = page.locator('.search [role=status]');
            await until(async () => (await status.innerText()) === '1 of 1');
            assert.match(await active(page), /^nginx, pid 20231/);
            assert.equal(await page.locator('.node.match').count(), 1);
            await page.keyboard.press('ControlOrMeta+a');
            await page.keyboard.type('postgres');
            await until(async () => (await status.innerText()) === '1 of 11');
            await page.keyboard.press('Enter');
            await until(async () => (await status.innerText()) === '2 of 11');
            await page.keyboard.press('Shift+Enter');
            await page.keyboard.press('Shift+Enter');
            await until(async () => (await status.innerText()) === '11 of 11');
            await page.keyboard.press('Escape');
            assert.equal(await page.evaluate(`document.activeElement.getAttribute('role')`), 'tree');
            await until(async () => (await page.locator('.node.match').count()) === 0);
        });

        it('zooms', async () => {
            const { page } = await open(hostWith(3, 2));
            const before = await scale(page);
            await page.locator('.picture').press('+');
            await until(async () => (await scale(page)) > before * 1.2);
            await page.keyboard.press('-');
            await page.keyboard.press('-');
            await until(async () => (await scale(page)) < before);
            await page.keyboard.press('0');
            await until(async () => Math.abs((await scale(page)) - before) < 0.01);
        });
    });

    it('fits itself into the window as long as it can be read, and again when that changes, until it is moved', async () => {
        const { page } = await open(hostWith(3, 3), { width: 700 });
        assert.equal(await scale(page), 0.75);
        const isWhole = async (): Promise<boolean> => {
            const { x, width } = (await item(page, 'worker process,').boundingBox()) ?? { x: NaN, width: NaN };
            return x + width < (page.viewportSize()?.width ?? 0);
        };
        await page.setViewportSize({ width: 1280, height: 800 });
        await until(async () => (await scale(page)) > 0.8);
        assert.equal(await isWhole(), true);
        const wide = await scale(page);
        await page.locator('.picture').press('+');
        await until(async () => (await scale(page)) > wide);
        const chosen = await scale(page);
        await page.setViewportSize({ width: 700, height: 800 });
        await page.locator('.picture').press('-');
        await until(async () => Math.abs((await scale(page)) - chosen * 0.8) < 0.01);
    });

    describe('with the mouse', () => {
        it('drags, scrolls and zooms where the pointer is', async () => {
            const { page } = await open(hostWith(40, 2));
            const box = async (): Promise<{ x: number; y: number; width: number }> =>
                (await item(page, 'api-2,').boundingBox()) ?? { x: NaN, y: NaN, width: NaN };
            const start = await box();
            await page.mouse.move(300, 400);
            await page.mouse.down();
            await page.mouse.move(340, 430, { steps: 4 });
            await page.mouse.up();
            await until(async () => (await box()).x === start.x + 40 && (await box()).y === start.y + 30);
            await page.mouse.wheel(10, 50);
            await until(async () => (await box()).x === start.x + 30 && (await box()).y === start.y - 20);
            const before = await box();
            await page.mouse.move(before.x, before.y);
            await page.keyboard.down('Control');
            await page.mouse.wheel(0, -100);
            await page.keyboard.up('Control');
            await until(async () => (await box()).width > before.width * 1.05);
            assert.ok(Math.abs((await box()).x - before.x) < 2 && Math.abs((await box()).y - before.y) < 2);
        });

        it('folds by the sign on a card, without selecting it', async () => {
            const { page, posted } = await open(hostWith(3, 2));
            const container = item(page, 'api-2,');
            await container.hover();
            await container.locator('.fold').click();
            await until(async () => (await container.getAttribute('aria-expanded')) === 'false');
            assert.deepEqual(await posted(), [{ type: 'ready' }]);
        });

        it('keeps the place when all containers are folded', async () => {
            const { page } = await open(hostWith(200, 3));
            await page.locator('.picture').press('/');
            await page.keyboard.type('pid 21503');
            await item(page, 'sh -c ./check, pid 21503').waitFor();
            await page.getByRole('button', { name: 'Fold containers' }).click();
            await item(page, 'search-151,').waitFor();
            assert.match(await active(page), /^search-151, .*; 3 folded beneath it$/);
        });
    });

    describe('in step with the extension', () => {
        it('shows what is selected in the tree, and does not tell it back', async () => {
            const { page, send, posted } = await open(hostWith(200, 3));
            await page.getByRole('button', { name: 'Fold containers' }).click();
            await send({ type: 'select', id: 'process-150-2' });
            const selected = page.locator('[role=treeitem][aria-selected=true]');
            await selected.waitFor();
            assert.match((await selected.getAttribute('aria-label')) ?? '', /^sh -c .\/check, pid 21503/);
            assert.equal(await selected.isVisible(), true);
            assert.match(await page.locator('.details').innerText(), /Spawned[^]*under nginx[^]*ppid: 21501/);
            assert.deepEqual(await posted(), [{ type: 'ready' }]);
        });

        it('keeps the selection when a scene comes, and while its node is gone', async () => {
            const { page, send } = await open(hostWith(3, 2));
            await item(page, 'api-2,').click();
            await send({ type: 'scene', number: 2, scene: hostWith(1, 2) });
            await item(page, 'api-2,').waitFor({ state: 'detached' });
            assert.match(await active(page), /^containerd,/, 'the keyboard goes to what is left above it');
            await send({ type: 'scene', number: 2, scene: hostWith(3, 2) });
            await item(page, 'api-2,').waitFor();
            assert.equal(await item(page, 'api-2,').getAttribute('aria-selected'), 'true');
        });

        it('accepts a selection before there is a scene', async () => {
            const { page, send } = await open(null);
            await send({ type: 'select', id: 'container-1' });
            await send({ type: 'scene', number: 2, scene: hostWith(3, 2) });
            await page.locator('[role=treeitem][aria-selected=true]').waitFor();
        });

        it('asks for the whole scene when it has not the one that a change is of', async () => {
            const { page, send, posted } = await open(hostWith(3, 2));
            const change = { ...hostWith(1, 2), nodes: [[0, 4]] } as const;
            await send({ type: 'change', number: 3, change });
            await until(async () => (await posted()).length === 2);
            assert.deepEqual((await posted())[1], { type: 'ready' });
            assert.equal(await page.locator('[role=treeitem]').count(), 15);
            await send({ type: 'scene', number: 4, scene: hostWith(1, 2) });
            await send({ type: 'change', number: 5, change });
            await until(async () => (await page.locator('[role=treeitem]').count()) === 4);
        });

        it('passes on what the person asks for', async () => {
            const { page, posted } = await open(hostWith(1, 1));
            await page.getByRole('button', { name: 'Refresh' }).click();
            await page.getByRole('combobox', { name: 'Order' }).click();
            await page.getByRole('option', { name: 'Kernel (PPID)' }).click();
            assert.deepEqual((await posted()).slice(1), [{ type: 'refresh' }, { type: 'order', order: 'kernel' }]);
        });

        it('comes back as it was left', async () => {
            const first = await open(hostWith(40, 2));
            await item(first.page, 'redis-4,').click();
            await first.page.keyboard.press('ArrowLeft');
            await first.page.keyboard.press('+');
            await until(async () =>
                JSON.stringify((await first.stored()) ?? null).includes('"folded":["container-3"]'),
            );
            const k = await scale(first.page);
            await until(async () => JSON.stringify((await first.stored()) ?? null).includes(`"k":${k}`));
            const second = await open(hostWith(40, 2), { stored: await first.stored() });
            const container = item(second.page, 'redis-4,');
            assert.equal(await container.getAttribute('aria-selected'), 'true');
            assert.equal(await container.getAttribute('aria-expanded'), 'false');
            assert.equal(await scale(second.page), k);
        });

        it('is not moved by messages that are none', async () => {
            const { page } = await open(hostWith(1, 1));
            await page.evaluate(`for (const value of [null, 'scene', { type: 'scene' }, { type: 'scene', number: 2, scene: { nodes: [{}] } },
                { type: 'select', id: { toString: 1 } }, { __proto__: { type: 'scene' } }]) { postMessage(value, '*'); postMessage(JSON.stringify(value), '*'); }`);
            await until(async () => (await page.locator('[role=treeitem]').count()) === 6);
        });
    });
});
