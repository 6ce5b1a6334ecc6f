import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normaliseInfo, normaliseInspection, normaliseList, normaliseVersion } from '../../../src/sources/docker/wire';
import { webId, webRecord } from './fake-daemon';

/** The one container of a list that must be accepted. */
function only(record: unknown) {
    const list = normaliseList([record]);
    assert.ok(list.ok, list.ok ? '' : list.problem);
    const [container] = list.value;
    assert.ok(container);
    return container;
}

describe('what the API says, made ours', () => {
    it('takes a container as Docker lists it', () => {
        assert.deepEqual(only(webRecord), {
            id: webId,
            names: ['web'],
            image: 'nginx',
            command: 'nginx -g "daemon off;"',
            created: 1_700_000_000,
            state: 'running',
            status: 'Up 3 minutes',
            labels: { role: 'front' },
            ports: [{ hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
            networks: [{ name: 'bridge', ipAddress: '172.17.0.2' }],
            networkMode: 'default',
        });
    });

    it('is content with an id alone, and with null everywhere else', () => {
        const bare = {
            id: webId,
            names: [],
            image: '',
            command: '',
            created: 0,
            state: 'unknown',
            status: '',
            labels: {},
            ports: [],
            networks: [],
        };
        assert.deepEqual(only({ Id: webId }), bare);
        const nulls = Object.fromEntries(Object.keys(webRecord).map((key) => [key, null]));
        assert.deepEqual(only({ ...nulls, Id: webId, Pid: null }), bare);
    });

    it("puts a container's own name before the names that links gave it", () => {
        assert.deepEqual(only({ Id: webId, Names: ['/app/db', '/db'] }).names, ['db', 'app/db']);
    });

    it('keeps labels of any name, and a pid where one is told', () => {
        const record = JSON.parse(
            `{"Id":"${webId}","Pid":77,"Labels":{"__proto__":"x","constructor":"y","n":5}}`,
        ) as unknown;
        const container = only(record);
        assert.equal(container.pid, 77);
        assert.deepEqual(Object.entries(container.labels), [
            ['__proto__', 'x'],
            ['constructor', 'y'],
        ]);
        assert.equal(only({ Id: webId, Pid: 0 }).pid, undefined);
    });

    it('names a state that it does not know as unknown', () => {
        assert.equal(only({ Id: webId, State: 'hibernating' }).state, 'unknown');
    });

    it('refuses the whole list for what it rests on', () => {
        for (const [answer, problem] of [
            [null, /expected Array/],
            [{}, /expected Array/],
            [[webRecord, null], /^1: expected Object/],
            [[{ ...webRecord, Id: 'abc' }], /^0\.Id: an id is 64 hex digits/],
            [[{ ...webRecord, Names: 'web' }], /^0\.Names: expected/],
            [[{ ...webRecord, Names: [5] }], /^0\.Names\.0: expected string/],
        ] as const) {
            const list = normaliseList(answer);
            assert.match(list.ok ? 'accepted' : list.problem, problem);
        }
    });

    it('reads which node of a Swarm a daemon is, and misses it where there is none', () => {
        const node = { LocalNodeState: 'active', NodeID: 'k4o5', ControlAvailable: true, NodeAddr: '10.0.0.1' };
        assert.deepEqual(normaliseInfo({ Swarm: node }), {
            swarm: { state: 'active', nodeId: 'k4o5', isManager: true },
        });
        assert.deepEqual(normaliseInfo({ Swarm: { LocalNodeState: 'pending', NodeID: '' } }), {
            swarm: { state: 'pending', isManager: false },
        });
        for (const none of [{ LocalNodeState: 'inactive', NodeID: '' }, {}, null, 'active', undefined]) {
            assert.deepEqual(normaliseInfo({ Swarm: none }), {});
        }
    });

    it('reads what newer daemons tell of their containerd, and misses it on older ones', () => {
        const containerd = {
            Address: '/run/containerd/containerd.sock',
            Namespaces: { Containers: 'moby', Plugins: 'p' },
        };
        assert.deepEqual(normaliseInfo({ Name: 'h', LiveRestoreEnabled: false, Containerd: containerd }), {
            name: 'h',
            liveRestore: false,
            containerdAddress: '/run/containerd/containerd.sock',
            containerdNamespace: 'moby',
        });
        assert.deepEqual(normaliseInfo({ Name: '', Containerd: null }), {});
        assert.deepEqual(normaliseVersion({ Version: '17.03.2-ce', ApiVersion: '1.27', Os: 'linux' }), {
            version: '17.03.2-ce',
            apiVersion: '1.27',
        });
        assert.deepEqual(normaliseVersion([]), {});
    });

    it('takes an inspection without health check, host config or config', () => {
        const inspection = normaliseInspection(
            { Id: webId, State: { Pid: 0 }, HostConfig: null, Config: { Healthcheck: null } },
            webId,
        );
        assert.deepEqual(inspection, {
            ok: true,
            value: {
                pid: 0,
                startedAt: '',
                finishedAt: '',
                exitCode: 0,
                oomKilled: false,
                restartCount: 0,
                pidMode: '',
                healthcheck: [],
                init: false,
            },
        });
        assert.equal(normaliseInspection({ Id: webId, State: { Pid: '5' } }, webId).ok, false);
    });

    it('keeps the parts of an inspection that are right when others are not', () => {
        const inspection = normaliseInspection(
            { Id: webId, State: { Pid: 3 }, HostConfig: { PidMode: 'host', Init: null } },
            webId,
        );
        assert.deepEqual(inspection.ok && [inspection.value.pidMode, inspection.value.init], ['host', false]);
    });

    it("takes Podman's list and inspection", () => {
        const container = only({
            Id: webId,
            Names: ['/pod'],
            Image: '',
            Command: 'sleep 1000',
            Created: 1_795_461_289,
            Ports: [],
            Labels: {},
            State: 'created',
            Status: 'Created',
            NetworkSettings: { Networks: null },
            Config: null,
            Platform: null,
        });
        assert.deepEqual([container.names, container.state, container.networks], [['pod'], 'created', []]);
        const inspection = normaliseInspection(
            { Id: webId, State: { Pid: 0 }, HostConfig: { PidMode: 'private', Init: false } },
            webId,
        );
        assert.equal(inspection.ok && inspection.value.pidMode, '');
    });

    it('never throws, and never makes a container from anything but an id', () => {
        const keys = [
            ...Object.keys(webRecord),
            'Pid',
            'State',
            'Networks',
            'IPAddress',
            'PrivatePort',
            'Test',
            'Healthcheck',
        ];
        const leaf = fc.oneof(fc.constant(webId), fc.string(), fc.double(), fc.boolean(), fc.constant(null));
        const { value } = fc.letrec((tie) => ({
            value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('record')),
            record: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 8 }),
        }));
        fc.assert(
            fc.property(value, (foreign) => {
                for (const answer of [foreign, [foreign], [{ ...webRecord, ...(foreign as object | null) }]]) {
                    const list = normaliseList(answer);
                    assert.ok(!list.ok || list.value.every((container) => /^[0-9a-f]{64}$/.test(container.id)));
                }
                normaliseInspection(foreign, webId);
                normaliseInfo(foreign);
                normaliseVersion(foreign);
            }),
            { seed: 20260102, numRuns: 3_000 },
        );
    }).timeout(20_000);
});
