import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until } from './command';
import type { Client } from './dockerd';
import { terminal } from './topology';

/** What `findings` prints; other people's daemons on this machine have theirs, too. */
export interface SeenFinding {
    readonly code: string;
    readonly severity: string;
    readonly nodes: readonly string[];
    readonly message: string;
    readonly next: string;
    readonly command?: string;
    readonly evidence: readonly { readonly source: string; readonly detail: string }[];
    readonly unverified?: boolean;
}

/** All of them, and the exit status. */
export async function findingsOf(...endpoints: readonly string[]) {
    const sources = endpoints.flatMap((endpoint) => ['--docker', endpoint]);
    const asked = await terminal('findings', '--format', 'json', '--deadline', '2000', ...sources);
    assert.ok(asked.status < 2, asked.stderr);
    return { status: asked.status, all: (JSON.parse(asked.stdout) as { findings: SeenFinding[] }).findings };
}

/** The finding of this code at this node, as soon as there is one. */
export function found(client: Pick<Client, 'endpoint'>, code: string, node: string): Promise<SeenFinding> {
    return until(
        `${code} at ${node}`,
        async () => {
            const { all } = await findingsOf(client.endpoint);
            return all.find((one) => one.code === code && one.nodes.includes(node) && !one.unverified);
        },
        40_000,
    );
}

export async function codesAt(
    client: Pick<Client, 'endpoint'>,
    ...nodes: readonly string[]
): Promise<readonly string[]> {
    const { all } = await findingsOf(client.endpoint);
    return all.filter((one) => one.nodes.some((id) => nodes.includes(id))).map(({ code }) => code);
}

/** The id of a process's node: its pid, and its start time, field 22 of stat. */
export function nodeOf(pid: number): string {
    return `process:${pid}@${startTicks(pid)}`;
}

/** In seconds; a tick is a hundredth of one. */
export function ageOf(pid: number): number {
    return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) - startTicks(pid) / 100;
}

function startTicks(pid: number): number {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}
