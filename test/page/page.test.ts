import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { changeBetween } from '../../src/editor/scene-feed';
import { hostileTexts } from '../hostile-texts';
import { until } from '../until';
import { startPageHost, type OpenOptions, type OpenPage } from './page-browser';
import { firstPaint, middleFrame } from './page-measures';
import { hostWith, node, sceneOf } from './page-scenes';
import { item, pagesOfThisSuite } from './page-suite';

describe('the page of the picture, in a browser', function () {
    this.timeout(60_000);
    const open = pagesOfThisSuite();

    describe('what it draws', () => {
        it('asks for its scene, and waits without one', async () => {
            const { page, posted } = await open(null);
            assert.deepEqual(await posted(), [{ type: 'ready' }]);
            assert.equal(await page.getByText('Waiting for the first look').isVisible(), true);
            assert.equal(await page.locator('runtime-button').count(), 9);
        });

        it('draws one container from its engine to its process, with its links', async () => {
            const { page } = await open(hostWith(1, 1));
            assert.deepEqual(await page.locator('[role=treeitem] .label').allTextContents(), [
                'dockerd',
                'containerd',
                'containerd-shim',
                'web-1',
                'nginx',
                'migrate',
            ]);
            assert.equal(await page.locator('.link.managed .line').count(), 4 + 1, 'and one in the legend');
            assert.match(
                (await page.locator('.picture .link.member title').textContent()) ?? '',
                /^Member: .*\ncgroup: /,
            );
        });

        for (const [containers, processes, bound] of [
            [1, 1, 1000],
            [200, 3, 2000],
            [1000, 3, 3000],
        ] as const) {
            it(`paints ${containers} containers at once, and only what is on the screen`, async () => {
                const scene = hostWith(containers, processes);
                const { page } = await open(null);
                const milliseconds = await firstPaint(page, scene);
                const drawn = await page.locator('[role=treeitem]').count();
                const elements = await page.locator('*').count();
                console.log(
                    `        ${scene.nodes.length} nodes: first paint after ${milliseconds.toFixed(0)} ms, ${drawn} drawn, ${elements} elements`,
                );
                assert.ok(milliseconds < bound, `${milliseconds} ms`);
                assert.ok(drawn <= Math.min(scene.nodes.length, 150));
                assert.ok(elements < 2500);
                const frame = await middleFrame(page);
                console.log(`        scrolling: every other frame within ${frame.toFixed(0)} ms`);
                assert.ok(frame < 100);

                await page.locator('.picture').press('0');
                await page.locator('.afar').waitFor({ state: containers > 1 ? 'attached' : 'detached' });
                assert.ok((await page.locator('*').count()) < 2500, 'the whole, from afar');
            });
        }

        it('keeps the daemons on the screen while it scrolls through their containers', async () => {
            const { page } = await open(hostWith(200, 3));
            await page.mouse.move(600, 400);
            await page.mouse.wheel(0, 9000);
            await item(page, 'web-1,').waitFor({ state: 'detached' });
            assert.ok((await page.locator('[role=treeitem]').count()) < 150);
            for (const daemon of ['dockerd,', 'containerd,']) {
                const box = await item(page, daemon).boundingBox();
                assert.ok(box && box.y > 30 && box.y < 150, daemon);
            }
        });

        for (const how of ['whole', 'as a change'] as const) {
            it(`touches only what changed when a new scene comes ${how}`, async () => {
                const { page, send } = await open(hostWith(20, 2));
                await page.evaluate(`window.before = [...document.querySelectorAll('[role=treeitem]')];
                window.changes = [];
                new MutationObserver((records) => window.changes.push(...records.map((record) => record.target.textContent)))
                    .observe(document.querySelector('.picture'), { subtree: true, childList: true, characterData: true, attributes: true });`);
                const scene = hostWith(20, 2);
                const nodes = scene.nodes.map((one) =>
                    one.id === 'container-3' ? { ...one, description: 'redis:7 · up 4 hours' } : one,
                );
                const next = { ...scene, nodes };
                await send(
                    how === 'whole'
                        ? { type: 'scene', number: 2, scene: next }
                        : { type: 'change', number: 2, change: changeBetween(scene, next) },
                );
                await page.getByText('redis:7 · up 4 hours').first().waitFor();
                assert.deepEqual(await page.evaluate(`[...new Set(window.changes)]`), ['redis:7 · up 4 hours']);
                assert.equal(
                    await page.evaluate(
                        `[...document.querySelectorAll('[role=treeitem]')].every((one, index) => one === window.before[index])`,
                    ),
                    true,
                );
            });
        }

        it('says what a person must know before believing it', async () => {
            const { page } = await open(sceneOf(hostWith(1, 1).nodes, ['A recording, not this machine.']));
            assert.equal(await page.locator('.notices[role=status]').innerText(), 'A recording, not this machine.');
        });

        it('grows with the text', async () => {
            const small = await open(hostWith(2, 1));
            const large = await open(hostWith(2, 1), { fontSize: 26 });
            const height = async ({ page }: OpenPage): Promise<number> =>
                (await page.locator('.card').first().boundingBox())?.height ?? 0;
            assert.ok((await height(large)) > (await height(small)) * 1.4);
        });
    });

    describe('whatever stands in it', () => {
        const hostile = [
            '<img src=x onerror="window.broken = true">',
            '<script>window.broken = true</script>',
            '](command:workbench.action.quit)',
            '\x1b]52;c;aGk=\x07',
            'gpj.\u202Eexe',
            '"><svg onload=window.broken=true>',
            '${alert(1)}',
            'x'.repeat(100_000),
        ];

        it('stays text', async () => {
            const nodes = hostile.map((text, index) => ({
                ...node(
                    text.slice(0, 4000),
                    index % 2 ? (hostile[index - 1] ?? null) : null,
                    text,
                    text,
                    'process' as const,
                    {
                        kind: 'member' as const,
                        evidence: [text],
                    },
                ),
                accessibleLabel: text,
            }));
            const { page, posted } = await open({
                ...sceneOf(nodes, hostile),
                title: hostile[0] ?? '',
                takenAt: hostile[1] ?? '',
            });
            for (const [index, text] of hostile.entries()) {
                await page.locator('[role=treeitem]').nth(index).click();
                await until(async () => {
                    const last = (await posted()).at(-1);
                    return last?.type === 'select' && last.id === text.slice(0, 4000);
                });
            }
            assert.equal(await page.evaluate('window.broken'), undefined);
            assert.equal(await page.locator('img, #page script, #page a').count(), 0);
            const labels = await page.locator('.picture .label').allTextContents();
            assert.equal(labels[0]?.slice(0, 5), '<img ');
            assert.ok(labels.some((label) => label.startsWith('\\x1b]52')));
            assert.ok(labels.includes('gpj.U+202Eexe'));
            assert.ok(labels.at(-1)?.endsWith('…') && (labels.at(-1)?.length ?? 0) < 60);
            const text = await page.evaluate<string>(`document.documentElement.outerHTML`);
            assert.ok(!text.includes('\u202E') && !text.includes('\x1b'));
            assert.ok(text.length < 200_000, `${text.length} characters in the document`);
        });

        it('stays text, whatever of the known tricks it is', async () => {
            const { page, send } = await open(sceneOf([node('first', null, 'first', '', 'process')]));
            const links = { kind: 'member', evidence: hostileTexts.slice(0, 100) } as const;
            const atOnce = 20;
            for (let start = 0; start < hostileTexts.length; start += atOnce) {
                const texts = hostileTexts.slice(start, start + atOnce);
                const nodes = texts.map((text, place) => ({
                    ...node(`${place}`, place === 0 ? null : '0', text, text, 'process', place === 0 ? null : links),
                    accessibleLabel: `${place}: ${text}`,
                }));
                const scene = { ...sceneOf(nodes, texts), title: `texts from ${start}` };
                await send({ type: 'scene', number: start + 2, scene });
                await page.getByRole('heading', { name: scene.title, exact: true }).waitFor();
                const shown = await page.evaluate<string>('document.body.innerHTML');
                assert.doesNotMatch(shown.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
                const active = 'img, script, a, iframe, form, meta, base, object, [onload], [onerror]';
                assert.equal(await page.locator('#page').locator(active).count(), 0);
            }
            assert.equal(await page.evaluate('location.hash + document.title'), 'Docker Runtime');
        });

        it('runs no script but its own', async () => {
            const host = await startPageHost();
            const { page, complaints } = await host.open();
            await page.evaluate(`const script = document.createElement('script');
                script.textContent = 'window.broken = true';
                document.body.append(script);
                const image = document.createElement('img');
                image.src = '/page.css';
                image.setAttribute('onerror', 'window.broken = true');
                document.body.append(image);`);
            await until(async () => (await complaints()).filter((line) => /^(script|img)-src/.test(line)).length >= 2);
            assert.equal(await page.evaluate('window.broken'), undefined);
            await host.close();
        });
    });

    describe('for everybody', () => {
        for (const options of [
            { theme: 'dark' },
            { theme: 'light' },
            { theme: 'high-contrast' },
            { theme: 'dark', forcedColors: true },
            { theme: 'dark', width: 320, height: 500 },
        ] satisfies OpenOptions[]) {
            it(`has no fault that axe finds: ${Object.values(options).join(', ')}`, async () => {
                const { page } = await open(sceneOf(hostWith(30, 3).nodes, ['Partial.']), options);
                await item(page, 'dockerd,').click();
                assert.deepEqual(await faults(page), []);
                await page.keyboard.press('0');
                assert.deepEqual(await faults(page), [], 'from afar');
            });
        }

        it('can be read with forced colours', async () => {
            const { page } = await open(hostWith(3, 3), { forcedColors: true });
            await item(page, 'api-2,').click();
            for (const name of ['api-2,', 'web-1,']) {
                const [card, text] = await item(page, name).evaluate((element: unknown) => {
                    const part = element as { querySelector(selector: string): object };
                    const style = (globalThis as unknown as { getComputedStyle(of: object): { fill: string } })
                        .getComputedStyle;
                    return [style(part.querySelector('.card')).fill, style(part.querySelector('.label')).fill];
                });
                assert.notEqual(card, text, name);
            }
        });
    });
});

/** axe reads the colours that were asked for, not those that the system forces: there, contrast is the system's. */
async function faults(page: Page): Promise<readonly string[]> {
    await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
    return page.evaluate<
        string[]
    >(`axe.run(document, { rules: { 'color-contrast': { enabled: !matchMedia('(forced-colors: active)').matches } } }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map((one) => one.html.slice(0, 200) + ' ' + one.failureSummary).join('; ')))`);
}
