import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { seeProcesses } from '../lab/processes';
import { interfacePrefix } from '../lab/sweep';

describe('the laboratory', () => {
    it('leaves nothing behind, whatever ran in it and however it ended', async function () {
        this.timeout(60_000);
        const laboratory = openLaboratory();
        let userName = '';
        try {
            userName = (await laboratory.user()).name;
            const containerd = await laboratory.startContainerd('ctd');
            const dockerd = await laboratory.startDockerd('eng', { containerd });
            await importTestImage(laboratory, dockerd);
            const create = async (...args: string[]) => dockerd.docker('run', '-d', ...args);
            await create('-p', '127.0.0.1::80', '--name', 'published', testImage, 'sleep', '1000');
            await create('--restart', 'always', '--name', 'stubborn', testImage, 'sleep', '1000');
            await create('--name', 'frozen', testImage, 'sleep', '1000');
            await dockerd.docker('pause', 'frozen');
            await dockerd.end('SIGKILL');
            await containerd.end('SIGKILL');
        } finally {
            laboratory.close();
        }
        const { folder } = laboratory;
        assert.deepEqual(
            seeProcesses().filter(({ argv }) => argv.some((argument) => argument.includes(folder))),
            [],
        );
        assert.equal(existsSync(folder), false);
        assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(folder), false);
        for (const file of ['passwd', 'group', 'subuid', 'subgid']) {
            assert.equal(readFileSync(`/etc/${file}`, 'utf8').includes(userName), false, file);
        }
        assert.deepEqual(
            readdirSync('/sys/class/net').filter((name) => name.startsWith(interfacePrefix(folder))),
            [],
        );
    });
});
