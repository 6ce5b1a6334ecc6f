import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { until } from '../lab/command';
import { type Dockerd, type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { type SeenProcess, seeProcess, seeProcesses } from '../lab/processes';
import { answerInput, openView, runCommand, treeRow, type Workbench, workbenchesOfThisSuite } from './workbench';

describe('an extension host that is killed, in a real workbench', function () {
    this.timeout(180_000);
    const open = workbenchesOfThisSuite();
    let laboratory: Laboratory;
    let dockerd: Dockerd;
    let workbench: Workbench;
    let page: Page;

    before(async () => {
        laboratory = openLaboratory();
        dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
        workbench = await open({ environment: { DOCKER_HOST: dockerd.endpoint } });
        page = workbench.page;
        await openView(page, 'Docker Runtime');
    });
    after(async () => {
        laboratory?.close();
    });

    it('leaves no process and no connection of ours, and the next one shows all again', async () => {
        // VS Code starts the next one by itself, but not after the third crash within five minutes.
        for (const isLast of [false, false, true]) {
            await runCommand(page, 'Docker Runtime: Filter…');
            await answerInput(page, laboratory.folder);
            await treeRow(page, /^Container web,/).waitFor({ timeout: 60_000 });
            const [host, reader] = await until('/proc is being read', running);
            assert.ok(connections() > 0, 'a stream of events');
            process.kill(host.pid, 'SIGKILL');
            await until('its reader has ended', () => !isAlive(reader), 10_000);
            if (isLast) await until('no connection is left', () => connections() === 0, 10_000);
        }
        assert.deepEqual(ofOurs(), []);
    });

    /** The extension host, and the process that reads /proc for it. */
    function running(): readonly [SeenProcess, SeenProcess] | undefined {
        const [reader] = ofOurs();
        const host = reader && seeProcess(reader.ppid);
        return reader && host?.argv.includes('--type=extensionHost') ? [host, reader] : undefined;
    }

    /** Every process that the extension has started in this workbench, whoever is its parent by now. */
    function ofOurs(): readonly SeenProcess[] {
        const folder = `${workbench.dataFolder}/extensions/`;
        return seeProcesses().filter(({ argv }) => argv.some((argument) => argument.startsWith(folder)));
    }

    /** To our dockerd. The accepted end of each has the path of the socket, unix(7). */
    function connections(): number {
        const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
        const connected = '03';
        return lines.filter((line) => line.endsWith(` ${dockerd.socket}`) && line.split(/\s+/)[5] === connected).length;
    }
});

function isAlive({ pid, startTicks }: SeenProcess): boolean {
    return seeProcess(pid)?.startTicks === startTicks;
}
