import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { openEngine, type Engine } from './churn';
import { until } from './command';
import { connectionsTo } from './connections';
import { type Dockerd, openLaboratory } from './dockerd';
import { importTestImage } from './image';
import { type Holdings, holdings, tellGrowth } from './growth';
import { openLastingReader } from './lasting-reader';
import { seeProcess } from './processes';
import { startWatching, untilExited, untilTrue, type Watching } from './watching';

// Churns real containers while the product watches them, and tells whether anything grows:
//   node --expose-gc soak.js MINUTES
// Ends with status 1 when memory, descriptors, timers or connections grow, when what ended during an outage is not shown
// as ended, when what is shown at the end is not so, or when an hour and more brought too little.

const betweenOutagesMs = 20_000;
const betweenSamplesMs = 5_000;
/** The stream, the list, and what is asked about the daemon itself. */
const mostConnections = 4;
/** What an hour brings at least, or the machine was too slow for the run to prove anything. */
const leastInAnHour = { events: 50_000, reconnects: 100 };

type Count = (what: string) => void;

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
        const reader = await openLastingReader();
        const engine = openEngine(dockerd);
        const watching = await startWatching(dockerd.endpoint);
        const witness = openWitness(dockerd);
        const counts = new Map<string, number>();
        const count: Count = (what) => void counts.set(what, (counts.get(what) ?? 0) + 1);
        const listening = watching.watcher.onDidChange(() => count('looks'));

        const samples: Holdings[] = [];
        const endsAt = performance.now() + forMinutes * 60_000;
        let outageAt = performance.now() + betweenOutagesMs;
        let sampleAt = performance.now();
        for (let round = 1; performance.now() < endsAt; round++) {
            await Promise.all([...(await stepsOf(engine, `s${round}`, count)), burst(engine, count)]);
            if (round % 10 === 0) await hideAndShow(watching, count);
            if (performance.now() > outageAt) {
                await haveAnOutage(engine, dockerd, watching, count);
                witness.listen();
                outageAt = performance.now() + betweenOutagesMs;
            }
            if (performance.now() > sampleAt) {
                const connections = (await connectionsTo(dockerd.socket)) - engine.connections();
                samples.push(holdings({ connections, readerMegabytes: reader.residentMegabytes() }));
                // Whoever else begins thousands of processes on this machine makes what is shown larger, too.
                const hostProcesses = watching.watcher.current?.snapshot.processes.length;
                console.log(JSON.stringify({ ...samples.at(-1), hostProcesses }));
                sampleAt = performance.now() + betweenSamplesMs;
            }
        }
        console.log([...counts].map(([what, times]) => `${times} ${what}`).join(', '));
        await untilTrue(watching, dockerd, containerd, 30_000);
        console.log('what is shown at the end is so, by ps, /proc and docker inspect');
        const { events, streams } = watching.heard;
        const seen = { events: witness.events(), reconnects: counts.get('outages') ?? 0 };
        console.log(
            `${seen.events} events by docker events, ${events} heard; ${seen.reconnects} outages, ${streams} streams opened`,
        );
        witness.close();
        listening.dispose();
        watching.close();
        reader.close();
        engine.close();
        const isFlat = tellGrowth(samples);
        const areFew = samples.every(({ connections }) => connections <= mostConnections);
        return isFlat && areFew && broughtEnough(seen, forMinutes);
    } finally {
        laboratory.close();
    }
}

function broughtEnough({ events, reconnects }: typeof leastInAnHour, forMinutes: number): boolean {
    const isEnough = events >= leastInAnHour.events && reconnects >= leastInAnHour.reconnects;
    if (!isEnough) console.log(`less than ${leastInAnHour.events} events and ${leastInAnHour.reconnects} outages`);
    return isEnough || forMinutes < 60;
}

/**
 * Six at once, each on a container of its own: while one is paused, to exec in it would never end, and everything else
 * that is asked of it would wait for that (runc waits for its frozen child, and the shim for runc).
 */
async function stepsOf(engine: Engine, name: string, count: Count): Promise<readonly Promise<void>[]> {
    const { answer } = await engine.call('GET', '/containers/json?all=true');
    const ids = (answer as readonly { readonly Id: string }[]).map(({ Id }) => Id);
    const chosen = ids.map((id) => ({ id, order: Math.random() })).sort((one, other) => one.order - other.order);
    return [0, 1, 2, 3, 4, 5].map((one) => step(engine, `${name}-${one}`, chosen[one]?.id, count));
}

/** One of the things that people do to containers; what is refused, because the container is in another state, counts too. */
async function step(engine: Engine, name: string, id: string | undefined, count: Count): Promise<void> {
    if (id === undefined) {
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

/** Many events at once: SIGCONT does nothing to a process that runs, and is an event all the same. */
async function burst(engine: Engine, count: Count): Promise<void> {
    const { answer } = await engine.call('GET', '/containers/json');
    const [running] = answer as readonly { readonly Id: string }[];
    if (!running) return;
    count('bursts');
    const signals = Array.from({ length: 30 }, () => engine.call('POST', `/containers/${running.Id}/kill?signal=CONT`));
    await Promise.all(signals);
}

/** Nobody watches for a moment: everything ends, and begins again. */
async function hideAndShow({ hide, show }: Watching, count: Count): Promise<void> {
    count('times hidden');
    hide();
    await delay(50);
    show();
}

/** While dockerd is away a container ends, of which no event will ever tell. */
async function haveAnOutage(engine: Engine, dockerd: Dockerd, watching: Watching, count: Count): Promise<void> {
    const name = `out${performance.now().toFixed(0)}`;
    const id = await engine.create(name, 'sleep', '1000');
    await engine.call('POST', `/containers/${id}/start`);
    const { answer } = await engine.call('GET', `/containers/${id}/json`);
    const pid = (answer as { readonly State: { readonly Pid: number } }).State.Pid;
    await until(`${name} is shown`, () => watching.container(name)?.mainPid === pid);
    await dockerd.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await until(`${name} is gone`, () => seeProcess(pid) === undefined);
    await dockerd.start();
    await untilExited(watching, dockerd, name);
    await engine.call('DELETE', `/containers/${id}?force=true`);
    count('outages');
}

/** Counts all container events with Docker's own client, but those during an outage. */
function openWitness({ endpoint }: Dockerd): { listen(): void; events(): number; close(): void } {
    let client: ChildProcess | undefined;
    let events = 0;
    const listen = (): void => {
        client?.kill();
        const words = ['-H', endpoint, 'events', '--filter', 'type=container', '--format', '{{.Action}}'];
        client = spawn('docker', words, { stdio: ['ignore', 'pipe', 'ignore'] });
        client.stdout?.on('data', (chunk: Buffer) => (events += chunk.toString('latin1').split('\n').length - 1));
    };
    listen();
    return { listen, events: () => events, close: () => client?.kill() };
}
