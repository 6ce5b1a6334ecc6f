import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { observe, run, until } from '../lab/command';
import { type Laboratory, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { type SeenNode, terminalCommand, topologyOf } from '../lab/topology';

describe('containers without a shim, and looks from elsewhere', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => laboratory.close());

    it('a step of docker build is a container that runc holds, below dockerd', async () => {
        const dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        const context = join(laboratory.folder, 'build');
        mkdirSync(context);
        writeFileSync(join(context, 'Dockerfile'), `FROM ${testImage}\nRUN sleep 1234\n`);
        await run('tar', ['-C', context, '-cf', `${context}.tar`, '.']);
        const built = build(dockerd.socket, readFileSync(`${context}.tar`));

        let step: SeenNode | undefined;
        let topology = await topologyOf([dockerd.endpoint]);
        await until('the build step runs', async () => {
            topology = await topologyOf([dockerd.endpoint]);
            step = topology.nodes.find(({ argv, role }) => role === 'main' && argv?.join(' ').includes('sleep 1234'));
            return step !== undefined;
        });

        assert.ok(step?.pid);
        const [main, container, runc, engine, ...others] = topology.lineage(step);
        assert.equal(main?.pid, step.pid);
        assert.equal(container?.kind, 'container');
        assert.match(String(container.containerId), /^[0-9a-z]{25}$/, 'BuildKit has ids of its own');
        assert.equal(container.mainPid, step.pid);
        assert.equal(container.verdict, 'unverified', 'no engine lists it, and none has to');
        assert.deepEqual([runc?.role, runc?.pid, runc?.ppid], ['runc', step.ppid, dockerd.pid()]);
        assert.deepEqual([engine?.kind, engine?.pid, others.length], ['engine', dockerd.pid(), 0]);
        process.kill(step.pid, 'SIGKILL');
        await built;
    });

    it('from inside another pid namespace, what is missing is named, and no container is taken for dead', async () => {
        const dockerd = await laboratory.startDockerd('eng');
        await importTestImage(laboratory, dockerd);
        await dockerd.docker('run', '-d', '--name', 'web', testImage, 'sleep', '1000');
        const [program, ...args] = terminalCommand('tree', '--format', 'json', '--docker', dockerd.endpoint);
        const inside = ['--pid', '--fork', '--mount-proc', '--kill-child', program, ...args];
        const { stdout } = await observe('unshare', inside, { deadlineMs: 60_000 });
        const { nodes, gaps } = JSON.parse(stdout) as {
            readonly nodes: readonly SeenNode[];
            readonly gaps: readonly { readonly source: string; readonly detail: string; readonly help: string }[];
        };
        assert.equal(nodes.find(({ name }) => name === 'web')?.verdict, 'unverified');
        const gap = gaps.find(({ source }) => source === `docker ${dockerd.endpoint}`);
        assert.match(gap?.detail ?? '', /outside of the pid namespace/);
        assert.match(gap?.help ?? '', /--pid=host.*dockerRuntime\.procRoot/);
    });
});

/** As `docker build` asks for BuildKit, without the buildx that newer clients need for it; ends with the daemon. */
function build(socketPath: string, context: Buffer): Promise<void> {
    return new Promise((resolve) => {
        const headers = { 'Content-Type': 'application/x-tar' };
        const options = { socketPath, method: 'POST', path: '/build?version=2', headers };
        const asked = request(options, (response) => response.resume().once('close', resolve));
        asked.once('error', () => resolve());
        asked.end(context);
    });
}
