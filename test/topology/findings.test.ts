import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../src/model/snapshot';
import { describeFinding, findingsText } from '../../src/present/findings';
import { buildTopology } from '../../src/topology/build';
import { rules, withoutFindings } from '../../src/topology/findings/findings';
import { shortestLastingMilliseconds } from '../../src/topology/findings/lasting';
import type { Finding, Topology } from '../../src/topology/topology';
import { inspectionOf } from '../inspection';
import { askedAgain } from '../machines/check';
import { machineNames, topologyOf } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';

const docker = '/run/docker.sock';
const containerd = '/run/containerd/containerd.sock';
const shim = (id: string) => `/usr/bin/containerd-shim-runc-v2 -namespace moby -id {${id}} -address ${containerd}`;

/** One container, as systemd arranges it, with nothing wrong. A test replaces some lines by others and adds some. */
const healthy: Readonly<Record<string, string>> = {
    init: '1   0   1    S = cgroup=/ : /sbin/init',
    containerd: `500 1   400  S = cgroup=/c listens=${containerd} mntns=1 : /usr/bin/containerd`,
    dockerd: `600 1   500  S = cgroup=/d listens=${docker} mntns=1 : /usr/bin/dockerd -H fd:// --containerd=${containerd}`,
    shim: `700 1   900  S = cgroup=/c pidns=1 netns=2 ipcns=3 caps=1ff seccomp=0 : ${shim('web')}`,
    main: '720 700 905  S = in={web} cgroup=/docker/{web} nspid=1 pidns=11 netns=12 ipcns=13 caps=0fb seccomp=2 : nginx',
    engine: `engine unix://${docker}`,
    web: 'container {web} web nginx running ip=bridge/172.17.0.2',
};

type Lines = Readonly<Record<string, string>>;

function snapshotOf(changed: Lines): Snapshot {
    return readMachine(`# a host\n${Object.values({ ...healthy, ...changed }).join('\n')}`).snapshot;
}

/** What is found when two looks, far enough apart, see these two hosts. */
function foundIn(...looks: Parameters<typeof topologyIn>): readonly Finding[] {
    return topologyIn(...looks).findings;
}

function topologyIn(before: Lines, now: Lines = before, apart = shortestLastingMilliseconds): Topology {
    const first = snapshotOf(before);
    return buildTopology(later(snapshotOf(now), apart), buildTopology(first));
}

/** The look that comes so many milliseconds later, by a wall clock that was set on by so many more meanwhile. */
function later(snapshot: Snapshot, milliseconds: number, step = 0): Snapshot {
    const { takenAt, host } = snapshot;
    return {
        ...askedAgain(snapshot, Date.parse(takenAt) + milliseconds + step),
        host: { ...host, uptimeSeconds: (host.uptimeSeconds ?? 0) + milliseconds / 1000 },
    };
}

function codesIn(...looks: Parameters<typeof foundIn>): readonly string[] {
    return foundIn(...looks).map(({ code }) => code);
}

/** For every code: what shows it, and what looks alike and must not. */
const cases: Readonly<Record<string, { readonly shows: Lines; readonly nearMisses: Readonly<Record<string, Lines>> }>> =
    {
        'container-without-process': {
            shows: { shim: '', main: '' },
            nearMisses: {
                'Docker says it has exited': { shim: '', main: '', web: 'container {web} web nginx exited' },
                'some processes can not be seen': { init: 'host hides=true', shim: '', main: '' },
                'the engine did not answer': { shim: '', main: '', engine: `engine unix://${docker} problem=timeout` },
                'a removed container has left its shim': { main: '', web: '' },
            },
        },
        'pid-of-another': {
            shows: { web: 'container {web} web nginx running pid=500' },
            nearMisses: {
                'the pid is its own': { web: 'container {web} web nginx running pid=720' },
                'the pid is its own, in another cgroup': {
                    main: '720 700 905 S = in={web} cgroup=/elsewhere nspid=1 : nginx',
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : sh',
                    web: 'container {web} web nginx running pid=720',
                },
                'the pid may be one that is not seen': {
                    init: 'host hides=true',
                    web: 'container {web} web nginx running pid=4242',
                },
                'it is a pid of before, and the container does not run': {
                    main: '',
                    web: 'container {web} web nginx exited pid=500',
                },
            },
        },
        'process-of-a-stopped-container': {
            shows: { web: 'container {web} web nginx exited' },
            nearMisses: {
                'it has just been started again': {
                    main: '720 700 99950 S = in={web} cgroup=/docker/{web} nspid=1 : nginx',
                    web: 'container {web} web nginx restarting',
                },
                'runc holds the place of its first process, which is about to start': {
                    main: '720 700 99500 S = in={web} cgroup=/docker/{web} nspid=1 exe=/ comm=runc:[2:INIT] : runc init',
                },
                'it is being removed': { web: 'container {web} web nginx removing' },
            },
        },
        'containerd-disagrees': {
            shows: { asked: `containerd ${containerd}\nrecord moby {web} nginx task=stopped pid=720` },
            nearMisses: {
                'containerd agrees': {
                    asked: `containerd ${containerd}\nrecord moby {web} nginx task=running pid=720`,
                },
                'containerd did not answer': {
                    asked: `containerd ${containerd} problem=timeout\nrecord moby {web} nginx`,
                },
                'its answer is older than the process': {
                    main: '720 700 99900 S = in={web} cgroup=/docker/{web} nspid=1 : nginx',
                    asked: `containerd ${containerd}\nrecord moby {web} nginx`,
                },
                'another containerd may have answered at its address': {
                    other: `510 1 400 S = cgroup=/c listens=${containerd} mntns=1 : /usr/bin/containerd`,
                    asked: `containerd ${containerd}`,
                },
            },
        },
        'container-without-shim': {
            shows: { shim: '', main: '720 1 905 S = in={web} cgroup=/docker/{web} nspid=1 : nginx' },
            nearMisses: {
                'its parent is not seen, as from inside a container': {
                    shim: '',
                    main: '720 0 905 S = in={web} cgroup=/docker/{web} nspid=1 : nginx',
                },
                'its shim has a name that no table knows': {
                    shim: `700 1 900 S = cgroup=/c : /opt/holder -namespace moby -id {web} -address ${containerd}`,
                },
            },
        },
        'unknown-container': {
            shows: { web: '' },
            nearMisses: {
                'it is in a namespace that is not dockerd’s': {
                    web: '',
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'k8s.io')}`,
                },
                'an engine was not heard': { web: '', engine: `engine unix://${docker} problem=timeout listed=never` },
                'nothing of it lives, and only its shim is left': { web: '', main: '' },
            },
        },
        'orphan-shim': {
            shows: { containerd: '' },
            nearMisses: {
                'a containerd is there whose sockets could not be read': {
                    containerd: '500 1 400 S = cgroup=/c : /usr/bin/containerd --config /opt/odd/config.toml',
                },
                'two containerds serve at its address': {
                    dockerd: '',
                    other: `510 1 400 S = cgroup=/c listens=${containerd} mntns=2 : /usr/bin/containerd`,
                },
            },
        },
        'shim-without-container': {
            shows: { main: '', web: 'container {web} web nginx exited' },
            nearMisses: {
                'it only just started': {
                    shim: `700 1 99900 S = cgroup=/c : ${shim('web')}`,
                    main: '',
                    web: 'container {web} web nginx created',
                },
                'the dockerd that would tell it to go does not answer': {
                    main: '',
                    web: 'container {web} web nginx running',
                    engine: `engine unix://${docker} problem=timeout`,
                },
                'the dockerd that would tell it to go has not answered yet': {
                    main: '',
                    web: '',
                    engine: `engine unix://${docker} problem=timeout listed=never`,
                },
                'its container is ctr’s, and stays until somebody deletes it': {
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'default')}`,
                    main: '',
                    web: '',
                    asked: `containerd ${containerd}\nrecord default {web} nginx task=stopped pid=720`,
                },
                'its container is nerdctl’s, and containerd was not asked': {
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'default')}`,
                    main: '',
                    web: '',
                },
                'its container is in a virtual machine': {
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('runc-v2', 'kata-v2')}`,
                    main: '',
                    web: 'container {web} web nginx exited',
                },
            },
        },
        'grown-shim': {
            shows: { shim: `700 1 900 S = cgroup=/c rss=200 : ${shim('web')}` },
            nearMisses: {
                'it is not yet far from what is usual': { shim: `700 1 900 S = cgroup=/c rss=40 : ${shim('web')}` },
                'all of its kind are as large': Object.fromEntries(
                    ['web', 'one', 'two', 'three'].map((id, index) => [
                        id === 'web' ? 'shim' : id,
                        [
                            `${String(700 + index)} 1 900 S = cgroup=/c rss=100 : ${shim(id)}`,
                            ...(id === 'web'
                                ? []
                                : [
                                      `${String(800 + index)} ${String(700 + index)} 905 S = in={${id}} cgroup=/docker/{${id}} : sleep`,
                                  ]),
                        ].join('\n'),
                    ]),
                ),
            },
        },
        zombies: {
            shows: { zombie: '721 720 950 Z = in={web} cgroup=/docker/{web} comm=curl :' },
            nearMisses: {
                'other threads of it live': {
                    zombie: '721 720 950 Z = in={web} cgroup=/docker/{web} threads=3 comm=curl :',
                },
                'it has nothing to do with containers': { zombie: '721 1 950 Z = cgroup=/ comm=curl :' },
            },
        },
        uninterruptible: {
            shows: { stuck: '721 720 950 D = in={web} cgroup=/docker/{web} wchan=nfs_wait sleeps=7 : cat /mnt/file' },
            nearMisses: {
                'the freezer holds it': {
                    stuck: '721 720 950 D = in={web} cgroup=/docker/{web} wchan=__refrigerator sleeps=7 : cat',
                },
                'Docker says that it is paused': {
                    stuck: '721 720 950 D = in={web} cgroup=/docker/{web} wchan=x sleeps=7 : cat',
                    web: 'container {web} web nginx paused',
                },
                'containerd says that it is paused': {
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'default')}`,
                    stuck: '721 720 950 D = in={web} cgroup=/docker/{web} wchan=x sleeps=7 : cat',
                    web: '',
                    asked: `containerd ${containerd}\nrecord default {web} nginx task=paused pid=720`,
                },
                'containerd says that it is about to be': {
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'default')}`,
                    stuck: '721 720 950 D = in={web} cgroup=/docker/{web} wchan=x sleeps=7 : cat',
                    web: '',
                    asked: `containerd ${containerd}\nrecord default {web} nginx task=pausing pid=720`,
                },
                'the container around its own one is paused': {
                    inner: `730 720 940 S = in={web} cgroup=/docker/{web}/init nspid=2 : ${shim('inner')}`,
                    stuck: '740 730 950 D = cgroup=/docker/{web}/docker/{inner} nspid=3,1 wchan=x sleeps=7 : cat',
                    web: 'container {web} web nginx paused',
                },
                'it was not read whether it is the same wait': {
                    stuck: '721 720 950 D = in={web} cgroup=/docker/{web} : cat /mnt/file',
                },
            },
        },
        'runc-did-not-exit': {
            shows: { runc: '730 700 950 S = cgroup=/c : runc --root /r exec --process /p {web}' },
            nearMisses: {
                'it only just started': {
                    runc: '730 700 99900 S = cgroup=/c : runc --root /r exec --process /p {web}',
                },
                'a builder runs it for as long as the step takes': {
                    runc: '730 600 950 S = cgroup=/d : runc run step',
                },
                'a program in a container calls itself so': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 exe=/bin/busybox : runc sleep 1000',
                },
                'nobody may read what a program in a container is, which calls itself so': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : runc sleep 1000',
                },
                'it is paused together with its container': {
                    exec: '740 700 5000 D = in={web} cgroup=/docker/{web} nspid=20 exe=/usr/bin/runc : runc init',
                    web: 'container {web} web nginx paused',
                },
                'the container was made, and not started': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 exe=/usr/bin/crun : crun create {web}',
                    web: 'container {web} web nginx created',
                },
            },
        },
        'exec-without-client': {
            shows: { exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : sh' },
            nearMisses: {
                'its client is there': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : sh',
                    client: '750 1 4990 S = cgroup=/ : docker exec -it web sh',
                },
                'a plugin of the client is there': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : sh',
                    client: '750 1 4990 S = cgroup=/ : /usr/libexec/docker/cli-plugins/docker-compose compose exec web sh',
                },
                'it may be what a process of --pid=host left behind': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid= pidns=1 : daemon',
                },
                'it may be the health check': {
                    exec: '740 700 5000 S = in={web} cgroup=/docker/{web} nspid=20 : curl localhost',
                    web: 'container {web} web nginx running status="Up 2 hours (healthy)"',
                },
                'it may be what the shell of the health check has become, and is young': {
                    exec: '740 700 97000 S = in={web} cgroup=/docker/{web} nspid=20 : curl -f http://localhost',
                    web: String.raw`container {web} web nginx running health="[\"CMD-SHELL\", \"curl -f $URL\"]"`,
                },
            },
        },
        'proxy-without-container': {
            shows: { proxy: proxy(610, '172.17.0.9') },
            nearMisses: {
                'a container has the address': { proxy: proxy(610, '172.17.0.2') },
                'it was started just now, for a container that is about to run': {
                    proxy: proxy(610, '172.17.0.9').replace(' 950 ', ' 99200 '),
                },
                'one of two engines that may have started it was not heard': {
                    proxy: proxy(610, '172.17.0.9').replace('610 600', '610 1'),
                    other: '650 1 500 S = cgroup=/d listens=/run/other.sock : /usr/bin/dockerd -H unix:///run/other.sock',
                },
            },
        },
        'proxy-port-taken': {
            shows: { proxy: proxy(610, '172.17.0.9'), other: proxy(611, '172.17.0.2') },
            nearMisses: {
                'the other is on another address of the host': {
                    proxy: proxy(610, '172.17.0.9'),
                    other: proxy(611, '172.17.0.2').replace('0.0.0.0', '127.0.0.1'),
                },
                'the other is in another network namespace': {
                    proxy: proxy(610, '172.17.0.9').replace(' : ', ' netns=2 : '),
                    other: proxy(611, '172.17.0.2').replace(' : ', ' netns=3 : '),
                },
            },
        },
        'daemon-down': {
            shows: { dockerd: '', engine: `engine unix://${docker} problem=unreachable containerd=${containerd}` },
            nearMisses: {
                'the containers are a kubelet’s': {
                    dockerd: '',
                    engine: '',
                    web: '',
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'k8s.io')}`,
                },
                'it answers from where its process is not seen': { dockerd: '' },
                'one of its user’s uses this containerd, and was not asked': {
                    engine: '',
                    web: '',
                },
                'a dockerd that was not asked may use this containerd, by its daemon.json': {
                    dockerd: `600 1 500 S = cgroup=/d listens=${docker} : /usr/bin/dockerd`,
                    engine: '',
                    web: '',
                    shim: `700 1 900 S = cgroup=/c : ${shim('web').replace(containerd, '/run/other/containerd.sock')}`,
                },
                'it is silent, and may be elsewhere': {
                    dockerd: '',
                    engine: `engine unix://${docker} problem=timeout containerd=${containerd}`,
                },
            },
        },
        'daemon-not-answering': {
            shows: { engine: `engine unix://${docker} problem=timeout` },
            nearMisses: { 'we may not ask it': { engine: `engine unix://${docker} problem=forbidden` } },
        },
        'shared-data-root': {
            shows: { dockerd: rootedAt(600, '/data', 1), other: rootedAt(650, '/data', 1) },
            nearMisses: {
                'they see different files': { dockerd: rootedAt(600, '/data', 1), other: rootedAt(650, '/data', 2) },
                'the folders differ': { dockerd: rootedAt(600, '/data', 1), other: rootedAt(650, '/data2', 1) },
            },
        },
        'deleted-executable': {
            shows: {
                dockerd: `600 1 500 S = cgroup=/d listens=${docker} exe="/usr/bin/dockerd (deleted)" : /usr/bin/dockerd`,
            },
            nearMisses: {
                'it is a program in a container': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 exe="/usr/bin/dockerd (deleted)" : nginx',
                },
            },
        },
        'host-namespaces': {
            shows: { main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 pidns=11 netns=2 ipcns=13 : nginx' },
            nearMisses: {
                'gVisor has namespaces of its own inside': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} pidns=1 netns=2 ipcns=3 : runsc-sandbox boot',
                },
                'runc has not yet made it what it will be': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} netns=2 exe=/ comm=runc:[2:INIT] : runc init',
                },
            },
        },
        privileged: {
            shows: { main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 caps=3ff seccomp=0 : nginx' },
            nearMisses: {
                'a filter holds it back': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 caps=1ff seccomp=2 : x',
                },
                'a capability is missing': {
                    main: '720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 caps=0ff seccomp=0 : x',
                },
            },
        },
        unhealthy: {
            shows: { web: 'container {web} web nginx running status="Up 2 hours (unhealthy)"' },
            nearMisses: {
                'it is called so': { web: 'container {web} unhealthy unhealthy running status="Up 2 hours (healthy)"' },
            },
        },
    };

function proxy(pid: number, address: string): string {
    const argv = `-proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip ${address} -container-port 80`;
    return `${String(pid)} 600 950 S 600 cgroup=/d : /usr/bin/docker-proxy ${argv}`;
}

function rootedAt(pid: number, root: string, mountNamespace: number): string {
    const socket = pid === 600 ? docker : '/run/other.sock';
    const argv = `/usr/bin/dockerd --data-root ${root} --containerd=${containerd}`;
    return `${String(pid)} 1 500 S = cgroup=/d listens=${socket} mntns=${String(mountNamespace)} : ${argv}`;
}

/** A host whose engine lists a container and does not tell of it when it is asked. */
function withoutInspection(reason: 'timeout' | 'gone'): Topology {
    const snapshot = snapshotOf({});
    const engines = snapshot.engines.map((engine) => ({
        ...engine,
        containers: engine.containers.map((container) => ({
            ...container,
            inspectProblem: { source: 'docker', reason, detail: 'no answer within 3000 ms', help: 'none' },
        })),
    }));
    const first = { ...snapshot, engines };
    return buildTopology(later(first, 5_000), buildTopology(first));
}

/** Whole commands that change nothing, and by which Docker signals nobody. */
const onlyLooking: readonly RegExp[] = [
    /^docker -H '[^']+' inspect --format '\{\{json \.[\w.]+\}\}' [0-9a-f]{64}$/,
    /^ps -o [\w:,]+ -p \d+(,\d+)*$/,
    /^sudo cat \/proc\/\d+\/stack$/,
    /^sudo ss -lntup 'sport = :\d+'$/,
    /^systemctl status docker containerd --no-pager$/,
];

describe('findings', () => {
    it('are none on a healthy host', () => {
        assert.deepEqual(foundIn({}), []);
    });

    for (const [code, { shows, nearMisses }] of Object.entries(cases)) {
        it(`${code}: shown, with evidence`, () => {
            const found = foundIn(shows).find((finding) => finding.code === code);
            assert.ok(found, codesIn(shows).join(' '));
            assert.ok(found.evidence.length > 0 && found.nodes.length > 0);
            assert.equal(found.unverified, undefined);
        });
        for (const [why, lines] of Object.entries(nearMisses)) {
            it(`${code}: not shown where ${why}`, () => assert.ok(!codesIn(lines).includes(code)));
        }
    }

    it('wedged-container: shown where the list answers and inspect does not', () => {
        const codesWith = (reason: 'timeout' | 'gone') => withoutInspection(reason).findings.map(({ code }) => code);
        assert.deepEqual(codesWith('timeout'), ['wedged-container']);
        assert.deepEqual(codesWith('gone'), []);
    });

    for (const { code } of rules) {
        it(`${code}: who types its command only looks`, () => {
            const { shows } = cases[code] ?? {};
            const topology = shows ? topologyIn(shows) : withoutInspection('timeout');
            const finding = topology.findings.find((one) => one.code === code) ?? assert.fail();
            const { command = assert.fail(), next } = describeFinding(topology, finding);
            assert.ok(
                onlyLooking.some((whole) => whole.test(command)),
                command,
            );
            if (code === 'pid-of-another') assert.match(next, /^Do nothing to it through Docker: /);
        });
    }

    it('daemon-not-answering: not shown while its deadline has not passed', () => {
        const withProblem = (isPending: boolean): readonly string[] => {
            const snapshot = snapshotOf({ engine: `engine unix://${docker} problem=timeout` });
            const engines = snapshot.engines.map((engine) => ({
                ...engine,
                ...(engine.problem && { problem: { ...engine.problem, ...(isPending && { isPending }) } }),
            }));
            return buildTopology({ ...snapshot, engines }).findings.map(({ code }) => code);
        };
        assert.deepEqual(withProblem(false), ['daemon-not-answering']);
        assert.deepEqual(withProblem(true), []);
    });

    it('runc-did-not-exit: says that what it waits for is paused, and tells of that no more', () => {
        const found = foundIn({
            runc: '730 700 950 S = cgroup=/c : runc --root /r exec --process /p {web}',
            exec: '740 730 951 D = in={web} cgroup=/docker/{web} nspid=20 exe=/usr/bin/runc : runc init',
            web: 'container {web} web nginx paused',
        }).filter(({ code }) => code === 'runc-did-not-exit');
        assert.deepEqual(
            found.map(({ nodes }) => nodes),
            [['process:730@950']],
        );
        const words = found[0]?.evidence.map(({ detail }) => detail).join('; ') ?? '';
        assert.match(words, /its child 740 \(runc\) is paused together with its container/);
    });

    it('proxy-without-container: not shown where Swarm publishes the port at an address that no list names', () => {
        const snapshot = snapshotOf({ proxy: proxy(610, '172.18.0.9') });
        const codesWith = (hostPort: number): readonly string[] => {
            const ports = [{ containerPort: 80, hostPort, protocol: 'tcp' }] as const;
            const engines = snapshot.engines.map((engine) => ({
                ...engine,
                containers: engine.containers.map((container) => ({ ...container, ports })),
            }));
            return buildTopology({ ...snapshot, engines }).findings.map(({ code }) => code);
        };
        assert.deepEqual(codesWith(8080), []);
        assert.deepEqual(codesWith(8081), ['proxy-without-container']);
    });

    it('daemon-down: shown beside a dockerd that nobody has heard, where its argv names another containerd', () => {
        const beside = (argv: string) => ({
            dockerd: '',
            engine: `engine unix://${docker} problem=unreachable containerd=${containerd}`,
            other: `650 1 500 S = cgroup=/d listens=/run/other.sock : /usr/bin/dockerd ${argv}`,
        });
        assert.ok(codesIn(beside('--containerd=/run/other/containerd.sock')).includes('daemon-down'));
        assert.ok(!codesIn(beside('-H fd://')).includes('daemon-down'), 'its daemon.json may name this one');
    });

    it('daemon-down: shown beside a dockerd that runs inside of a container', () => {
        const inner = {
            dockerd: '',
            engine: `engine unix://${docker} problem=unreachable containerd=${containerd}`,
            inner: `740 720 950 S = in={web} cgroup=/docker/{web} nspid=40 listens=${docker} exe=/usr/bin/dockerd : dockerd`,
        };
        assert.ok(codesIn(inner).includes('daemon-down'));
    });

    it('shim-without-container: shown for a container of ctr that containerd has forgotten, whatever Docker does', () => {
        const forgotten = {
            shim: `700 1 900 S = cgroup=/c : ${shim('web').replace('moby', 'default')}`,
            main: '',
            web: '',
            engine: `engine unix://${docker} problem=timeout`,
            asked: `containerd ${containerd}`,
        };
        assert.ok(codesIn(forgotten).includes('shim-without-container'));
    });

    it('privileged: shown of what a conmon holds, and told what that means without root', () => {
        const rootless = {
            containerd: '',
            dockerd: '',
            engine: '',
            web: '',
            shim: '700 1 900 S = cgroup=/c uid=1000 caps=1ff seccomp=0 exe=/usr/bin/conmon : /usr/bin/conmon -c {web} -n web',
            main: '720 700 905 S = in={web} cgroup=/libpod-{web}.scope nspid=1 caps=1ff seccomp=0 : sh',
        };
        const found = foundIn(rootless).find(({ code }) => code === 'privileged');
        assert.match(JSON.stringify(found?.evidence), /that of its conmon 1ff.*rights of user 1000/);
    });

    it('say of which kinds too little could be seen to tell that nothing is wrong', () => {
        assert.deepEqual(buildTopology(snapshotOf({})).unjudged, []);
        const hidden = buildTopology(snapshotOf({ init: 'host hides=true' }));
        assert.deepEqual(hidden.unjudged.toSorted(), [
            'daemon-down',
            'exec-without-client',
            'orphan-shim',
            'shim-without-container',
        ]);
        assert.match(findingsText(hidden), /^Nothing is found wrong here\.\nNot judged, .*: daemon-down, /);
        assert.equal(findingsText(buildTopology(snapshotOf({}))), 'Nothing is found wrong here.\n');
        const silenced = withoutFindings(hidden, ['daemon-down', 'exec-without-client', 'orphan-shim']);
        assert.deepEqual(silenced.unjudged, ['shim-without-container']);
    });

    it('tell in their titles how many there are, and not what else has a part in them', () => {
        const titleOf = (lines: Lines): string => {
            const topology = buildTopology(snapshotOf(lines));
            return topology.findings.map((finding) => describeFinding(topology, finding).message).join('\n');
        };
        const down = { dockerd: '', engine: `engine unix://${docker} problem=unreachable containerd=${containerd}` };
        assert.doesNotMatch(titleOf(down), /and others/);
        const orphan = { containerd: '' };
        assert.match(titleOf(orphan), /no containerd manages it/);
        assert.doesNotMatch(titleOf(orphan), /nor others/);
        const two = {
            ...orphan,
            shim2: `701 1 900 S = cgroup=/c : ${shim('two')}`,
            main2: '721 701 905 S = in={two} cgroup=/docker/{two} nspid=1 : nginx',
        };
        assert.match(titleOf(two), /no containerd manages it, nor others like it/);
    });

    it('can each be silenced in the settings', () => {
        const manifest = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
            readonly contributes: { readonly configuration: { readonly properties: Record<string, unknown> } };
        };
        const setting = manifest.contributes.configuration.properties['dockerRuntime.silencedFindings'];
        const { items } = setting as { readonly items: { readonly enum: readonly string[] } };
        assert.deepEqual(items.enum.toSorted(), rules.map(({ code }) => code).sort());
    });

    it('are each tried here', () => {
        assert.deepEqual(rules.map(({ code }) => code).sort(), [...Object.keys(cases), 'wedged-container'].sort());
    });
});

describe('what comes and goes', () => {
    const { zombies, uninterruptible } = cases;
    assert.ok(zombies && uninterruptible);
    const zombie = zombies.shows;

    it('is unverified, and no error, as long as one look alone has seen it', () => {
        const found = buildTopology(snapshotOf({ shim: '', main: '' })).findings;
        assert.deepEqual(
            found.map(({ code, severity, unverified }) => ({ code, severity, unverified })),
            [{ code: 'container-without-process', severity: 'warning', unverified: true }],
        );
    });

    it('does not last by being seen twice in one moment', () => {
        assert.equal(foundIn(zombie, zombie, 250)[0]?.unverified, true);
        assert.equal(foundIn(zombie, zombie)[0]?.unverified, undefined);
    });

    it('does not last by two looks at one word: an engine must have said it again', () => {
        const host = { shim: '', main: '' };
        const first = snapshotOf(host);
        const now = Date.parse(first.takenAt) + 5_000;
        const isVerifiedBy = (listedAt: number): boolean => {
            const second = later(first, 5_000);
            const engines = second.engines.map((engine) => ({ ...engine, listedAt }));
            return !buildTopology({ ...second, engines }, buildTopology(first)).findings[0]?.unverified;
        };
        assert.equal(isVerifiedBy(Date.parse(first.takenAt)), false, 'asked before the first look ended');
        assert.equal(isVerifiedBy(now - 2_000), true);
        assert.equal(isVerifiedBy(now + 3_600_000), false, 'asked before the clock was set back, whenever that was');
    });

    it('does not last while inspect was not asked again, where all rests on what it told', () => {
        const first = snapshotOf({});
        const problem = { source: 'docker', reason: 'timeout', detail: 'no answer', help: 'none' } as const;
        for (const told of [{ inspectProblem: problem }, { inspected: inspectionOf({ pid: 500 }) }]) {
            const withWord = (snapshot: Snapshot, inspectedAt: number): Snapshot => ({
                ...snapshot,
                engines: snapshot.engines.map((engine) => ({
                    ...engine,
                    containers: engine.containers.map((container) => ({ ...container, ...told, inspectedAt })),
                })),
            });
            const then = Date.parse(first.takenAt);
            const before = buildTopology(withWord(first, then));
            const isUnverified = (inspectedAt: number) =>
                buildTopology(withWord(later(first, 5_000), inspectedAt), before).findings[0]?.unverified;
            assert.equal(isUnverified(then), true);
            assert.equal(isUnverified(then + 1), undefined);
        }
    });

    it('begins anew after a look without it, and for another process of the same pid', () => {
        const other = { zombie: '721 720 990 Z = in={web} cgroup=/docker/{web} comm=curl :' };
        assert.equal(foundIn({}, zombie)[0]?.unverified, true);
        assert.equal(foundIn(zombie, other)[0]?.unverified, true);
        assert.deepEqual(foundIn(zombie, {}), []);
    });

    it('is not a wait that was over in between', () => {
        const stuck = uninterruptible.shows;
        const woken = { stuck: String(stuck['stuck']).replace('sleeps=7', 'sleeps=8') };
        const elsewhere = { stuck: String(stuck['stuck']).replace('nfs_wait', 'io_schedule') };
        assert.equal(foundIn(stuck, woken)[0]?.unverified, true);
        assert.equal(foundIn(stuck, elsewhere)[0]?.unverified, true);
    });

    it('is never told as information by one look', () => {
        for (const name of machineNames) {
            for (const { severity, unverified } of topologyOf(name).findings) {
                assert.ok(!unverified || severity === 'warning', name);
            }
        }
    });

    it('goes by no wall clock: one that is set makes nothing last, and keeps nothing away', () => {
        const first = snapshotOf(zombie);
        const hour = 3_600_000;
        for (const step of [hour, -hour]) {
            const [soon = assert.fail()] = buildTopology(later(first, 250, step), buildTopology(first)).findings;
            assert.equal(soon.unverified, true, 'it has been there for a quarter of a second');
            assert.equal(soon.since, new Date(Date.parse(first.takenAt) + step).toISOString());
            const lasting = buildTopology(later(first, shortestLastingMilliseconds, step), buildTopology(first));
            assert.equal(lasting.findings[0]?.unverified, undefined);
        }
    });

    it('survives a clock that is set back, as if it had just begun, where no uptime is told', () => {
        const host = { ticksPerSecond: 100 };
        const lookAt = (takenAt: string): Snapshot => ({ ...snapshotOf(zombie), host, takenAt });
        const first = buildTopology(lookAt('2026-01-01T00:00:00.000Z'));
        const earlier = buildTopology(lookAt('2025-12-31T00:00:00.000Z'), first);
        assert.equal(earlier.findings[0]?.since, '2025-12-31T00:00:00.000Z');
        const afterwards = buildTopology(lookAt('2025-12-31T00:00:02.000Z'), earlier);
        assert.equal(afterwards.findings[0]?.unverified, undefined);
    });
});

describe('findings of one kind', () => {
    it('are one where they have one cause', () => {
        const zombies = [721, 722, 723].map(
            (pid) => `${String(pid)} 720 950 Z = in={web} cgroup=/docker/{web} comm=x :`,
        );
        const [finding, ...others] = foundIn({ zombies: zombies.join('\n') });
        assert.deepEqual(others, []);
        assert.deepEqual(finding?.nodes, ['process:721@950', 'process:722@950', 'process:723@950', 'process:720@905']);
    });

    it('are about nodes that are there', () => {
        for (const { shows } of Object.values(cases)) {
            const topology = buildTopology(snapshotOf(shows));
            for (const { nodes } of topology.findings) assert.ok(nodes.every((id) => topology.nodes.has(id)));
        }
    });
});
