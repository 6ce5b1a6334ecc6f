import type * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import type { Hierarchy } from './hierarchy';

/** Writes into the log what of the live host could not be seen, once when it begins and once when it is over. */
export function logGaps(
    hierarchy: Pick<Hierarchy, 'whole' | 'recording' | 'onDidChange'>,
    log: Pick<vscode.LogOutputChannel, 'info' | 'warn'>,
): vscode.Disposable {
    let known = new Set<string>();
    return hierarchy.onDidChange(() => {
        const { whole, recording } = hierarchy;
        // Neither a recording nor a watcher that has not looked yet tells that anything here is over.
        if (!whole || recording) return;
        const lines = whole.gaps.map(({ source, reason, detail }) => visible(`${source}: ${reason}: ${detail}`, 1000));
        const now = new Set(lines);
        for (const line of now) if (!known.has(line)) log.warn(line);
        for (const line of known) if (!now.has(line)) log.info(`over: ${line}`);
        known = now;
    });
}
