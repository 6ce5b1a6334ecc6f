import { join } from 'node:path';
import type { Snapshot } from '../../src/model/snapshot';
import { describe } from '../../src/present/describe';
import { topologyToJson } from '../../src/present/json';
import { sceneOf } from '../../src/present/scene';
import { topologyText } from '../../src/present/text';
import { listFromFile } from '../../src/sources/docker/container-file';
import { openProcfs } from '../../src/sources/procfs/reader-client';
import { buildTopology } from '../../src/topology/build';
import { differenceOf } from '../../src/topology/difference';
import { collect } from '../../src/watch/collect';
import type { Plan } from './bench';
import { startCrowd } from './crowd';
import { yardstick } from './looks';
import { best, type Report, timed } from './report';

/** From facts to what is shown: no system call, all of it on the thread of who asks. */
export async function measureMeaning(plan: Plan, report: Report): Promise<void> {
    const crowd = startCrowd(join(plan.labFolder, 'crowd'));
    try {
        for (const [place, size] of plan.sizes.entries()) {
            const containers = plan.containers[Math.min(place, plan.containers.length - 1)] ?? 0;
            await crowd.grow(size, Math.min(containers, Math.floor(size / 5)));
            await measureSize(plan, report, crowd.containers);
        }
    } finally {
        await crowd.close();
    }
}

async function measureSize(plan: Plan, report: Report, containers: readonly string[]): Promise<void> {
    const procfs = openProcfs({
        root: '/proc',
        readerPath: join(plan.repository, 'dist/reader.js'),
        deadlineMilliseconds: 60_000,
    });
    const take = async () =>
        (await collect({ procfs, dockers: [], givenEngines: [engineListing(containers)], gaps: [] })).snapshot;
    const one: Snapshot = await take();
    const other: Snapshot = await take();
    procfs.dispose();
    const C = await best(plan.rounds, () => yardstick(plan.labFolder));
    const topology = buildTopology(one);
    const next = buildTopology(other);
    report.heading(
        `The meaning of ${String(one.processes.length)} processes and ${String(containers.length)} containers`,
        `${String(topology.nodes.size)} nodes; C as above`,
    );
    const words = (of: typeof topology, node: Parameters<typeof describe>[1]) => JSON.stringify(describe(of, node));
    const measures = {
        topology: () => buildTopology(one),
        'presentation of every row': () => [...topology.nodes.values()].map((node) => describe(topology, node)),
        difference: () => differenceOf(topology, next, words),
        text: () => topologyText(topology),
        JSON: () => JSON.stringify(topologyToJson(topology)),
        'scene of the picture': () => sceneOf(topology, '', []),
    };
    let sum = 0;
    for (const [name, task] of Object.entries(measures)) {
        const milliseconds = await best(Math.max(15, plan.rounds), () => timed(task));
        report.line(name, milliseconds, milliseconds / C);
        if (['topology', 'presentation of every row', 'difference'].includes(name)) sum += milliseconds;
    }
    report.line('topology, presentation and difference', sum, sum / C);
    if (one.processes.length >= 4500 && one.processes.length < 10_000) {
        report.goal('topology, presentation and difference, 5,000 processes', sum / C, 0.3, ' × C');
    }
}

/** As a dockerd would list them. */
function engineListing(ids: readonly string[]) {
    const records = ids.map((Id, index) => ({
        Id,
        Names: [`/service-${String(index)}`],
        Image: 'busybox:latest',
        ImageID: '',
        Command: 'sleep infinity',
        Created: 1_700_000_000,
        Ports: [],
        Labels: { 'com.docker.compose.project': 'bench' },
        State: 'running',
        Status: 'Up 2 hours',
        HostConfig: { NetworkMode: 'default' },
        NetworkSettings: { Networks: {} },
        Mounts: [],
    }));
    const list = listFromFile(JSON.stringify(records), 'the crowd');
    if (!list.ok || !list.engines[0]) throw new Error(list.ok ? 'no engine' : list.message);
    return list.engines[0];
}
