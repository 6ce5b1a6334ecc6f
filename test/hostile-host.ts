import type { Container } from '../src/model/container';
import type { ContainerdFacts } from '../src/model/containerd';
import type { Engine } from '../src/model/engine';
import type { Gap } from '../src/model/gap';
import type { Process } from '../src/model/process';
import type { Snapshot } from '../src/model/snapshot';
import { readMachine } from './machines/read-machine';

/**
 * A host on which everything that a stranger may choose is a text of theirs: `textFor` is asked for each, by what it is.
 * Daemons, shims and ids keep the words by which they are known.
 */
export function hostileHost(textFor: (what: string) => string): Snapshot {
    const gap = (what: string, reason: Gap['reason']): Gap => ({
        source: textFor(`${what}, source`),
        reason,
        detail: textFor(`${what}, detail`),
        help: textFor(`${what}, help`),
    });
    const { snapshot } = machine;
    return {
        ...snapshot,
        host: { ...snapshot.host, hostname: textFor('host name') },
        processes: snapshot.processes.map((process) => hostileProcess(process, textFor)),
        engines: [
            ...snapshot.engines.map((engine) => hostileEngine(engine, textFor, gap)),
            {
                endpoint: textFor('endpoint'),
                foundBy: textFor('found by'),
                containers: [],
                problem: gap('engine problem', 'timeout'),
            },
        ],
        containerds: (snapshot.containerds ?? []).map((facts) => hostileContainerd(facts, textFor, gap)),
        gaps: [gap('gap', 'malformed')],
    };
}

const machine = readMachine(String.raw`
host uid=0 mntns=1
1    0    1    S = cgroup=/init.scope : /sbin/init
500  1    400  S = cgroup=/system.slice/containerd.service uid=0 mntns=1 listens=/run/containerd/containerd.sock exe=/usr/bin/containerd : /usr/bin/containerd
600  1    500  S = cgroup=/system.slice/docker.service listens=/run/docker.sock exe=/usr/bin/dockerd : /usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
700  1    900  S = cgroup=/system.slice/containerd.service : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/containerd/containerd.sock
720  700  905  S = in={web} cgroup=/system.slice/docker-{web}.scope nspid=1 seccomp=0 caps=000001ffffffffff : main
730  720  910  S 720 in={web} cgroup=/system.slice/docker-{web}.scope nspid=20 : child
740  700  2000 S = in={web} cgroup=/system.slice/docker-{web}.scope nspid=30 : exec
741  740  2100 Z 740 in={web} cgroup=/system.slice/docker-{web}.scope nspid=31 :
742  740  2200 D 740 in={web} cgroup=/system.slice/docker-{web}.scope nspid=32 wchan=x : waits
800  1    910  S = cgroup=/system.slice/containerd.service : /usr/bin/containerd-shim-runc-v2 -namespace default -id tool -address /run/containerd/containerd.sock
820  800  915  S = in=tool cgroup=/default/tool nspid=1 : tool
850  1    1000 S = cgroup=/machine.slice/libpod-conmon-{pod}.scope exe=/usr/bin/conmon : /usr/bin/conmon --api-version 1 -c {pod} -u {pod} -r /usr/bin/crun -b /var/lib/containers/storage/overlay-containers/{pod}/userdata -n NAME
860  850  1005 S = in={pod} cgroup=/machine.slice/libpod-{pod}.scope/container nspid=1 : top
900  600  950  S 600 cgroup=/system.slice/docker.service exe=/usr/bin/docker-proxy : /usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80
950  1    700  S = cgroup=/user.slice/user-1000.slice/session-1.scope : shell
engine unix:///run/docker.sock swarm=node
container {web} web web running
container {old} old old exited
container {sick} sick sick running
containerd /run/containerd/containerd.sock
record moby {web} "" task=running pid=720
record default tool image task=running pid=820
record lab made image
`);

const daemons = /^(containerd|dockerd|containerd-shim-runc-v2|conmon|docker-proxy|init)$/;

function hostileProcess(process: Process, textFor: (what: string) => string): Process {
    if (daemons.test(process.comm)) {
        const argv = (process.argv ?? []).map((word) => (word === 'NAME' ? textFor('conmon name') : word));
        return { ...process, argv: [...argv, textFor('argv of a daemon')] };
    }
    return {
        ...process,
        comm: textFor('comm').slice(0, 15),
        argv: process.state === 'Z' ? [] : [textFor('argv'), textFor('argument')],
        exe: `${textFor('exe')} (deleted)`,
        cgroups: (process.cgroups ?? []).map((line) => ({ ...line, path: `${line.path}/${textFor('cgroup')}` })),
        ...(process.wait && { wait: { ...process.wait, kernelFunction: textFor('kernel function') } }),
        ...(process.pid === 730 && { state: textFor('state') }),
    };
}

function hostileEngine(
    engine: Engine,
    textFor: (what: string) => string,
    gap: (what: string, reason: Gap['reason']) => Gap,
): Engine {
    return {
        ...engine,
        foundBy: textFor('found by'),
        version: textFor('version'),
        apiVersion: textFor('API version'),
        name: textFor('engine name'),
        dataRoot: textFor('data root'),
        cgroupDriver: textFor('cgroup driver'),
        containerdNamespace: textFor('namespace of the engine'),
        swarm: { state: textFor('swarm state'), nodeId: textFor('swarm node'), isManager: true },
        containers: engine.containers.map((container, index) => hostileContainer(container, index, textFor, gap)),
    };
}

function hostileContainer(
    container: Container,
    index: number,
    textFor: (what: string) => string,
    gap: (what: string, reason: Gap['reason']) => Gap,
): Container {
    return {
        ...container,
        names: [textFor('name')],
        image: textFor('image'),
        command: textFor('command'),
        status: `${textFor('status')} (unhealthy)`,
        labels: {
            [textFor('label key')]: textFor('label'),
            'com.docker.swarm.service.name': textFor('swarm service'),
            'com.docker.swarm.task.name': `${textFor('swarm service')}.1.${textFor('swarm task')}`,
            'com.docker.swarm.node.id': textFor('swarm node'),
            'io.kubernetes.pod.name': textFor('pod'),
            'io.kubernetes.pod.namespace': textFor('pod namespace'),
            'io.kubernetes.pod.uid': textFor('pod uid'),
            'io.kubernetes.container.name': textFor('pod container'),
        },
        ports: [{ containerPort: 80, protocol: textFor('protocol'), hostIp: textFor('host address'), hostPort: 80 }],
        networks: [{ name: textFor('network'), ipAddress: textFor('address') }],
        networkMode: textFor('network mode'),
        ...(index === 0 && { inspectProblem: gap('inspect problem', 'timeout') }),
        ...(index > 0 && {
            inspected: {
                pid: 0,
                startedAt: textFor('started at'),
                finishedAt: textFor('finished at'),
                exitCode: 1,
                oomKilled: true,
                restartCount: 1,
                pidMode: textFor('pid mode'),
                healthcheck: [textFor('health check')],
                init: false,
                health: { failingStreak: 3, exitCode: 1, output: textFor('health output') },
            },
        }),
    };
}

function hostileContainerd(
    facts: ContainerdFacts,
    textFor: (what: string) => string,
    gap: (what: string, reason: Gap['reason']) => Gap,
): ContainerdFacts {
    const ofPod = {
        'io.kubernetes.pod.name': textFor('pod of containerd'),
        'io.kubernetes.pod.namespace': textFor('pod namespace of containerd'),
        'io.kubernetes.container.name': textFor('pod container of containerd'),
    };
    return {
        ...facts,
        version: textFor('containerd version'),
        namespaces: [...facts.namespaces, textFor('containerd namespace')],
        containers: [
            ...facts.containers.map((one, index) => ({
                ...one,
                image: textFor('containerd image'),
                runtime: textFor('runtime'),
                labels: index > 1 ? ofPod : { 'nerdctl/name': textFor('nerdctl name') },
            })),
            {
                namespace: textFor('containerd namespace'),
                id: textFor('containerd id'),
                image: '',
                runtime: '',
                labels: {},
                createdAt: 0,
            },
        ],
        problem: gap('containerd problem', 'malformed'),
    };
}
