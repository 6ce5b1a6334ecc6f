import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeBetween, createSceneFeed } from '../../src/editor/scene-feed';
import type { Scene } from '../../src/present/scene';
import { parseMessageToPage, textOfMessage } from '../../src/protocol';
import { changed } from '../../webview/state';
import { hostWith } from '../page/page-scenes';

const host = hostWith(200, 3);

describe('what the picture is told of each look', () => {
    it('is everything at first, then nothing as long as nothing changes that it shows', () => {
        const feed = createSceneFeed();
        assert.deepEqual(feed.messageFor(host), { type: 'scene', number: 1, scene: host });
        const later = structuredClone({ ...host, takenAt: '2026-01-05T09:30:02.000Z' });
        assert.equal(feed.messageFor(later), undefined);
        feed.forget();
        assert.deepEqual(feed.messageFor(later), { type: 'scene', number: 2, scene: later });
    });

    it('is one node when one of a thousand says something else', () => {
        const feed = createSceneFeed();
        feed.messageFor(host);
        const next = withNodes(host.nodes.map((one) => (one.id === 'container-3' ? { ...one, tone: 'error' } : one)));
        const message = feed.messageFor(next);
        assert.ok(message?.type === 'change' && message.number === 2);
        assert.deepEqual(
            message.change.nodes.map((part) => ('id' in part ? part.id : part)),
            [[0, 18], 'container-3', [19, 984]],
        );
        assert.ok(textOfMessage(message).length < 1000);
        assert.equal(feed.messageFor(next), undefined);
    });

    it('is a place when nodes went, and the new ones when some came', () => {
        const without = withNodes(host.nodes.filter(({ id }) => !id.endsWith('-3') && !id.startsWith('process-3-')));
        assert.deepEqual(changeBetween(host, without).nodes, [
            [0, 17],
            [22, 981],
        ]);
        const back = changeBetween(without, host).nodes;
        assert.equal(back.filter((part) => 'id' in part).length, 5);
    });

    it('is told when only the title, the order or a notice is another', () => {
        for (const other of [{ title: 'another' }, { order: 'kernel' }, { notices: ['old'] }] as const) {
            const feed = createSceneFeed();
            feed.messageFor(host);
            const message = feed.messageFor({ ...host, ...other });
            assert.ok(message?.type === 'change');
            assert.deepEqual(message.change.nodes, [[0, host.nodes.length]]);
        }
        const feed = createSceneFeed();
        feed.messageFor(host);
        assert.ok(feed.messageFor(withNodes([])), 'that all have gone');
        assert.equal(feed.messageFor(withNodes([])), undefined);
    });

    it('leads from any scene to any other', () => {
        const some = fc
            .uniqueArray(fc.record({ place: fc.nat(30), says: fc.constantFrom('one', 'other') }), {
                selector: ({ place }) => place,
            })
            .map((chosen) =>
                withNodes(
                    chosen.flatMap(({ place, says }) => {
                        const one = host.nodes[place];
                        return one ? { ...one, description: says } : [];
                    }),
                ),
            );
        fc.assert(
            fc.property(some, some, (before, next) => {
                const change = changeBetween(before, structuredClone(next));
                const message = parseMessageToPage(textOfMessage({ type: 'change', number: 2, change }));
                assert.ok(message?.type === 'change');
                assert.deepEqual(changed(before, message.change), next);
            }),
        );
    });
});

function withNodes(nodes: Scene['nodes']): Scene {
    return { ...host, nodes };
}
