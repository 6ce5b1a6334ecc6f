import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../lab/command';
import { runContainer, startDockerd } from '../lab/containers';
import { type Laboratory, openLaboratory } from '../lab/dockerd';
import { ageOf, codesAt, found } from '../lab/findings';
import { testImage } from '../lab/image';
import { reusePid, seeProcess } from '../lab/processes';
import { startWatching } from '../lab/watching';

describe('findings where Docker, containerd and the kernel contradict each other, on real daemons', function () {
    this.timeout(90_000);
    let laboratory: Laboratory;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => laboratory.close());

    it('a container that lives and that Docker calls exited: its dockerd was given another containerd', async () => {
        const [one, other] = [await laboratory.startContainerd('one'), await laboratory.startContainerd('oth')];
        const before = await startDockerd(laboratory, { containerd: one, liveRestore: true });
        const { id, mainPid } = await runContainer(before, 'web');
        await before.end('SIGKILL');
        const dataRoot = join(laboratory.folder, 'eng', 'data');
        const dockerd = await laboratory.startDockerd('new', { containerd: other, dataRoot, liveRestore: true });
        const { severity, evidence } = await found(dockerd, 'process-of-a-stopped-container', `container:${id}`);
        assert.equal(severity, 'error');
        const words = evidence.map(({ detail }) => detail);
        assert.ok(words.includes(`${dockerd.endpoint} says exited`), words.join('\n'));
        assert.ok(words.includes(`process ${mainPid} is in state S`), words.join('\n'));
    });

    it('a container that Docker knows nothing of, in the namespace that is its own', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd });
        const archive = join(laboratory.folder, 'image.tar');
        await dockerd.docker('save', testImage, '-o', archive);
        const sleep = [archive, testImage, '/bin/sleep', '1000'] as const;
        await containerd.run('moby', 'stray', ...sleep);
        await containerd.run('elsewhere', 'guest', ...sleep);
        assert.equal((await found(dockerd, 'unknown-container', 'container:stray')).severity, 'warning');
        assert.deepEqual(await codesAt(dockerd, 'container:guest'), []);
    });

    it('a container that runs and that containerd has lost: its folders were taken away while it was down', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd, liveRestore: true });
        const { id, mainPid } = await runContainer(dockerd, 'web');
        await containerd.end('SIGKILL');
        const home = join(laboratory.folder, 'ctd');
        const config = readFileSync(join(home, 'config.toml'), 'utf8');
        // Others in their place, because what the container runs from is below the first.
        writeFileSync(join(home, 'config.toml'), config.replace(`${home}/root`, '$&2').replace(`${home}/state`, '$&2'));
        await containerd.start();
        const { severity, evidence } = await found(dockerd, 'containerd-disagrees', `container:${id}`);
        assert.equal(severity, 'warning');
        const words = evidence.map(({ detail }) => detail);
        assert.ok(words.includes('it has no task of it'), words.join('\n'));
        assert.ok(words.includes(`process ${mainPid} is in state S`), words.join('\n'));
    });

    it('a pid that Docker takes for a container’s, and that a stranger has', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd });
        const { id, mainPid } = await runContainer(dockerd, 'web');
        await until('a stranger can be told from it by its age', () => ageOf(mainPid) > 6);
        await containerd.freeze();
        process.kill(mainPid, 'SIGKILL');
        await until('the pid is free', () => seeProcess(mainPid) === undefined);
        const stranger = await reusePid(mainPid);
        const watching = await startWatching(dockerd.endpoint);
        try {
            const finding = await until('it is found', () =>
                watching.watcher.current?.findingsAt
                    .get(`container:${id}`)
                    ?.find(({ code }) => code === 'pid-of-another'),
            );
            assert.equal(finding.severity, 'error');
        } finally {
            watching.close();
            stranger.kill('SIGKILL');
        }
    });
});
