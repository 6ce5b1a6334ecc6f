import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import type { Container } from '../../src/model/container';
import type { ContainerdFacts } from '../../src/model/containerd';
import type { Engine } from '../../src/model/engine';
import { type Snapshot, snapshotSchema } from '../../src/model/snapshot';
import { maskSnapshot } from '../../src/present/secrets';
import { resolveEndpoints } from '../../src/sources/docker/endpoint';
import { readRecording, writeRecording } from '../../src/sources/recording/recording';
import { openRecording, saveRecording } from '../../src/sources/recording/recording-files';
import { buildTopology } from '../../src/topology/build';
import { observe } from '../lab/command';
import { machine, machineNames } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';
import { arbitraryMachine } from '../topology/arbitrary-machine';

/** Written and generated hosts alike; seeded. */
const anyMachine = fc.oneof(fc.constantFrom(...machineNames.map(machine)), arbitraryMachine);
const often = { seed: 20_260_101, numRuns: 300 };

describe('a recording', function () {
    this.timeout(20_000);

    it('means the same as the host did, whatever the machine', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const told = plain(snapshot);
                const recorded = reread(snapshot, { redact: false });
                assert.deepEqual(recorded, told);
                assert.deepEqual(buildTopology(recorded), buildTopology(told));
            }),
            often,
        );
    });

    it('keeps every fact of the model', () => {
        const snapshot = everyFact();
        assert.deepEqual(reread(snapshot, { redact: false }), snapshot);
    });

    it('does not keep what a gap offers to do here: a file types nothing into a terminal', () => {
        const gap = { source: 'docker', reason: 'unreachable', detail: 'it does not run', help: 'Start it.' } as const;
        const offered: Snapshot = { ...everyFact(), gaps: [{ ...gap, remedy: 'start', command: 'rm -rf ~\n' }] };
        assert.deepEqual(reread(offered, { redact: false }).gaps, [gap]);
    });

    it('without arguments shows the same hierarchy, whatever the machine', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const shapeOf = (told: Snapshot) =>
                    [...buildTopology(told).nodes.values()].map(({ id, parent, link }) => [id, parent, link?.kind]);
                assert.deepEqual(shapeOf(reread(snapshot, { redact: true })), shapeOf(snapshot));
            }),
            often,
        );
    });

    it('in which secrets are masked shows the same hierarchy, whatever the machine', () => {
        fc.assert(
            fc.property(anyMachine, ({ snapshot }) => {
                const shapeOf = (told: Snapshot) =>
                    [...buildTopology(told).nodes.values()].map((node) => [
                        ...[node.id, node.parent, node.link?.kind],
                        node.kind === 'process' ? node.role : node.kind,
                    ]);
                assert.deepEqual(shapeOf(reread(maskSnapshot(snapshot), { redact: false })), shapeOf(snapshot));
            }),
            often,
        );
    });

    it('that the terminal program writes holds a secret only where that was asked for', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'docker-runtime-'));
        const [from, to] = [join(folder, 'host.json'), join(folder, 'again.json')];
        const record = async (...options: readonly string[]) => {
            const args = ['record', '--snapshot', from, '-o', to, ...options];
            const { stderr, status } = await observe(process.execPath, [resolve('dist/cli.js'), ...args]);
            assert.equal(status, 0, stderr);
            const opened = await openRecording(to);
            assert.ok(opened.ok);
            return { text: readFileSync(to, 'utf8'), notes: stderr, snapshot: opened.snapshot };
        };
        try {
            const { snapshot } = machine('systemd-v2');
            const gaps = [{ source: 'docker', reason: 'timeout', detail: 'token=hunter2', help: '' } as const];
            const processes = snapshot.processes.map((one) => ({
                ...one,
                argv: [...(one.argv ?? []), '--password', 'hunter2'],
            }));
            writeFileSync(from, writeRecording({ ...snapshot, processes, gaps }, { redact: false }));
            const masked = await record();
            assert.doesNotMatch(masked.text, /hunter2/);
            assert.match(masked.text, /"--password","••••"/);
            assert.match(masked.notes, /what looks like a secret is masked in it/);
            const whole = await record('--show-secrets');
            assert.match(whole.text, /"--password","hunter2"/);
            assert.match(whole.notes, /passwords too; without --show-secrets they are masked/);
            for (const more of [[], ['--show-secrets']]) {
                const redacted = await record('--redact', ...more);
                assert.doesNotMatch(redacted.text, /hunter2|--password/);
                assert.doesNotMatch(redacted.notes, /passwords|masked in it; --redact/);
            }
            const idsOf = (told: Snapshot) => [...buildTopology(told).nodes.keys()];
            assert.deepEqual(idsOf(masked.snapshot), idsOf(whole.snapshot));
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it('without arguments says so, and holds no command, label or title', () => {
        const text = writeRecording(everyFact(), { redact: true });
        assert.ok(!text.includes('secret'), text);
        assert.equal(reread(everyFact(), { redact: true }).redacted, true);
        assert.equal(reread(reread(everyFact(), { redact: true }), { redact: false }).redacted, true);
    });

    it('without arguments holds no secret, whatever letter the option has that carries it', () => {
        const { snapshot } = readMachine(`
10 1 100 S = : sh -c "PASSWORD=secret exec server"
11 1 100 S = : curl -H "Authorization: secret" --config=secret http://localhost
12 1 100 S = : mysql -g secret -psecret --host secret
13 1 100 S = : "postgres: secret [local]"
14 1 100 S = : docker run -e A=secret -c secret busybox
15 1 100 S = : /usr/bin/dockerd --log-opt token=secret -H fd://
16 1 100 S = : containerd-shim-lookalike.sh
`);
        const text = writeRecording(snapshot, { redact: true });
        assert.ok(!text.includes('secret'), text);
        assert.ok(text.includes('"/usr/bin/dockerd","…","…","-H","fd://"'), text);
    });

    it('holds no user and password of an address, with arguments or without', async () => {
        for (const address of ['tcp://me:hunter2@host', 'tcp://me:hun@ter2@host', 'tcp://me:hun/ter2@host']) {
            const { gaps } = await resolveEndpoints({ environment: { DOCKER_HOST: address } });
            for (const redact of [true, false]) {
                const text = writeRecording({ ...everyFact(), gaps }, { redact });
                assert.match(text, /"tcp:\/\/…@host is not the address/);
                assert.doesNotMatch(text, /ter2/);
            }
        }
    });

    it('whose numbers would be none is refused', () => {
        const host = everyFact();
        for (const capabilityBounds of ['zz', '', '0x1', 'f'.repeat(1_000)]) {
            const processes = host.processes.map((one) => ({ ...one, capabilityBounds }));
            assert.equal(readRecording(JSON.stringify({ ...host, processes })).ok, false);
        }
    });

    it('takes the place of no other file, where nobody has chosen the path', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'docker-runtime-'));
        const path = join(folder, 'host.json');
        const save = (keepsOtherFiles: boolean) => saveRecording(path, everyFact(), { redact: false, keepsOtherFiles });
        try {
            assert.ok((await save(true)).ok, 'a new one');
            assert.ok((await save(true)).ok, 'a recording');
            writeFileSync(path, '{"name": "my own"}');
            const refused = await save(true);
            assert.match(refused.ok ? '' : refused.why, /not a recording .* not overwritten$/);
            assert.equal(readFileSync(path, 'utf8'), '{"name": "my own"}');
            assert.ok((await save(false)).ok, 'the dialog has asked');
            const opened = await openRecording(path);
            assert.ok(opened.ok && opened.snapshot.recorded, 'what is read from a file is marked so');
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it('that is none is refused in one line', () => {
        const whole = writeRecording(machine('systemd-v2').snapshot, { redact: false });
        const broken = [
            '',
            'null',
            '[]',
            '{}',
            whole.slice(0, -9),
            whole.replace('snapshot@1', 'snapshot@2'),
            whole.replace('"pid":1,', '"pid":-1,'),
            whole.replace('"pid":950,', '"pid":900,'), // two of the same pid
        ];
        for (const text of broken) {
            const recording = readRecording(text);
            assert.ok(!recording.ok, text.slice(0, 80));
            assert.match(recording.message, /^not a recording of this product: [^\n]+$/);
        }
    });
});

function reread(snapshot: Snapshot, options: { readonly redact: boolean }): Snapshot {
    const recording = readRecording(writeRecording(snapshot, options));
    assert.ok(recording.ok);
    return recording.snapshot;
}

/** As it is without fields that are undefined, which no file can tell from absent ones. */
function plain(snapshot: Snapshot): Snapshot {
    return JSON.parse(JSON.stringify(snapshot)) as Snapshot;
}

type Everything<Fact> = Fact extends readonly (infer Item)[]
    ? readonly Everything<Item>[]
    : Fact extends object
      ? { readonly [Field in keyof Fact]-?: Everything<Fact[Field]> }
      : Fact;

/** A snapshot in which no optional fact is missing; what a stranger may keep secret is called so. */
function everyFact(): Snapshot {
    const gap = { source: 'docker', reason: 'timeout', detail: 'no answer', help: 'Wait.' } as const;
    const namespaces = { pid: 1, mnt: 2, net: 3, ipc: 4 };
    const everything: Everything<Omit<Snapshot, 'redacted' | 'recorded' | 'gaps' | 'engines' | 'containerds'>> &
        Partial<Snapshot> = {
        schema: snapshotSchema,
        takenAt: '2026-01-01T00:00:00.000Z',
        masked: true,
        host: {
            hostname: 'host',
            kernel: '6.18.0',
            bootId: 'boot',
            uptimeSeconds: 1000.5,
            ticksPerSecond: 100,
            namespaces,
            hidesProcesses: false,
            uid: 0,
        },
        processes: [
            {
                pid: 700,
                ppid: 1,
                startTicks: 900,
                comm: 'server\udcff',
                state: 'S',
                session: 700,
                threads: 2,
                kernelThread: false,
                residentBytes: 4096,
                argv: ['server\tsecret', '--token', 'secret\udcff', '\ufffd'],
                argvTruncated: true,
                cgroups: [{ hierarchy: 0, controllers: '', path: '/' }],
                uid: 0,
                namespacePids: [700, 1],
                exe: '/usr/bin/server (deleted)',
                namespaces,
                listens: ['/run/server.sock'],
                capabilityBounds: '00000000a80425fb',
                seccomp: 2,
                wait: { kernelFunction: 'do_wait', sleeps: 3 },
            },
        ],
    };
    const engine: Everything<Omit<Engine, 'problem' | 'containers'>> = {
        endpoint: 'unix:///run/docker.sock',
        foundBy: 'the default socket',
        isUnencrypted: true,
        product: 'podman',
        version: '28.0.0',
        apiVersion: '1.48',
        name: 'host',
        dataRoot: '/var/lib/docker',
        cgroupDriver: 'systemd',
        liveRestore: true,
        containerdAddress: '/run/containerd/containerd.sock',
        containerdNamespace: 'moby',
        swarm: { state: 'active', nodeId: 'node', isManager: true },
        listedAt: 1_767_225_600_000,
    };
    const container: Everything<Omit<Container, 'inspectProblem'>> & Container = {
        id: 'c0'.repeat(32),
        names: ['web'],
        image: 'nginx',
        command: 'serve --token secret',
        created: 1_767_225_000,
        state: 'running',
        status: 'Up 10 minutes',
        labels: { token: 'secret' },
        ports: [{ hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
        networks: [{ name: 'bridge', ipAddress: '172.17.0.2' }],
        networkMode: 'default',
        pid: 700,
        inspected: {
            pid: 700,
            startedAt: '2026-01-01T00:00:00Z',
            finishedAt: '0001-01-01T00:00:00Z',
            exitCode: 0,
            oomKilled: false,
            restartCount: 1,
            pidMode: 'host',
            healthcheck: ['CMD-SHELL', 'curl secret'],
            init: true,
            health: { failingStreak: 3, exitCode: 1, output: 'no secret' },
        },
        inspectProblem: gap,
        inspectedAt: 1_767_225_600_000,
    };
    const containerd: Everything<Omit<ContainerdFacts, 'problem'>> = {
        address: '/run/containerd/containerd.sock',
        version: '2.1.0',
        namespaces: ['moby'],
        containers: [
            {
                namespace: 'moby',
                id: 'a',
                image: 'i',
                runtime: 'r',
                labels: { token: 'secret' },
                createdAt: 1,
                sandbox: 's',
            },
        ],
        tasks: [{ namespace: 'moby', id: 'a', pid: 700, status: 'stopped', exitStatus: 137 }],
        askedAt: 1_767_225_600_000,
    };
    return {
        ...everything,
        engines: [{ ...engine, containers: [container], problem: gap }],
        containerds: [{ ...containerd, problem: gap }],
        gaps: [gap],
    };
}
