import assert from 'node:assert/strict';
import { endpointOf, parseAddress } from '../../src/sources/docker/address';
import { configSchema, metaSchema, parseJson } from '../../src/sources/docker/context';
import { listFromFile } from '../../src/sources/docker/container-file';
import { type EventHint, splitEvents } from '../../src/sources/docker/event-lines';
import {
    fullId,
    normaliseInfo,
    normaliseInspection,
    normaliseList,
    normaliseVersion,
} from '../../src/sources/docker/wire';
import { isForbidden } from '../../src/sources/docker/failure';
import { SshError } from '../../src/sources/docker/ssh';
import { explainSsh } from '../../src/sources/docker/ssh-failure';
import * as containerd from '../../src/sources/containerd/protocol';
import { webId, webRecord } from '../sources/docker/fake-daemon';
import { fuzz } from './fuzz';
import { changedBytes, changedText, changedValue, type Random } from './random';

const inspection = {
    Id: webId,
    State: { Pid: 7, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '', ExitCode: 0, OOMKilled: false },
    RestartCount: 1,
    HostConfig: { PidMode: 'host', Init: true },
    Config: { Healthcheck: { Test: ['CMD-SHELL', 'true'] } },
};
const info = {
    Name: 'host',
    DockerRootDir: '/var/lib/docker',
    CgroupDriver: 'systemd',
    LiveRestoreEnabled: true,
    Containerd: { Address: '/run/containerd/containerd.sock', Namespaces: { Containers: 'moby' } },
};
const startEvent = {
    Type: 'container',
    Action: 'start',
    Actor: { ID: webId, Attributes: { name: 'web' } },
    timeNano: 5e18,
};
const like = (sample: unknown) => (random: Random) => changedValue(random, sample);
const oneLine = (text: string) => assert.ok(!text.includes('\n') && text.length < 500, text);

describe('what a daemon answers', () => {
    fuzz('GET /containers/json', like([webRecord, { ...webRecord, Names: null }]), (answer) => {
        const list = normaliseList(answer);
        if (!list.ok) return oneLine(list.problem);
        for (const { id, names, labels, ports } of list.value) {
            assert.match(id, fullId);
            assert.ok(names.every((name) => typeof name === 'string') && Array.isArray(ports));
            assert.ok(Object.values(labels).every((value) => typeof value === 'string'));
        }
        assert.equal(list.value.length, (answer as readonly unknown[]).length, 'none is left out silently');
    });
    fuzz('GET /containers/ID/json', like(inspection), (answer) => {
        const told = normaliseInspection(answer, webId);
        if (!told.ok) return assert.equal(typeof told.problem, 'string');
        assert.ok(Number.isSafeInteger(told.value.pid) && told.value.pid >= 0 && !('Id' in told.value));
    });
    fuzz('GET /version and /info', like({ Version: '28.0.1', ApiVersion: '1.48', ...info }), (answer) => {
        for (const value of Object.values({ ...normaliseVersion(answer), ...normaliseInfo(answer) }))
            assert.ok(typeof value === 'boolean' || (typeof value === 'string' && value !== ''));
    });
    fuzz(
        'event lines, however they are cut',
        (random) => {
            const lines = [changedValue(random, startEvent), startEvent]
                .map((one) => `${JSON.stringify(one) ?? ''}\n`)
                .join('');
            return random.once(2) ? Buffer.from(lines) : changedBytes(random, Buffer.from(lines));
        },
        (bytes, random) => {
            const whole = hintsOf([bytes]);
            const at = random.below(bytes.length + 1);
            const to = at + random.below(bytes.length - at + 1);
            assert.deepEqual(hintsOf([bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]), whole);
            for (const { containerId, action } of whole) {
                assert.ok(containerId === undefined || fullId.test(containerId));
                assert.equal(typeof action, 'string');
            }
        },
    );
    const sshWords = [
        'Permission denied (publickey,password).',
        'Host key verification failed.',
        'bash: line 1: docker: command not found',
        "docker: 'system dial-stdio' is not a docker command.",
        'ssh: connect to host box port 22: Connection refused',
    ] as const;
    fuzz(
        'the last words of ssh',
        (random) => ({
            said: changedText(random, random.pick(sshWords)),
            status: random.pick([undefined, 1, 127, 255]),
        }),
        ({ said, status }) => {
            const error = new SshError(status, said);
            const { reason, detail, help } = explainSsh(error, { kind: 'ssh', host: 'box', user: 'me' });
            assert.equal(detail, `ssh me@box: ${said}`);
            assert.equal(reason === 'forbidden', isForbidden(error), 'what is asked rarely is said to be forbidden');
            oneLine(help);
        },
    );

    // As protobuf writes them: the field's number and kind, the length, the bytes.
    const field = (number: number, content: string) =>
        Buffer.concat([Buffer.from([number * 8 + 2, content.length]), Buffer.from(content, 'latin1')]);
    const nested = (number: number, ...parts: Buffer[]) => field(number, Buffer.concat(parts).toString('latin1'));
    const label = nested(2, field(1, 'role'), field(2, 'front'));
    const container = nested(
        1,
        field(1, 'web'),
        label,
        field(3, 'nginx'),
        nested(4, field(1, 'io.containerd.runc.v2')),
        nested(5, field(2, '{}')),
    );
    const task = nested(1, field(1, 'web'), Buffer.from([0x18, 0xc7, 0x04, 0x20, 2, 0x48, 1]));
    const page = Buffer.concat([nested(1, field(1, 'nginx')), nested(1)]);
    const plugin = nested(1, field(2, 'overlayfs'), nested(7, field(2, 'no such file system')));
    const exit = [field(1, 'web'), field(2, 'web')];
    const event = Buffer.concat([field(3, '/tasks/exit'), nested(4, nested(2, ...exit))]);
    const messages = [field(1, '1.7.0'), nested(1, field(1, 'moby')), container, task, page, plugin, event] as const;
    const readings: readonly ((bytes: Buffer) => unknown)[] = [
        containerd.askVersion.decode,
        containerd.listNamespaces.decode,
        containerd.streamContainers.decode,
        containerd.getContainer.decode,
        containerd.listTasks.decode,
        containerd.listImages.decode,
        containerd.listSnapshots.decode,
        containerd.listContent.decode,
        containerd.listPlugins.decode,
        containerd.subscribe.decode,
        containerd.decodeTaskExit,
        (bytes) => containerd.decodeTaskExit(containerd.subscribe.decode(bytes).event?.value ?? bytes),
    ];
    fuzz(
        "containerd's messages",
        (random) => changedBytes(random, random.pick(messages)),
        (bytes) => {
            for (const read of readings) {
                let decoded: unknown;
                try {
                    decoded = read(bytes);
                } catch (error) {
                    assert.ok(error instanceof Error); // its promise for bytes that are no message
                    continue;
                }
                assert.equal(typeof decoded, 'object');
            }
        },
    );
});

describe('what a person, or a file of theirs, names', () => {
    const addresses = [
        'unix:///var/run/docker.sock',
        'tcp://[::1]:2376/docker',
        'host:2375',
        '/run/x.sock',
        'ssh://me@host',
        'npipe:////./pipe/docker_engine',
        'ssh://user@host.example:22/run/docker.sock',
    ] as const;
    fuzz(
        'addresses',
        (random) => changedText(random, random.pick(addresses)),
        (text) => {
            const parsed = parseAddress(text);
            if (!parsed.ok) return assert.ok(parsed.detail !== '' && parsed.help !== '');
            const { address } = parsed;
            if (address.kind === 'socket') assert.ok(!address.path.includes('\0'));
            else assert.ok(address.host !== '' && (address.port ?? 0) >= 0 && (address.port ?? 0) < 65_536);
            const again = parseAddress(endpointOf(address));
            assert.ok(again.ok, endpointOf(address));
            assert.deepEqual(again.address, address, 'its one spelling names the same place');
        },
    );
    const contexts = [
        JSON.stringify({ Name: 'x', Endpoints: { docker: { Host: 'tcp://h:1', SkipTLSVerify: true } } }),
        '{"currentContext": "x", "auths": {}}',
    ] as const;
    fuzz(
        'contexts',
        (random) => changedText(random, random.pick(contexts)),
        (text) => {
            for (const schema of [metaSchema, configSchema]) {
                const read = parseJson('/x/meta.json', text, schema);
                if (!read.ok) oneLine(read.detail);
            }
        },
    );
    const list = [{ ...webRecord, Pid: 7, Engine: 'unix:///x.sock' }, webRecord];
    fuzz(
        'a file of containers',
        (random) =>
            random.once(2)
                ? changedText(random, JSON.stringify(list))
                : (JSON.stringify(changedValue(random, list)) ?? ''),
        (text) => {
            const read = listFromFile(text, 'list.json', 1);
            if (!read.ok) return oneLine(read.message);
            for (const { containers } of read.engines) containers.forEach(({ id }) => assert.match(id, fullId));
        },
    );
});

function hintsOf(chunks: readonly Buffer[]): readonly EventHint[] {
    const hints: EventHint[] = [];
    const split = splitEvents((hint) => hints.push(hint));
    for (const chunk of chunks) split(chunk);
    return hints;
}
