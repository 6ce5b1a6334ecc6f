import assert from 'node:assert/strict';
import type { Gap } from '../../src/model/gap';
import type { Snapshot } from '../../src/model/snapshot';
import { comparisonToJson } from '../../src/present/comparison';
import { describe as describeNode } from '../../src/present/describe';
import { topologyDot, topologyMermaid } from '../../src/present/diagrams';
import { findingsDocument, findingsText } from '../../src/present/findings';
import { hoverOf } from '../../src/present/hover';
import { topologyToJson } from '../../src/present/json';
import { recordingNotice } from '../../src/present/recording-words';
import { sceneOf } from '../../src/present/scene';
import {
    isSecretName,
    mask,
    maskArguments,
    maskedAlike,
    maskSnapshot,
    maskText,
    withoutSecrets,
} from '../../src/present/secrets';
import { hoverText, topologyText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import { comparisonOf } from '../../src/topology/comparison';
import { inKernelOrder } from '../../src/topology/kernel-order';
import type { Topology } from '../../src/topology/topology';
import { inspectionOf } from '../inspection';
import { machine } from '../machines/machine-files';

const githubToken = `ghp_${'a1B2'.repeat(9)}`;
const webToken = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl';

/** An argv, and what is left of it. */
const commandLines: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
        ['app', '--password', 'hunter2', '--port', '80'],
        ['app', '--password', mask, '--port', '80'],
    ],
    [
        ['app', '--password=hunter2'],
        ['app', `--password=${mask}`],
    ],
    [
        ['app', '-token', 'hunter2'],
        ['app', '-token', mask],
    ],
    [
        ['app', '--db.apiKey=hunter2'],
        ['app', `--db.apiKey=${mask}`],
    ],
    [
        ['app', '--password', '--verbose'],
        ['app', '--password', '--verbose'],
    ],
    [
        ['app', '--password-file', '/run/x'],
        ['app', '--password-file', '/run/x'],
    ],
    [
        ['app', '--max-tokens', '4096', '--tokenizer', 'bpe'],
        ['app', '--max-tokens', '4096', '--tokenizer', 'bpe'],
    ],
    [
        ['java', '-Dspring.datasource.password=hunter2'],
        ['java', `-Dspring.datasource.password=${mask}`],
    ],
    [
        ['env', 'DB_PASSWORD=hunter2', 'PWD=/srv', 'app'],
        ['env', `DB_PASSWORD=${mask}`, 'PWD=/srv', 'app'],
    ],
    [
        ['docker', 'run', '-e', 'API_KEY=hunter2', '-p', '80:80'],
        ['docker', 'run', '-e', `API_KEY=${mask}`, '-p', '80:80'],
    ],
    [
        ['app', '--env=SECRET=hunter2'],
        ['app', `--env=SECRET=${mask}`],
    ],
    [
        ['app', 'postgres://me:hunter2@db/x?y=1'],
        ['app', `postgres://me:${mask}@db/x?y=1`],
    ],
    [
        ['app', 'postgres://me:hun/ter2@db/x', '--url=tcp://me:hun@ter2@host:1', 'smtp://me@home:hunter2@mail'],
        ['app', `postgres://me:${mask}@db/x`, `--url=tcp://me:${mask}@host:1`, `smtp://me@home:${mask}@mail`],
    ],
    [
        ['sh', '-c', 'put "redis://:hun#ter2@one" http://h:80/?to=http://me:hunter2@two by me@home'],
        ['sh', '-c', `put "redis://:${mask}@one" http://h:80/?to=http://me:${mask}@two by me@home`],
    ],
    [
        ['app', 'http://localhost:8080/a@b', 'ssh://me@host:22/a@b', 'http://[::1]:80/a@b', 'http://h/a:b@c'],
        ['app', 'http://localhost:8080/a@b', 'ssh://me@host:22/a@b', 'http://[::1]:80/a@b', 'http://h/a:b@c'],
    ],
    [
        ['app', `https://${githubToken}@github.com/x`],
        ['app', `https://${mask}@github.com/x`],
    ],
    [
        ['app', 'AKIAIOSFODNN7EXAMPLE', webToken],
        ['app', mask, mask],
    ],
    [
        ['/usr/bin/mysql', '-uroot', '-phunter2', 'db'],
        ['/usr/bin/mysql', '-uroot', `-p${mask}`, 'db'],
    ],
    [
        ['mysql', '-u', 'root', '-p', 'db'],
        ['mysql', '-u', 'root', '-p', 'db'],
    ],
    [
        ['redis-cli', '-a', 'hunter2', 'ping'],
        ['redis-cli', '-a', mask, 'ping'],
    ],
    [
        ['curl', '-u', 'me:hunter2', 'http://x'],
        ['curl', '-u', `me:${mask}`, 'http://x'],
    ],
    [
        ['curl', '-H', 'Authorization: Bearer hunter2'],
        ['curl', '-H', `Authorization: ${mask}`],
    ],
    [
        ['curl', '-d', '{"user":"me","password":"hunter2"}'],
        ['curl', '-d', `{"user":"me","password":"${mask}"}`],
    ],
    [
        ['sh', '-c', 'export TOKEN=hunter2; app --secret "hunter2 x" &'],
        ['sh', '-c', `export TOKEN=${mask}; app --secret ${mask} &`],
    ],
    [
        ['sh', '-c', 'cd /x && mysqladmin ping -phunter2 | cat'],
        ['sh', '-c', `cd /x && mysqladmin ping -p${mask} | cat`],
    ],
    [['nginx: worker process'], ['nginx: worker process']],
    [['redis-server 127.0.0.1:6379'], ['redis-server 127.0.0.1:6379']],
    [
        ['cp', '-p', 'a', 'b'],
        ['cp', '-p', 'a', 'b'],
    ],
    [[], []],
];

describe('what looks like a secret', () => {
    for (const [argv, shown] of commandLines) {
        it(`in ${JSON.stringify(argv)} is hidden, and the rest is not`, () => {
            assert.deepEqual(maskArguments(argv), shown);
            assert.deepEqual(maskArguments(shown), shown, 'a recording is masked again where it is shown');
        });
    }

    it('has a name that says so', () => {
        for (const name of [
            'MYSQL_ROOT_PASSWORD',
            'PGPASSWORD',
            'apiKey',
            'AWS_SECRET_ACCESS_KEY',
            'authToken',
            'DB_PWD',
        ])
            assert.ok(isSecretName(name), name);
        for (const name of ['PWD', 'TOKEN_FILE', 'tokenizer', 'keyboard', 'compass', 'SECRET_NAME', 'user', ''])
            assert.ok(!isSecretName(name), name);
    });

    it('hides a private key, whole or cut off', () => {
        assert.equal(
            maskText('x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y'),
            `x ${mask} y`,
        );
        assert.equal(maskText('-----BEGIN PRIVATE KEY-----\nMIIE'), mask);
    });

    it('is looked for in time that grows with the text alone', () => {
        for (const piece of [
            'a.',
            'a-',
            'eyJaaaaaa-',
            'a=',
            'a:',
            '--a ',
            '--password ',
            '"\\',
            'token',
            ' ',
            'a://',
            'a://b:',
            'a://b:@',
            'a://b:80/@',
            '@',
            '-----BEGIN ',
        ]) {
            const time = (repeats: number) => {
                const text = piece.repeat(repeats);
                const begun = performance.now();
                maskText(text);
                return performance.now() - begun;
            };
            time(1_000);
            assert.ok(time(100_000) < 1_000, `${JSON.stringify(piece)} took ${String(time(100_000))} ms`);
        }
    });
});

describe('a topology without secrets', () => {
    const { snapshot } = machine('systemd-v2');
    const processes = snapshot.processes.map((process) =>
        process.argv ? { ...process, argv: [...process.argv, '--password', 'hunter2'] } : process,
    );
    const topology = buildTopology({ ...snapshot, processes });

    it('shows none on any face, in either order, and keeps the facts', () => {
        for (const order of [topology, inKernelOrder(topology)]) {
            const masked = withoutSecrets(order);
            const faces = (shown: typeof topology) => [
                topologyText(shown),
                topologyMermaid(shown),
                topologyDot(shown),
                JSON.stringify(topologyToJson(shown)),
                JSON.stringify(sceneOf(shown, '', [])),
                [...shown.nodes.values()]
                    .map((node) => hoverText(hoverOf(shown, node, { now: 0, isRecording: false })))
                    .join(''),
                [...shown.nodes.values()].map((node) => describeNode(shown, node).accessibleLabel).join(''),
            ];
            for (const face of faces(masked)) assert.doesNotMatch(face, /hunter2/);
            assert.ok(
                faces(order).some((face) => face.includes('hunter2')),
                'there is something to hide',
            );
            assert.equal(masked.snapshot, order.snapshot);
        }
    });

    it('shows none in what a health check wrote', () => {
        const engines = snapshot.engines.map((engine) => ({
            ...engine,
            containers: engine.containers.map((container) => ({
                ...container,
                status: 'Up 2 hours (unhealthy)',
                inspected: {
                    ...inspectionOf({ pid: 720 }),
                    health: { failingStreak: 3, exitCode: 1, output: 'PASSWORD=hunter2 refused' },
                },
            })),
        }));
        const unhealthy = buildTopology({ ...snapshot, engines });
        assert.match(findingsText(unhealthy), /hunter2/, 'there is something to hide');
        const masked = withoutSecrets(unhealthy);
        assert.match(findingsText(masked), /refused/);
        for (const face of [
            findingsText(masked),
            JSON.stringify(findingsDocument(masked)),
            JSON.stringify(topologyToJson(masked)),
        ]) {
            assert.doesNotMatch(face, /hunter2/);
        }
        for (const node of masked.nodes.values()) {
            assert.doesNotMatch(hoverText(hoverOf(masked, node, { now: 0, isRecording: false })), /hunter2/);
        }
    });

    it('shows no password of an address that could not be followed', () => {
        const gap: Gap = {
            source: 'docker (DOCKER_HOST)',
            reason: 'malformed',
            detail: 'tcp://me:hunter2@host:2375 is not the address of a Docker daemon',
            help: 'Write it without hunter2: ssh://me:hunter2@host',
        };
        const { snapshot } = machine('systemd-v2');
        const engines = snapshot.engines.map((engine) => ({ ...engine, problem: gap }));
        const topology = withoutSecrets(buildTopology({ ...snapshot, engines, gaps: [gap] }));
        assert.doesNotMatch(JSON.stringify(topologyToJson(topology)), /me:hunter2/);
        assert.doesNotMatch(JSON.stringify(findingsDocument(topology)), /me:hunter2/);
        const hovers = hoversOf(topology);
        assert.match(hovers, /stale +as of/, 'a container tells why its engine is silent');
        assert.doesNotMatch(hovers, /me:hunter2/);
        assert.match(topology.gaps[0]?.detail ?? '', new RegExp(`^tcp://me:${mask}@host:2375 is not`));
    });

    it('shows none in what a daemon said in the place of an inspection', () => {
        const gap: Gap = { source: 'docker', reason: 'forbidden', detail: 'refused: token=hunter2', help: '' };
        const engines = snapshot.engines.map((engine) => ({
            ...engine,
            containers: engine.containers.map((container) => ({ ...container, inspectProblem: gap })),
        }));
        const refused = withoutSecrets(buildTopology({ ...snapshot, engines }));
        const texts = [...refused.nodes.values()].map((node) =>
            hoverText(hoverOf(refused, node, { now: 0, isRecording: false })),
        );
        assert.match(texts.join(''), /docker inspect: refused: token=••••/);
        assert.doesNotMatch(texts.join(''), /hunter2/);
    });

    it('shows none in what a containerd said, or what stands before it', () => {
        const { snapshot } = machine('containerd-asked');
        const problem: Gap = { source: 'containerd', reason: 'malformed', detail: 'refused: token=hunter2', help: '' };
        const containerds = (snapshot.containerds ?? []).map((one) => ({ ...one, problem }));
        const silent = buildTopology({ ...snapshot, containerds });
        assert.match(hoversOf(silent), /token=hunter2/, 'there is something to hide');
        const masked = withoutSecrets(silent);
        assert.match(hoversOf(masked), /token=••••/);
        assert.doesNotMatch(hoversOf(masked), /hunter2/);
        assert.doesNotMatch(JSON.stringify(topologyToJson(masked)), /hunter2/);
    });

    it('has a process that stands in two places as one', () => {
        const shared = buildTopology(machine('two-dockerds-one-containerd').snapshot);
        const distinct = (one: typeof shared) =>
            new Set([...one.nodes.values()].flatMap((node) => (node.kind === 'process' ? [node.process] : []))).size;
        assert.equal(distinct(withoutSecrets(shared)), distinct(shared));
    });
});

describe('facts without secrets', () => {
    it('hold none, and say that they were masked', () => {
        const masked = maskSnapshot(secretiveHost());
        assert.doesNotMatch(JSON.stringify(masked), /hunter2/);
        assert.equal(masked.masked, true);
        assert.match(recordingNotice(masked, Date.parse(masked.takenAt) + 1000), / was masked in it\.$/);
        assert.ok((JSON.stringify(secretiveHost()).match(/hunter2/g) ?? []).length > 10, 'there is something to hide');
    });

    it('mean the same hierarchy, with the health check told by its command', () => {
        const meaningOf = (snapshot: Snapshot) =>
            [...buildTopology(snapshot).nodes.values()].map((node) => [
                ...[node.id, node.parent, node.link?.kind, node.kind],
                node.kind === 'process' ? node.role : node.kind === 'container' ? node.verdict : undefined,
            ]);
        assert.deepEqual(meaningOf(maskSnapshot(secretiveHost())), meaningOf(secretiveHost()));
        assert.ok(meaningOf(secretiveHost()).some((words) => words.includes('healthcheck')));
    });

    it('are no other ones than those they were made of, where secrets are shown', () => {
        const [shown, masked] = [secretiveHost(), maskSnapshot(secretiveHost())].map((one) => buildTopology(one));
        assert.ok(shown && masked);
        const changesOf = (before: typeof shown, after: typeof shown) =>
            comparisonToJson(comparisonOf(before, after))['changed'];
        assert.notDeepEqual(changesOf(masked, shown), []);
        assert.deepEqual(changesOf(...maskedAlike(masked, shown)), []);
        assert.deepEqual(changesOf(...maskedAlike(shown, masked)), []);
        assert.deepEqual(maskedAlike(shown, shown), [shown, shown], 'with none that was masked, all is compared');
    });
});

/** Wherever a stranger's words are, there is a secret in them. */
function secretiveHost(): Snapshot {
    const { snapshot } = machine('systemd-v2');
    const gap: Gap = {
        source: 'tcp://me:hunter2@host',
        reason: 'timeout',
        detail: 'token=hunter2',
        help: 'TOKEN=hunter2',
    };
    const check = ['mysqladmin', 'ping', '-phunter2'];
    return {
        ...snapshot,
        processes: snapshot.processes.map((process) => ({
            ...process,
            argv: process.pid === 740 ? check : [...(process.argv ?? []), '--password', 'hunter2'],
        })),
        engines: snapshot.engines.map((engine) => ({
            ...engine,
            problem: gap,
            containers: engine.containers.map((container) => ({
                ...container,
                command: 'serve --token hunter2',
                labels: { 'com.example.token': 'hunter2', rule: 'https://me:hunter2@host' },
                inspected: {
                    ...inspectionOf({ pid: 720 }),
                    healthcheck: ['CMD', ...check],
                    health: { failingStreak: 3, exitCode: 1, output: 'PASSWORD=hunter2 refused' },
                },
                inspectProblem: gap,
            })),
        })),
        containerds: [
            {
                address: '/run/containerd/containerd.sock',
                namespaces: ['moby'],
                containers: [{ namespace: 'moby', id: 'a', image: '', runtime: '', labels: { token: 'hunter2' } }],
                tasks: [],
                problem: gap,
            },
        ],
        gaps: [gap],
    };
}

function hoversOf(topology: Topology): string {
    const clock = { now: 0, isRecording: false };
    return [...topology.nodes.values()].map((node) => hoverText(hoverOf(topology, node, clock))).join('');
}
