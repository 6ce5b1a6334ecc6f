import type * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import type { Hierarchy } from './hierarchy';

/** Writes what could not be seen into the log, once when it begins and once when it is over. */
export function logGaps(hierarchy: Hierarchy, log: vscode.LogOutputChannel): vscode.Disposable {
    let known = new Set<string>();
    return hierarchy.onDidChange(() => {
        const lines = hierarchy.whole?.gaps.map(({ source, reason, detail }) =>
            visible(`${source}: ${reason}: ${detail}`, 1000),
        );
        const now = new Set(lines);
        for (const line of now) if (!known.has(line)) log.warn(line);
        for (const line of known) if (!now.has(line)) log.info(`over: ${line}`);
        known = now;
    });
}
