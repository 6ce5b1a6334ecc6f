import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { Hierarchy } from '../../src/editor/hierarchy';
import { logGaps } from '../../src/editor/log-gaps';
import type { Gap } from '../../src/model/gap';
import { buildTopology } from '../../src/topology/build';
import type { Topology } from '../../src/topology/topology';
import { machine } from '../machines/machine-files';

const { snapshot } = machine('systemd-v2');
const gap: Gap = { source: '/proc', reason: 'forbidden', detail: 'hidden', help: 'Be root.' };
const whole = buildTopology(snapshot);
const partial = buildTopology({ ...snapshot, gaps: [gap] });

describe('the log of what could not be seen', () => {
    let lines: string[];
    let show: (shown: Topology | undefined, recording?: Hierarchy['recording']) => void;
    beforeEach(() => {
        lines = [];
        let tell: () => unknown = () => undefined;
        const onDidChange = ((listener: () => unknown) => {
            tell = listener;
            return { dispose: () => undefined };
        }) as vscode.Event<void>;
        const hierarchy: Shown = { whole: undefined, recording: undefined, onDidChange };
        logGaps(hierarchy, { warn: (line) => lines.push(line), info: (line) => lines.push(line) });
        show = (topology, recording) => {
            Object.assign(hierarchy, { whole: topology, recording });
            tell();
        };
    });

    it('tells when something is missing, and when that is over, once each', () => {
        show(partial);
        show(partial);
        show(whole);
        show(whole);
        assert.deepEqual(lines, ['/proc: forbidden: hidden', 'over: /proc: forbidden: hidden']);
    });

    it('tells nothing of a recording, and that nothing is over while one is shown', () => {
        show(partial);
        show(whole, { name: 'another host', topology: whole });
        show(partial, { name: 'another host', topology: partial });
        show(partial);
        assert.deepEqual(lines, ['/proc: forbidden: hidden']);
    });

    it('tells that nothing is over before a new watcher has looked', () => {
        show(partial);
        show(undefined);
        assert.deepEqual(lines, ['/proc: forbidden: hidden']);
        show(whole);
        assert.equal(lines.at(-1), 'over: /proc: forbidden: hidden');
    });
});

type Shown = Pick<Hierarchy, 'whole' | 'recording' | 'onDidChange'>;
