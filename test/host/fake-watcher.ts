import type { Snapshot } from '../../src/model/snapshot';
import { buildTopology } from '../../src/topology/build';
import type { Watcher } from '../../src/watch/watcher';
import { smallHost } from './small-host';

/** Watches a host that never changes, and counts what is asked of it. */
export interface FakeWatcher extends Watcher {
    readonly watching: () => number;
    readonly isDisposed: () => boolean;
    /** The names of what was called, in that order. */
    readonly calls: readonly string[];
}

export function fakeWatcher(host: Snapshot = smallHost()): FakeWatcher {
    let watching = 0;
    let isDisposed = false;
    const calls: string[] = [];
    const topology = buildTopology(host);
    const answering =
        <Answer>(name: string, answer: Answer) =>
        async (): Promise<Answer> => {
            calls.push(name);
            return answer;
        };
    return {
        current: topology,
        onDidChange: () => ({ dispose: () => undefined }),
        watch() {
            calls.push('watch');
            watching++;
            return { dispose: () => watching-- };
        },
        look: answering('look', topology),
        inspect: answering('inspect', gone),
        inspectDocument: answering('inspectDocument', gone),
        stores: answering('stores', undefined),
        specDocument: answering('specDocument', {
            value: { process: { env: ['TOKEN=secret'] }, root: { path: 'rootfs' } },
        }),
        commandLine: answering('commandLine', { argv: ['app', '--token', 'secret', 'a b'], argvTruncated: true }),
        dispose: () => {
            isDisposed = true;
        },
        watching: () => watching,
        isDisposed: () => isDisposed,
        calls,
    };
}

const gone = { source: 'docker', reason: 'gone', detail: 'nobody is asked here', help: 'none' } as const;
