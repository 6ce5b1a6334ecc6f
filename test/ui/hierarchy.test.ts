import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import {
    answerInput,
    expandRow,
    hoverRow,
    openView,
    runCommand,
    screenshot,
    treeRow,
    treeRows,
    webviewFrame,
    workbenchesOfThisSuite,
} from './workbench';

describe('the hierarchy of a live dockerd, in a real workbench', function () {
    this.timeout(120_000);
    const open = workbenchesOfThisSuite();
    let laboratory: Laboratory;
    let dockerd: Dockerd;
    let page: Page;

    before(async () => {
        laboratory = openLaboratory();
        dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        const label = `com.docker.swarm.service.name=${hostileText}`; // which rows and hovers show
        await dockerd.docker('run', '-d', '--name', 'web', '--label', label, testImage, 'sleep', '1000');
        ({ page } = await open({ environment: { DOCKER_HOST: dockerd.endpoint } }));
        await openView(page, 'Docker Runtime');
        // Other daemons of this machine, and what they start meanwhile, are none of this test's business.
        await runCommand(page, 'Docker Runtime: Filter…');
        await answerInput(page, laboratory.folder);
        await treeRow(page, /^Container web,/).waitFor();
    });
    after(async () => {
        laboratory?.close();
    });

    it('stands from dockerd over containerd and the shim to the container and its process', async () => {
        await expandRow(page, /^Container web,/);
        await treeRow(page, /first process sleep 1000/).waitFor();
        await treeRow(page, /^Docker daemon dockerd \d/).waitFor(); // its version is asked for after the first look
        await screenshot(page, 'hierarchy');
        const rows = await treeRows(page);
        const at = rows.findIndex(({ label }) => label.startsWith('Container web,'));
        const { level = 0 } = rows[at] ?? {};
        assert.equal(level, 4);
        const above = [1, 2, 3].map((wanted) => rows.slice(0, at).findLast((row) => row.level === wanted)?.label ?? '');
        assert.match(above[0] ?? '', new RegExp(`^Docker daemon dockerd .*pid ${dockerd.pid()}.*${dockerd.endpoint}`));
        assert.match(above[1] ?? '', /^containerd containerd, pid \d+/);
        assert.match(above[2] ?? '', /^shim containerd-shim-runc-v2, pid \d+/);
        assert.match(rows[at + 1]?.label ?? '', /^first process sleep 1000, pid \d+ · 1 inside/);
    });

    it('tells in a hover which shim holds the container, and how that is known', async () => {
        const text = await hoverRow(page, /^Container web,/);
        await screenshot(page, 'hover-container');
        const mainPid = await dockerd.docker('inspect', '--format', '{{.State.Pid}}', 'web');
        const shimPid = await parentPid(mainPid);
        assert.match(text, new RegExp(`Shim parent\\s+pid ${shimPid}\\b`));
        assert.match(text, /namespace moby/);
        assert.match(text, /-namespace moby -id [0-9a-f]{64}/);
    });

    it('shows a label of a stranger’s as text, in the row and in the hover', async () => {
        const hover = await hoverRow(page, /^Container web,/);
        const row = treeRow(page, /^Container web,/);
        for (const text of [hover, await row.innerText()]) assert.ok(text.includes(hostileText), text);
        const active = 'a[href], a[data-href], img, .codicon-trash';
        assert.equal(await page.locator('.monaco-hover:visible').locator(active).count(), 0);
        assert.equal(await row.locator(active).count(), 0);
    });

    it('follows docker run and docker stop', async () => {
        const started = await dockerd.docker('run', '-d', '--name', 'later', testImage, 'sleep', '1001');
        const ran = performance.now();
        await treeRow(page, /^Container later,.*running/).waitFor();
        const shown = performance.now();
        await dockerd.docker('kill', started.trim());
        const killed = performance.now();
        await treeRow(page, /^Container later,.*exited/).waitFor();
        console.log(
            `      shown ${Math.round(shown - ran)} ms after run, and ${Math.round(performance.now() - killed)} ms after kill returned`,
        );
        await dockerd.docker('rm', 'later');
        await treeRow(page, /^Container later,/).waitFor({ state: 'detached' });
    });

    it('keeps selection and what was folded while others come and go', async () => {
        await treeRow(page, /^Container web,/).click();
        await dockerd.docker('run', '--rm', '--name', 'brief', testImage, 'true');
        await dockerd.docker('run', '-d', '--name', 'another', testImage, 'sleep', '1002');
        await treeRow(page, /^Container another,/).waitFor();
        assert.equal((await treeRows(page)).find(({ selected }) => selected)?.label.startsWith('Container web,'), true);
    });

    it('follows a crash loop without a notification, and no other row flickers', async () => {
        const other = await laboratory.startDockerd('other');
        await treeRow(page, new RegExp(`^Docker daemon dockerd \\d.*${other.endpoint}`)).waitFor(); // its version comes late
        await page.mouse.move(0, 0); // no hover comes and goes
        await page.evaluate(watchOthers(['Container web,', 'Container another,'], other.endpoint));
        const crashing = ['sh', '-c', 'sleep 0.2; exit 3'];
        await dockerd.docker('run', '-d', '--restart', 'always', '--name', 'loop', testImage, ...crashing);
        await treeRow(page, /^Container loop,/).waitFor();
        const restarts = () => dockerd.docker('inspect', '--format', '{{.RestartCount}}', 'loop');
        await until('it has crashed again and again', async () => Number(await restarts()) >= 6, 60_000);
        await screenshot(page, 'crash-loop');
        await dockerd.docker('rm', '-f', 'loop');
        await treeRow(page, /^Container loop,/).waitFor({ state: 'detached' });
        assert.deepEqual(await page.evaluate('[...window.seen]'), []);
        assert.equal((await treeRows(page)).find(({ selected }) => selected)?.label.startsWith('Container web,'), true);
        await other.end('SIGTERM');
        await treeRow(page, new RegExp(`^Docker daemon .*${other.endpoint}`)).waitFor({ state: 'detached' });
    });

    it('shows the order of the kernel on request, in which a shim is not below its containerd', async () => {
        const mainPid = await dockerd.docker('inspect', '--format', '{{.State.Pid}}', 'web');
        const shimPid = await parentPid(mainPid);
        const reaperPid = await parentPid(shimPid);
        await runCommand(page, 'Docker Runtime: Toggle Ownership and Kernel Order');
        await treeRow(page, new RegExp(`^process .*pid ${reaperPid}\\b`)).waitFor();
        const rows = await treeRows(page);
        const at = rows.findIndex(({ label }) => label.startsWith('shim ') && label.includes(`pid ${shimPid} `));
        const { level = 0 } = rows[at] ?? {};
        const above = rows.slice(0, at).findLast((row) => row.level === level - 1);
        assert.match(above?.label ?? '', new RegExp(`pid ${reaperPid}\\b`));
        await screenshot(page, 'kernel-order');
        await runCommand(page, 'Docker Runtime: Toggle Ownership and Kernel Order');
        await treeRow(page, /^Container web,/).waitFor();
    });

    it('draws the same in the picture, which follows, and shares the selection', async () => {
        await runCommand(page, 'Docker Runtime: Show Picture');
        const picture = await webviewFrame(page, '[role=treeitem]');
        await picture.locator('[role=treeitem]', { hasText: 'web' }).first().waitFor();
        await screenshot(page, 'picture');
        await dockerd.docker('run', '-d', '--name', 'drawn', testImage, 'sleep', '1003');
        await picture.locator('[role=treeitem] .label', { hasText: /^drawn$/ }).waitFor();
        await until('the container is selected in the picture, too', async () => {
            // A message above the tree comes and goes with the host's other daemons, and moves the rows under the mouse:
            // then the click has folded another row.
            await expandRow(page, /^containerd /);
            await treeRow(page, /^Container drawn,/).click(); // VS Code loses a click when the rows are drawn anew under it
            return picture.locator('[role=treeitem][aria-selected=true]', { hasText: 'drawn' }).isVisible();
        });
        await picture.locator('[role=treeitem] .label', { hasText: /^another$/ }).click();
        await until('the row of the other container is selected', async () =>
            (await treeRows(page)).some(({ selected, label }) => selected && label.startsWith('Container another,')),
        );
        await screenshot(page, 'picture-selected');
    });

    it('keeps what is known when the daemon falls silent, says so, and offers what would help', async () => {
        await dockerd.freeze();
        await runCommand(page, 'Docker Runtime: Refresh');
        await treeRow(page, /^Docker daemon .*not answering/).waitFor();
        await treeRow(page, /^Container web,.*stale/).waitFor();
        const sidebar = page.locator('.part.sidebar');
        await sidebar.getByText(/Containers( of .*)? as of .* no answer within/).waitFor();
        await screenshot(page, 'daemon-silent');
        // Of several views, each shows its actions while the pointer is on it.
        await treeRow(page, /^Docker daemon/).hover();
        await sidebar.getByRole('button', { name: 'Explain What Could Not Be Seen' }).click();
        await page.locator('.monaco-dialog-box').getByText('asked again by itself').waitFor();
        await page.keyboard.press('Escape');
    });
});

async function parentPid(pid: string): Promise<string> {
    return /^PPid:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'none';
}

/**
 * Collects what nobody should see: a frame in which a sibling's row is away or says something else, a notification, and
 * that the row of another daemon is drawn again. (VS Code draws siblings again, with the same words.)
 */
function watchOthers(siblings: readonly string[], daemon: string): string {
    return `window.seen = new Set();
    const rows = () => [...document.querySelectorAll('.part.sidebar [role="treeitem"]')];
    const rowOf = (label) => rows().find((row) => row.ariaLabel.startsWith(label));
    const texts = new Map(${JSON.stringify(siblings)}.map((label) => [label, rowOf(label).innerText]));
    const frame = () => {
        for (const [label, text] of texts) {
            const now = rowOf(label)?.innerText;
            if (now !== text) window.seen.add(label + ' says ' + now);
        }
        for (const toast of document.querySelectorAll('.notification-toast')) window.seen.add(toast.innerText);
        requestAnimationFrame(frame);
    };
    frame();
    new MutationObserver((changes) => {
        for (const { target, addedNodes, removedNodes } of changes) {
            const row = target.parentElement?.closest('[role="treeitem"]');
            for (const { ariaLabel } of [row, ...addedNodes, ...removedNodes].filter(Boolean)) {
                if (ariaLabel?.includes(${JSON.stringify(daemon)})) window.seen.add('drawn again: ' + ariaLabel);
            }
        }
    }).observe(document.querySelector('.part.sidebar'), { subtree: true, childList: true, characterData: true });
    undefined`;
}

const hostileText = '](command:workbench.action.quit) <img src=x onerror=alert(1)> $(trash) https://evil.example `x`';
