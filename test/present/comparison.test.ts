import assert from 'node:assert/strict';
import { comparisonText, comparisonToJson } from '../../src/present/comparison';
import { visibleJson } from '../../src/present/plain-text';
import { buildTopology } from '../../src/topology/build';
import { comparisonOf } from '../../src/topology/comparison';
import { machine } from '../machines/machine-files';

const { snapshot } = machine('systemd-v2');
const later = {
    ...snapshot,
    takenAt: '2026-01-01T00:10:00.000Z',
    processes: snapshot.processes
        .filter(({ pid }) => pid !== 741)
        .map((process) => (process.pid === 730 ? { ...process, startTicks: 9_000 } : process)),
    engines: snapshot.engines.map((engine) => ({
        ...engine,
        containers: engine.containers.map((one) => ({
            ...one,
            names: ['\u001b[2Jshop\n'],
            status: 'running (healthy)',
        })),
    })),
};

describe('a comparison in words', () => {
    it('shows what came and went where it stands, and what is otherwise beside what it was', () => {
        const text = comparisonText(comparisonOf(buildTopology(snapshot), buildTopology(later)));
        assert.equal(
            text,
            String.raw`Before: a host without a name, 2026-01-01 00:00:00 UTC
After:  a host without a name, 2026-01-01 00:10:00 UTC, 10 minutes later

Appeared: 1
    PID
    600  dockerd 28.5.2 · unix:///var/run/docker.sock
    500   \_ containerd · /run/containerd/containerd.sock
    700       \_ containerd-shim-runc-v2 · moby
      -           \_ \x1b[2Jshop\n · nginx:1.27 · running (healthy)
    720               \_ nginx: master process nginx -g daemon off; · 1 inside · first process
+   730                   \_ nginx: worker process · 20 inside

Gone: 2
    PID
    600  dockerd 28.5.2 · unix:///var/run/docker.sock
    500   \_ containerd · /run/containerd/containerd.sock
    700       \_ containerd-shim-runc-v2 · moby
      -           \_ web · nginx:1.27 · running
    720               \_ nginx: master process nginx -g daemon off; · 1 inside · first process
-   730               |   \_ nginx: worker process · 20 inside
    740               \_ sh · 30 inside · exec session
-   741                   \_ sleep 60 · 31 inside

Changed: 1
  \x1b[2Jshop\n · nginx:1.27 · running (healthy)
      name   web → \x1b[2Jshop\n
      state  running → running (healthy)
`,
        );
    });

    it('says that there is nothing to say, and which of the two is older', () => {
        const text = comparisonText(
            comparisonOf(buildTopology(later), buildTopology({ ...later, takenAt: snapshot.takenAt })),
        );
        assert.match(text, /10 minutes earlier\n\nNothing appeared, went, moved or changed\.\n$/);
    });

    it('tells a move by both places, and every doubt in one line', () => {
        const orphan = {
            ...snapshot,
            host: { ...snapshot.host, uid: 1000, hidesProcesses: true },
            redacted: true as const,
            engines: [],
            processes: snapshot.processes.filter(({ pid }) => pid !== 500),
        };
        const text = comparisonText(comparisonOf(buildTopology(snapshot), buildTopology(orphan)));
        assert.match(text, /\n {6}from {2}dockerd 28\.5\.2 \(600\) → containerd \(500\)\n {6}to {4}dockerd \(600\)\n/);
        assert.equal(text.match(/^Note: [a-z][^\n]+\.$/gm)?.length, 4, text);
    });

    it('is JSON for tools, with the nodes of the topology', () => {
        const value = comparisonToJson(comparisonOf(buildTopology(snapshot), buildTopology(later)));
        const text = visibleJson(value);
        // eslint-disable-next-line no-control-regex -- these are what must not be there
        assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        const read = JSON.parse(text) as Record<string, never[]>;
        assert.deepEqual(read, JSON.parse(JSON.stringify(value)));
        assert.deepEqual(Object.keys(read), [
            'schema',
            'before',
            'after',
            'appeared',
            'gone',
            'moved',
            'changed',
            'doubts',
        ]);
        assert.equal(read['schema'], 'docker-runtime/comparison@1');
        const pids = (nodes: readonly { readonly pid: number }[] | undefined) => nodes?.map(({ pid }) => pid);
        assert.deepEqual([pids(read['appeared']), pids(read['gone'])], [[730], [730, 741]]);
    });
});
