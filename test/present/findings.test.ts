import assert from 'node:assert/strict';
import type { Gap } from '../../src/model/gap';
import type { Snapshot } from '../../src/model/snapshot';
import { describeFinding, findingsText } from '../../src/present/findings';
import { withoutSecrets } from '../../src/present/secrets';
import { buildTopology } from '../../src/topology/build';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { restrictTo } from '../../src/topology/restrict';
import type { FindingCode, Topology } from '../../src/topology/topology';
import { machine } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';

/** Privileged containers: one that Docker lists, and one that it does not know. */
const { snapshot } = readMachine(`# a host
500 1 400 S = cgroup=/c listens=/c.sock : /usr/bin/containerd
600 1 500 S = cgroup=/d listens=/run/docker.sock : /usr/bin/dockerd --containerd=/c.sock
700 1 900 S = cgroup=/c caps=1ff seccomp=0 : containerd-shim-runc-v2 -namespace moby -id {web} -address /c.sock
701 700 905 S = cgroup=/docker/{web} nspid=1 caps=1ff seccomp=0 : nginx
800 1 900 S = cgroup=/c caps=1ff seccomp=0 : containerd-shim-runc-v2 -namespace k8s.io -id {pod} -address /c.sock
801 800 905 S = cgroup=/kubepods/{pod} nspid=1 caps=1ff seccomp=0 : pause
engine unix:///run/docker.sock
container {web} web nginx running`);

function told(topology: Topology, code: FindingCode) {
    return topology.findings.filter((one) => one.code === code).map((one) => describeFinding(topology, one));
}

describe('findings, told', () => {
    const topology = buildTopology(snapshot);

    it('offer to inspect what an engine lists that answers, and nothing else', () => {
        const commandsOf = (changed: Partial<Snapshot>) =>
            told(buildTopology({ ...snapshot, ...changed }), 'privileged').flatMap(({ command }) => command ?? []);
        assert.equal(told(topology, 'privileged').length, 2);
        const [command = '', ...others] = commandsOf({});
        assert.match(command, /^docker -H 'unix:\/\/\/run\/docker\.sock' inspect --format '.*' [0-9a-f]{64}$/);
        assert.deepEqual(others, [], 'Docker does not know the other one');
        const problem: Gap = { source: 'docker', reason: 'unreachable', detail: 'nobody listens', help: '' };
        assert.deepEqual(commandsOf({ engines: snapshot.engines.map((engine) => ({ ...engine, problem })) }), []);
        assert.deepEqual(
            commandsOf({ engines: snapshot.engines.map((engine) => ({ ...engine, endpoint: undefined })) }),
            [],
        );
        assert.deepEqual(commandsOf({ recorded: true }), []);
        assert.doesNotMatch(findingsText(buildTopology({ ...snapshot, recorded: true })), /^ *\$ /m);
    });

    it('keep names and commands in kernel order, and where a filter hides what they are about', () => {
        const whole = told(topology, 'privileged');
        assert.ok(whole.some(({ message, command }) => message.startsWith('web: ') && command));
        for (const shown of [
            inKernelOrder(topology),
            restrictTo(topology, new Set()),
            restrictTo(inKernelOrder(topology), new Set()),
        ]) {
            assert.deepEqual(told(shown, 'privileged'), whole);
            assert.deepEqual(told(withoutSecrets(shown), 'privileged'), whole);
        }
    });

    it('name the same witness in kernel order, which has no containers', () => {
        const byContainerd = buildTopology(machine('containerd-contradicts').snapshot);
        const messagesOf = (shown: Topology) => shown.findings.map((one) => describeFinding(shown, one).message);
        assert.ok(messagesOf(byContainerd).some((message) => message.includes('containerd says')));
        assert.deepEqual(messagesOf(inKernelOrder(byContainerd)), messagesOf(byContainerd));
    });
});
