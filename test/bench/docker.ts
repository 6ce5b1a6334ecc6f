import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { collect } from '../../src/watch/collect';
import { type Dockerd, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { missingPrograms, programsForDocker } from '../lab/programs.mjs';
import type { Plan } from './bench';
import { countProcesses, startCrowd } from './crowd';
import { yardstick } from './looks';
import { best, type Report, timed } from './report';

/** Real containers of a private dockerd: one list and one look, beside what the docker client tells. */
export async function measureDocker(plan: Plan, report: Report): Promise<void> {
    const missing = missingPrograms(programsForDocker);
    if (missing.length > 0) {
        report.heading('Real containers: not measured', `missing: ${missing.join(', ')}`);
        return;
    }
    const laboratory = openLaboratory();
    const crowd = startCrowd(join(plan.labFolder, 'crowd'));
    try {
        const dockerd = await laboratory.startDockerd('bench');
        await importTestImage(laboratory, dockerd);
        let running = 0;
        // A machine of two cores starts a hundred in half a minute, and has no room for a thousand.
        for (const containers of plan.containers.filter((count) => count <= 100)) {
            for (; running < containers; running++) {
                await dockerd.docker('run', '-d', '--network=none', testImage, 'sleep', '86400');
            }
            await measureContainers(plan, report, dockerd, containers);
        }
        // A list costs the same on every host, a look what the host's processes cost.
        await crowd.grow(Math.min(5_000, Math.max(...plan.sizes)), 0);
        await measureContainers(plan, report, dockerd, running);
    } finally {
        laboratory.close();
        await crowd.close();
    }
}

async function measureContainers(
    plan: Plan,
    report: Report,
    { endpoint, docker }: Dockerd,
    containers: number,
): Promise<void> {
    const host = `${String(containers)} real containers, ${String(countProcesses())} processes`;
    report.heading(host, 'of a private dockerd; C as above');
    const { endpoints } = await resolveEndpoints({ configured: [endpoint] });
    const dockers = endpoints.map((one) => openDocker(one));
    const procfs = openProcfs({
        root: '/proc',
        readerPath: join(plan.repository, 'dist/reader.js'),
        deadlineMilliseconds: 60_000,
    });
    let requests = 0;
    let listed = 0;
    const listAndLook = async () => {
        const { snapshot, dockerRequests } = await collect(
            { procfs, dockers, givenEngines: [], gaps: [] },
            { look: { full: true } },
        );
        requests = dockerRequests;
        listed = snapshot.engines[0]?.containers.length ?? 0;
    };
    await listAndLook();
    if (listed !== containers) throw new Error(`${String(listed)} of ${String(containers)} containers are listed`);
    const C = await best(plan.rounds, () => yardstick(plan.labFolder));
    const ours = await best(plan.rounds, () => timed(listAndLook));
    report.line('C', C, 1);
    report.line('list and full look', ours, ours / C, `${String(requests)} Docker request`);
    const list = await best(3, () => timed(() => docker('ps')));
    report.line('docker ps', list, list / C);
    const ids = (await docker('ps', '-q')).split('\n');
    const tops = await timed(async () => {
        for (const id of ids) await docker('top', id);
    });
    report.line('docker top of each', tops, tops / C);
    const all = await systeminformationsDockerAll(plan.repository, endpoint.replace('unix://', ''), containers);
    report.line('systeminformation.dockerAll()', all, all / C);
    procfs.dispose();
    for (const one of dockers) one.dispose();
    if (containers === 100) {
        report.goal(`list and full look, ${host}`, ours / C, 3, ' × C');
        report.goal(`list and full look / docker top of each, ${host}`, ours / tops, 0.03);
    }
}

/** In milliseconds, without the start of its process: it reads which socket to ask when it is loaded, and never again. */
async function systeminformationsDockerAll(cwd: string, socket: string, containers: number): Promise<number> {
    const program = `
        const begun = performance.now();
        require('systeminformation').dockerAll().then((all) => {
            console.log(JSON.stringify({ count: all.length, milliseconds: performance.now() - begun }));
        });`;
    const env = { ...process.env, DOCKER_SOCKET: socket };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { cwd, env });
    const { count, milliseconds } = JSON.parse(stdout) as { readonly count: number; readonly milliseconds: number };
    if (count !== containers) throw new Error(`systeminformation lists ${String(count)} containers`);
    return milliseconds;
}
