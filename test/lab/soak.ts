import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openEngine, type Engine } from './churn';
import { openLaboratory } from './dockerd';
import { importTestImage } from './image';
import { startWatching, untilTrue, type Watching } from './watching';

// Churns real containers while the product watches them, and tells whether anything grows:
//   node --expose-gc soak.js MINUTES
// Ends with status 1 when memory, descriptors or timers grow, or when what is shown at the end is not so.

/** What may be more in the last third than in the first. */
const mayGrow: Readonly<Record<keyof Sample, number>> = { heapMegabytes: 10, descriptors: 3, timers: 2, processes: 1 };

interface Sample {
    /** After a full collection. */
    readonly heapMegabytes: number;
    readonly descriptors: number;
    readonly timers: number;
    /** Children of ours that run: the reader of /proc, and the daemons of the laboratory. */
    readonly processes: number;
}

const minutes = Number(process.argv[2]);
soak(minutes).then(
    (isFine) => process.exit(isFine ? 0 : 1),
    (error: unknown) => {
        console.error(error);
        process.exit(1);
    },
);

async function soak(forMinutes: number): Promise<boolean> {
    const laboratory = openLaboratory();
    try {
        const containerd = await laboratory.startContainerd('ctd');
        const dockerd = await laboratory.startDockerd('eng', { containerd, liveRestore: true });
        await importTestImage(laboratory, dockerd);
        const engine = openEngine(dockerd);
        const watching = await startWatching(dockerd.endpoint);
        const endsAt = performance.now() + forMinutes * 60_000;
        const counts = new Map<string, number>();
        const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
        const listening = watching.watcher.onDidChange(() => count('looks'));

        const samples: Sample[] = [];
        let restartAt = performance.now() + 45_000;
        let sampleAt = performance.now();
        let number = 0;
        while (performance.now() < endsAt) {
            await Promise.all([1, 2, 3].map(() => step(engine, `s${number++}`, count)));
            if (number % 10 === 0) await hideAndShow(watching, count);
            if (performance.now() > restartAt) {
                await dockerd.end('SIGKILL');
                await dockerd.start();
                count('restarts of dockerd');
                restartAt = performance.now() + 45_000;
            }
            if (performance.now() > sampleAt) {
                samples.push(sample());
                console.log(JSON.stringify(samples.at(-1)));
                sampleAt = performance.now() + 5_000;
            }
        }
        console.log([...counts].map(([what, times]) => `${times} ${what}`).join(', '));
        await untilTrue(watching, dockerd, containerd, 30_000);
        console.log('what is shown at the end is so, by ps, /proc and docker inspect');
        listening.dispose();
        watching.close();
        engine.close();
        return report(samples);
    } finally {
        laboratory.close();
    }
}

/** One of the things that people do to containers; what is refused, because the container is in another state, counts too. */
async function step(engine: Engine, name: string, count: (what: string) => void): Promise<void> {
    const { answer } = await engine.call('GET', '/containers/json?all=true');
    const ids = (answer as readonly { readonly Id: string }[]).map(({ Id }) => Id);
    const id = ids[Math.floor(Math.random() * ids.length)];
    if (id === undefined || ids.length < 6) {
        count('run');
        const made = await engine.create(name, 'sh', '-c', 'sleep 1000 & sleep 1000');
        await engine.call('POST', `/containers/${made}/start`);
        return;
    }
    const actions: Readonly<Record<string, () => Promise<unknown>>> = {
        exec: async () => {
            const made = await engine.call('POST', `/containers/${id}/exec`, { Cmd: ['sleep', '1'] });
            const exec = (made.answer as { readonly Id?: string }).Id;
            if (exec) await engine.call('POST', `/exec/${exec}/start`, { Detach: true });
        },
        stop: () => engine.call('POST', `/containers/${id}/stop?t=0`),
        kill: () => engine.call('POST', `/containers/${id}/kill`),
        pause: async () => {
            await engine.call('POST', `/containers/${id}/pause`);
            await engine.call('POST', `/containers/${id}/unpause`);
        },
        start: () => engine.call('POST', `/containers/${id}/start`),
        restart: () => engine.call('POST', `/containers/${id}/restart?t=0`),
        rm: () => engine.call('DELETE', `/containers/${id}?force=true`),
    };
    const [what = '', act] = Object.entries(actions)[Math.floor(Math.random() * 7)] ?? [];
    count(what);
    await act?.();
}

/** Nobody watches for a moment: everything ends, and begins again. */
async function hideAndShow({ hide, show }: Watching, count: (what: string) => void): Promise<void> {
    count('times hidden');
    hide();
    await delay(50);
    show();
}

function sample(): Sample {
    (globalThis as { gc?: () => void }).gc?.();
    const children = readdirSync('/proc/self/task').flatMap((thread) =>
        readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return {
        heapMegabytes: Math.round((process.memoryUsage().heapUsed / 1024 / 1024) * 10) / 10,
        descriptors: readdirSync('/proc/self/fd').length,
        timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
        processes: children.length,
    };
}

/** Compares the least of the first third, after a warm-up, with the least of the last: in between something is under way. */
function report(samples: readonly Sample[]): boolean {
    const third = Math.max(1, Math.floor(samples.length / 3));
    const [first, last] = [samples.slice(1, third + 1), samples.slice(-third)];
    const names = Object.keys(mayGrow) as (keyof Sample)[];
    return names
        .map((name) => {
            const least = (some: readonly Sample[]): number => Math.min(...some.map((one) => one[name]));
            const growth = least(last) - least(first);
            const isFine = growth <= mayGrow[name];
            console.log(`${isFine ? 'ok  ' : 'GREW'} ${name}: ${least(first)} → ${least(last)}`);
            return isFine;
        })
        .every(Boolean);
}
