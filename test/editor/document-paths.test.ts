import assert from 'node:assert/strict';
import { documentAt, documentPath, hasSpec, isListed } from '../../src/editor/document-paths';
import { buildTopology } from '../../src/topology/build';
import { hostileHost } from '../hostile-host';
import { hostileTexts } from '../hostile-texts';
import { containerId, smallHost } from '../host/small-host';

describe('the path of a document about a container', () => {
    it('leads back to its container, whatever that is called', () => {
        for (const text of hostileTexts) {
            const topology = buildTopology(hostileHost(() => text));
            for (const node of topology.nodes.values()) {
                for (const kind of ['inspect', 'spec'] as const) {
                    if (node.kind !== 'container' || !(kind === 'spec' ? hasSpec : isListed)(node)) continue;
                    const path = documentPath(kind, node);
                    const [, name] = /\/([^/]*)$/.exec(path) ?? [];
                    assert.match(name ?? '', /^[\w.-]*\.json$/);
                    assert.equal(documentAt(topology, path)?.node, node, path.slice(0, 200));
                }
            }
        }
    });

    it('leads nowhere when it is any other', () => {
        const topology = buildTopology(smallHost());
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
            '/inspect/undefined/web.json',
            '/inspect/__proto__/web.json',
        ]) {
            assert.equal(documentAt(topology, path), undefined, path);
        }
        assert.equal(documentAt(undefined, `/inspect/${containerId}/web.json`), undefined);
    });
});
