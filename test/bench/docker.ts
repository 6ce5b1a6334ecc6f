import { join } from 'node:path';
import * as systeminformation from 'systeminformation';
import { openDocker } from '../../src/sources/docker/client';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { collect } from '../../src/watch/collect';
import { type Dockerd, openLaboratory } from '../lab/dockerd';
import { importTestImage, testImage } from '../lab/image';
import { missingPrograms, programsForDocker } from '../lab/programs.mjs';
import type { Plan } from './bench';
import { countProcesses } from './crowd';
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
    } finally {
        laboratory.close();
    }
}

async function measureContainers(
    plan: Plan,
    report: Report,
    { endpoint, docker }: Dockerd,
    containers: number,
): Promise<void> {
    report.heading(
        `${String(containers)} real containers, ${String(countProcesses())} processes`,
        'of a private dockerd; C as above',
    );
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
    const all = await timed(async () => {
        process.env['DOCKER_SOCKET'] = endpoint.replace('unix://', '');
        await systeminformation.dockerAll();
    });
    report.line('systeminformation.dockerAll()', all, all / C);
    procfs.dispose();
    for (const one of dockers) one.dispose();
    if (containers === 100) {
        report.goal('list and full look, 100 containers', ours / C, 3, ' × C');
        report.goal('list and full look / docker top of each, 100 containers', ours / tops, 0.03);
    }
}
