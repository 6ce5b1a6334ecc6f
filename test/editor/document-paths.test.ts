import assert from 'node:assert/strict';
import {
    commandLinePath,
    documentAt,
    documentPath,
    hasProcess,
    hasSpec,
    isListed,
} from '../../src/editor/document-paths';
import { buildTopology } from '../../src/topology/build';
import { inKernelOrder } from '../../src/topology/kernel-order';
import { hostileHost } from '../hostile-host';
import { hostileTexts } from '../hostile-texts';
import { containerId, smallHost } from '../host/small-host';

describe('the path of a document', () => {
    it('leads back to its container, whatever that is called', () => {
        for (const text of hostileTexts) {
            const topology = buildTopology(hostileHost(() => text));
            for (const node of topology.nodes.values()) {
                for (const kind of ['inspect', 'spec'] as const) {
                    if (node.kind !== 'container' || !(kind === 'spec' ? hasSpec : isListed)(node)) continue;
                    const path = documentPath(kind, node);
                    const [, name] = /\/([^/]*)$/.exec(path) ?? [];
                    assert.match(name ?? '', /^[\w.-]*\.json$/);
                    assert.deepEqual(documentAt(topology, path), { kind, node }, path.slice(0, 200));
                }
            }
        }
    });

    it('leads back to its process, in whichever order that is shown, and to no other with its pid', () => {
        for (const text of hostileTexts) {
            const topology = buildTopology(hostileHost(() => text));
            for (const node of inKernelOrder(topology).nodes.values()) {
                assert.ok(hasProcess(node));
                const { process } = node;
                const path = commandLinePath(process);
                assert.match(path, /^\/cmdline\/\d+-\d+\/[\w.-]+\.txt$/);
                assert.deepEqual(documentAt(topology, path), { kind: 'cmdline', process });
                const later = commandLinePath({ ...process, startTicks: process.startTicks + 1 });
                assert.equal(documentAt(topology, later), undefined, 'the pid is reused');
            }
        }
    });

    it('is of a command line for what is a process, an engine’s too, and not for a container', () => {
        const nodes = [...buildTopology(smallHost()).nodes.values()];
        const kinds = nodes.map((node) => [node.kind, hasProcess(node)].join(' '));
        assert.deepEqual([...new Set(kinds)].sort(), ['container false', 'engine true', 'process true']);
    });

    it('leads nowhere when it is any other', () => {
        const topology = buildTopology(smallHost());
        const ticks = String(smallHost().processes.find(({ pid }) => pid === 21)?.startTicks);
        assert.equal(documentAt(topology, `/cmdline/21-${ticks}/web.txt`)?.kind, 'cmdline');
        for (const path of [
            '',
            '/',
            `/${containerId}`,
            `/inspect/${containerId}`,
            `/inspect/${containerId}/`,
            `/inspect/${containerId}/web.txt`,
            `/inspect/${containerId}/more/web.json`,
            `/inspect/more/${containerId}/web.json`,
            `/inspect//${containerId}/web.json`,
            `inspect/${containerId}/web.json`,
            `//inspect/${containerId}/web.json`,
            `/inspect/${containerId}/../web.json`,
            `/inspect/../inspect/${containerId}/web.json`,
            `/inspect/${containerId.slice(0, 12)}/web.json`,
            `/inspect/${containerId.toUpperCase()}/web.json`,
            `/inspect/${'d'.repeat(64)}/web.json`,
            `/inspect/${containerId}%2fweb.json`,
            `/inspect/${containerId}/web.json/`,
            `/inspect/${containerId}/web.json\n`,
            `/inspect/moby/${containerId}/web.json`,
            `/spec/${containerId}/web.json`,
            `/spec/other/${containerId}/web.json`,
            `/environ/${containerId}/web.json`,
            `/__proto__/${containerId}/web.json`,
            `/constructor/${containerId}/web.json`,
            `/cmdline/${containerId}/web.json`,
            `/cmdline/${containerId}/web.txt`,
            `/inspect/${containerId}/web.txt`,
            '/cmdline/21/web.txt',
            '/cmdline/21-/web.txt',
            `/cmdline/21-${ticks}`,
            `/cmdline/21-${ticks}/`,
            `/cmdline/21-${ticks}/web.json`,
            `/cmdline/21-${ticks}/web.txt\n`,
            `/cmdline/21-${ticks}/web.txt/`,
            `/cmdline/21-${ticks}/more/web.txt`,
            `/cmdline/21-${ticks}/../web.txt`,
            `/cmdline/../21-${ticks}/web.txt`,
            `/cmdline/021-${ticks}/web.txt`,
            `/cmdline/+21-${ticks}/web.txt`,
            `/cmdline/21-0${ticks}/web.txt`,
            `/cmdline/21-${ticks}.0/web.txt`,
            `/cmdline/21-${ticks} /web.txt`,
            `/cmdline/self-${ticks}/web.txt`,
            `//cmdline/21-${ticks}/web.txt`,
            `cmdline/21-${ticks}/web.txt`,
            `/environ/21-${ticks}/web.txt`,
            '/cmdline/undefined-undefined/web.txt',
            '/inspect/undefined/web.json',
            '/inspect/__proto__/web.json',
        ]) {
            assert.equal(documentAt(topology, path), undefined, path);
        }
        assert.equal(documentAt(undefined, `/inspect/${containerId}/web.json`), undefined);
    });
});
