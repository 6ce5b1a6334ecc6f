import assert from 'node:assert/strict';
import { describe as describeNode } from '../../src/present/describe';
import { hoverOf } from '../../src/present/hover';
import { hoverText } from '../../src/present/text';
import { explainVerdict, shortVerdict } from '../../src/present/verdicts';
import { witnessesOf } from '../../src/present/witnesses';
import { buildTopology } from '../../src/topology/build';
import { containersToInspect } from '../../src/topology/containers-to-inspect';
import type { ContainerNode, Topology } from '../../src/topology/topology';
import { judge, type Witnesses } from '../../src/topology/verdict';
import { topologyOf } from '../machines/machine-files';
import { readMachine } from '../machines/read-machine';

const words: { readonly [Witness in keyof Witnesses]: readonly Witnesses[Witness][] } = {
    engine: [
        'runs',
        'created',
        'ended',
        'restarting',
        'removing',
        'some other word',
        'stale',
        'does not list it',
        'silent',
        'nobody',
    ],
    containerd: ['runs', 'runs elsewhere', 'created', 'stopped', 'no task', 'old', 'silent'],
    shim: ['there', 'gone', 'not seen'],
    kernel: ['lives', 'waits', 'others live', 'nothing lives'],
    pid: ['nothing', 'its own', "another's", 'alike', 'gone', 'not seen'],
    sight: ['all', 'part'],
    age: ['news', 'just ended', 'young', 'old'],
    inspect: ['hangs', 'fine'],
};

/** Everything that the witnesses could say together. */
function everyCase(): readonly Witnesses[] {
    let cases: readonly Partial<Witnesses>[] = [{}];
    for (const witness of Object.keys(words) as (keyof Witnesses)[]) {
        cases = cases.flatMap((one) => words[witness].map((word) => ({ ...one, [witness]: word })));
    }
    return cases as readonly Witnesses[];
}

const agreement: Witnesses = {
    engine: 'runs',
    containerd: 'runs',
    shim: 'there',
    kernel: 'lives',
    pid: 'its own',
    sight: 'all',
    age: 'old',
    inspect: 'fine',
};

describe('the verdict', () => {
    it('accuses nobody of the absence of what might not be seen, of what is old, or of what has just begun', () => {
        const accusesOfAbsence = new Set([
            'running-without-process',
            'shim-without-process',
            'first-process-ended',
            'pid-of-another',
        ]);
        for (const one of everyCase()) {
            const { verdict, doubt } = judge(one);
            const said = JSON.stringify([one, verdict]);
            assert.equal(verdict === 'unverified', doubt !== undefined, said);
            const lives = one.kernel === 'lives' || one.kernel === 'waits';
            if (one.engine === 'stale') assert.equal(verdict, 'unverified', said);
            if (one.sight === 'part' && !lives) assert.ok(!accusesOfAbsence.has(verdict), said);
            const isOld = one.age === 'news' || (one.age === 'just ended' && !lives);
            if (isOld && one.engine === 'runs') assert.ok(!accusesOfAbsence.has(verdict), said);
            if (lives) assert.ok(!/without-process|ended/.test(verdict), said);
        }
    });

    it('is agreement only where nobody says otherwise', () => {
        const contradictions: readonly Partial<Witnesses>[] = [
            { containerd: 'stopped' },
            { containerd: 'no task' },
            { containerd: 'runs elsewhere' },
            { engine: 'ended' },
            { engine: 'restarting' },
            { engine: 'removing' },
            { engine: 'some other word' },
            { engine: 'does not list it' },
            { engine: 'ended', kernel: 'others live' },
            { shim: 'gone' },
            { pid: "another's" },
            { kernel: 'nothing lives' },
            { kernel: 'others live' },
            { inspect: 'hangs' },
        ];
        assert.deepEqual(judge(agreement), { verdict: 'agree' });
        for (const one of contradictions) {
            assert.notEqual(judge({ ...agreement, ...one }).verdict, 'agree', JSON.stringify(one));
        }
    });

    it('leaves a container that was made and not started its time, and one that has ended only seconds', () => {
        const waiting: Witnesses = { ...agreement, kernel: 'waits', containerd: 'silent' };
        assert.equal(judge({ ...waiting, engine: 'created' }).verdict, 'agree');
        assert.equal(judge({ ...waiting, engine: 'ended', age: 'young' }).verdict, 'agree');
        assert.equal(judge({ ...waiting, engine: 'ended' }).verdict, 'process-of-a-stopped-container');
    });
});

const host = `
1   0   1    S = cgroup=/ : /sbin/init
500 1   400  S = cgroup=/c listens=/run/containerd/containerd.sock : /usr/bin/containerd
600 1   500  S = cgroup=/d listens=/run/docker.sock : /usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock`;
const shim = `
700 1   900  S = cgroup=/c : /usr/bin/containerd-shim-runc-v2 -namespace moby -id {web} -address /run/containerd/containerd.sock`;
const main = '\n720 700 905 S = in={web} cgroup=/docker/{web} nspid=1 : nginx';
const engine = '\nengine unix:///run/docker.sock\n';

function topologyIn(lines: string): Topology {
    return buildTopology(readMachine(`${host}${lines}`).snapshot);
}

function only(topology: Topology): ContainerNode {
    const [node] = [...topology.nodes.values()].filter((one) => one.kind === 'container');
    assert.ok(node);
    return node;
}

describe('the words for a verdict', () => {
    const said = (lines: string): string => explainVerdict(only(topologyIn(lines)));

    it('are those of the state that was told', () => {
        assert.match(said(`${shim}${main}${engine}container {web} web nginx paused`), /agree: it is paused\.$/);
        assert.match(said(`${shim}${main}${engine}container {web} web nginx running`), /agree: it runs\.$/);
        assert.match(
            said(`${engine}container {web} web nginx restarting`),
            /^Docker says restarting, and no living process/,
        );
        assert.match(
            said(`${shim}${main}${engine}container {web} web nginx removing`),
            /removing it, and a process of it still lives/,
        );
        assert.match(said(`${shim}${main}${engine}container {web} web nginx unknown`), /a word for its state/);
    });

    it('take a container that is being paused for paused, as its icon does, and for one that runs', () => {
        const records = `\ncontainerd /run/containerd/containerd.sock\nrecord default {web} nginx pid=720 task=`;
        for (const status of ['paused', 'pausing']) {
            const topology = topologyIn(`${shim.replace('moby', 'default')}${main}${records}${status}`);
            assert.match(explainVerdict(only(topology)), /agree: it is paused\. No engine lists it\.$/);
            assert.equal(describeNode(topology, only(topology)).icon, 'container-paused');
            const unseen = topologyIn(`${records}${status}`);
            const hover = hoverText(hoverOf(unseen, only(unseen), { now: 0, isRecording: false }));
            assert.match(hover, /shim +not seen/);
        }
    });

    it('say why nothing is verified, with a word in the row where that is no passing matter', () => {
        const short = (lines: string): string => shortVerdict(only(topologyIn(lines)));
        assert.equal(short(`${engine}container {web} web nginx running status="Up 1 second"`), '');
        assert.equal(short(`\nhost hides=true${engine}container {web} web nginx running`), 'processes not seen');
        assert.match(
            said(`\nhost hides=true${engine}container {web} web nginx running`),
            /Not every process can be seen/,
        );
    });
});

describe('the witnesses', () => {
    const told = (lines: string): string => {
        const topology = topologyIn(lines);
        return witnessesOf(topology, only(topology)).join('\n');
    };

    it('are each named, also where no process of the container is left', () => {
        const gone = told(`${engine}container {web} web nginx running pid=700 started=2025-12-31T20:00:00Z`);
        assert.match(gone, /docker inspect: State\.Pid 700/);
        assert.match(gone, /containerd not asked: this look was without it/);
        assert.match(told(`${engine}container {web} web nginx running`), /docker inspect: not asked/);
        const asked = `containerd /run/containerd/containerd.sock\nrecord moby {web} "" task=running pid=4000`;
        assert.match(told(`${engine}container {web} web nginx running\n${asked}`), /containerd says running, pid 4000/);
    });

    it('are not said to have been silent about what they were never asked', () => {
        const silent = `\nengine unix:///run/docker.sock problem=timeout listed=never`;
        assert.match(told(`${shim}${main}${silent}`), /docker: not heard/);
        assert.match(told(`${shim}${main}`), /docker: not asked/);
        assert.match(told(`${shim}${main}${engine}`), /docker: not listed/);
    });

    it('tell of a process that is older than the first one', () => {
        const topology = topologyOf('survivor');
        assert.match(
            witnessesOf(topology, only(topology)).join('\n'),
            /process 711 in it is older than its first process/,
        );
    });
});

describe('containers to inspect', () => {
    it('are those that Docker says to run and the kernel does not, and that were not inspected', () => {
        const named = (lines: string) =>
            containersToInspect(topologyIn(lines)).map(({ container }) => container?.names[0]);
        assert.deepEqual(named(`${engine}container {web} web nginx running`), ['web']);
        assert.deepEqual(named(`${engine}container {web} web nginx running started=2025-12-31T20:00:00Z`), []);
        assert.deepEqual(named(`${engine}container {web} web nginx exited`), []);
        assert.deepEqual(named(`${shim}${main}${engine}container {web} web nginx running`), []);
        assert.deepEqual(named(`\nhost hides=true${engine}container {web} web nginx running`), []);
    });

    it('are few, however much is wrong', () => {
        const many = Array.from({ length: 100 }, (_, index) => `container {c${String(index)}} c nginx running`);
        assert.equal(containersToInspect(topologyIn(`${engine}${many.join('\n')}`)).length, 8);
    });
});
