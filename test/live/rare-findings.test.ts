import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, until } from '../lab/command';
import { runContainer, startDockerd } from '../lab/containers';
import { type Laboratory, openLaboratory } from '../lab/dockerd';
import { codesAt, found, nodeOf } from '../lab/findings';
import { testImage } from '../lab/image';
import { seeProcesses, untilEnded } from '../lab/processes';

describe('findings that take several faults at once, on real daemons', function () {
    this.timeout(120_000);
    let laboratory: Laboratory;
    beforeEach(() => {
        laboratory = openLaboratory();
    });
    afterEach(() => laboratory.close());

    it('a container that Docker does not answer for, because its shim is stopped', async () => {
        const dockerd = await startDockerd(laboratory);
        // The check is an exec session: it waits for the shim, and inspect waits for the check.
        const check = ['--health-cmd', 'true', '--health-interval', '1s', '--health-timeout', '60s'];
        const { id, shimPid = 0 } = await runContainer(dockerd, 'wedged', ...check);
        const other = await runContainer(dockerd, 'other');
        process.kill(shimPid, 'SIGSTOP');
        try {
            const { severity, evidence, nodes } = await found(dockerd, 'wedged-container', `container:${id}`);
            assert.equal(severity, 'error');
            assert.ok(nodes.includes(nodeOf(shimPid)), 'the shim is named');
            const words = evidence.map(({ detail }) => detail);
            assert.ok(
                words.some((word) => word.startsWith('inspect: ')),
                words.join('\n'),
            );
            assert.deepEqual(await codesAt(dockerd, `container:${other.id}`), []);
        } finally {
            process.kill(shimPid, 'SIGCONT');
        }
        await until('it is well again', async () => (await codesAt(dockerd, `container:${id}`)).length === 0, 30_000);
    });

    it('a runc that waits for a hook', async () => {
        const runtime = join(laboratory.folder, 'hooked-runc');
        writeFileSync(runtime, hookedRunc, { mode: 0o755 });
        const dockerd = await startDockerd(laboratory, { configuration: { runtimes: { hooked: { path: runtime } } } });
        const words = ['run', '--runtime', 'hooked', testImage, 'true'];
        const client = spawn('docker', ['-H', dockerd.endpoint, ...words], { stdio: 'ignore' });
        try {
            const hook = await until('the hook runs', () =>
                seeProcesses().find(({ argv }) => argv.join(' ') === 'sleep 1774'),
            );
            const { evidence } = await found(dockerd, 'runc-did-not-exit', nodeOf(hook.ppid));
            assert.ok(
                evidence.some(({ detail }) => detail === `its child ${hook.pid} (sleep) has not ended`),
                JSON.stringify(evidence),
            );
            process.kill(hook.pid, 'SIGKILL');
            await untilEnded(hook.ppid);
        } finally {
            client.kill('SIGKILL');
        }
    });

    it('a shim that its daemons gave up, because it was stopped while they started', async () => {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await startDockerd(laboratory, { containerd, liveRestore: true });
        const { id, mainPid, shimPid = 0 } = await runContainer(dockerd, 'web');
        const shim = nodeOf(shimPid);
        process.kill(shimPid, 'SIGSTOP');
        process.kill(mainPid, 'SIGKILL');
        await dockerd.end('SIGKILL');
        await containerd.end('SIGKILL');
        await containerd.start();
        await until('it is given up', async () => !(await containerd.ctr('moby', 'tasks', 'list')).includes(id));
        await dockerd.start();
        process.kill(shimPid, 'SIGCONT');
        const left = await found(dockerd, 'shim-without-container', shim);
        assert.ok(left.nodes.includes(`container:${id}`));
        assert.equal(left.command?.includes(String(shimPid)), true);

        // As the finding advises; containerd would otherwise give the container the same shim again.
        process.kill(shimPid, 'SIGKILL');
        await untilEnded(shimPid);
        await dockerd.docker('start', 'web');
        assert.deepEqual(await codesAt(dockerd, `container:${id}`), []);
    });

    it('two daemons on one data root, after its files were removed under the first', async () => {
        const one = await startDockerd(laboratory);
        const dataRoot = join(laboratory.folder, 'eng', 'data');
        // While these are there, their locks keep a second daemon from starting.
        const databases = await run('find', [dataRoot, '-name', '*.db']);
        for (const database of databases.split('\n')) rmSync(database);
        const other = await laboratory.startDockerd('oth', { dataRoot });
        const { severity, nodes, evidence } = await found(one, 'shared-data-root', `engine:${one.endpoint}`);
        assert.equal(severity, 'error');
        assert.equal(nodes.length, 2);
        assert.deepEqual(
            evidence.map(({ detail }) => detail).sort(),
            [one, other].map((daemon) => `dockerd ${daemon.pid()} keeps its data in ${dataRoot}`).sort(),
        );
    });

    it('a shim that has grown with the exec sessions in its container', async () => {
        const dockerd = await startDockerd(laboratory);
        const { shimPid = 0 } = await runContainer(dockerd, 'busy');
        // A shim keeps what each session was told, and that is a megabyte here; a line of the file may have 64 KiB.
        const environment = join(laboratory.folder, 'environment');
        const lines = Array.from({ length: 18 }, (_, index) => `LARGE${index}=${'x'.repeat(60_000)}\n`);
        writeFileSync(environment, lines.join(''));
        assert.ok(!(await codesAt(dockerd, nodeOf(shimPid))).includes('grown-shim'));
        for (let sessions = 0; sessions < 80; sessions++) {
            await dockerd.docker('exec', '-d', '--env-file', environment, 'busy', 'sleep', '1000');
        }
        const { severity, evidence } = await found(dockerd, 'grown-shim', nodeOf(shimPid));
        assert.equal(severity, 'warning');
        assert.match(evidence[0]?.detail ?? '', /^its resident memory is \d{2,} MiB a container; /);
    });
});

/** A runtime that adds a hook to the bundle, as those for graphics cards do, and leaves the rest to runc. */
const hookedRunc = `#!/bin/sh
for word; do
    [ "$before" = --bundle ] && bundle=$word
    before=$word
done
hook='{"path":"/bin/sleep","args":["sleep","1774"]}'
[ "$bundle" ] && sed -i "s#\\"prestart\\":\\[#&$hook,#" "$bundle/config.json"
exec runc "$@"
`;
