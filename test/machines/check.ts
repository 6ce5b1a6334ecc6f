import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Snapshot } from '../../src/model/snapshot';
import { describe as describeNode } from '../../src/present/describe';
import { topologyText } from '../../src/present/text';
import { buildTopology } from '../../src/topology/build';
import { shortestLastingMilliseconds } from '../../src/topology/findings/lasting';
import type { Evidence, Topology, TopologyNode } from '../../src/topology/topology';
import { goldenFile, machine as machineOf } from './machine-files';
import type { Machine } from './read-machine';
import { assertSound, attributionsOf } from './soundness';

/**
 * Checks one machine: every process stands in the container that it is said to run in, the tree is sound, and the whole
 * reads as the golden text beside it. With UPDATE=1 the golden text is written anew: review its diff.
 */
export function check(name: string): void {
    const machine = machineOf(name);
    const topology = lookTwice(machine);
    assertSound(topology);
    assertTrue(machine, topology);
    const told = tell(machine, topology);
    const golden = goldenFile(name);
    if (process.env.UPDATE === '1') writeFileSync(golden, told);
    assert.equal(told, existsSync(golden) ? readFileSync(golden, 'utf8') : '', `${golden}; UPDATE=1 records it anew`);
}

/** The machine stands still, so that all that a first look sees has lasted at the second. */
function lookTwice({ snapshot }: Machine): Topology {
    const later = Date.parse(snapshot.takenAt) + shortestLastingMilliseconds;
    return buildTopology(askedAgain(snapshot, later), buildTopology(snapshot));
}

/** The same host, looked at again at that time, in milliseconds since 1970; and everybody who answered has answered again. */
export function askedAgain(snapshot: Snapshot, now: number): Snapshot {
    const engines = snapshot.engines.map((engine) => ({
        ...engine,
        ...(engine.listedAt !== undefined && !engine.problem && { listedAt: now }),
        containers: engine.containers.map((container) => ({
            ...container,
            ...(container.inspectedAt !== undefined && { inspectedAt: now }),
        })),
    }));
    return { ...snapshot, takenAt: new Date(now).toISOString(), engines };
}

/** Compares with the truth, which a person who knows the machine has written, or the host's own tools have told. */
function assertTrue({ truth, idWords }: Machine, topology: Topology): void {
    const attributions = attributionsOf(topology);
    const word = (id: string | null | undefined) => (typeof id === 'string' ? (idWords.get(id) ?? id) : 'no container');
    for (const [pid, container] of truth) {
        const found = attributions.get(pid) ?? null;
        assert.equal(word(found), word(container), `process ${String(pid)}`);
    }
}

function tell({ title, idWords }: Machine, topology: Topology): string {
    const parts = [title, topologyText(topology), linesOfNodes(topology), linesOfFindings(topology), linesOfGaps(topology)];
    let text = parts.filter((part) => part !== '').join('\n\n');
    for (const [id, name] of idWords) text = text.replaceAll(id, `{${name}}`).replaceAll(id.slice(0, 12), `{${name}}`);
    return `${text.replace(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}

/** One line for each node: how its place is known, then how what it is. */
function linesOfNodes(topology: Topology): string {
    const lines: string[] = [];
    const pending = [...topology.roots].reverse();
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        const node = topology.nodes.get(id);
        if (!node) continue;
        lines.push(nameOf(topology, node));
        lines.push(`    ${node.link ? `${node.link.kind}: ${words(node.link.evidence)}` : 'root'}`);
        lines.push(...opinionOn(node).map((line) => `    ${line}`));
        pending.push(...[...node.children].reverse());
    }
    return lines.join('\n');
}

function nameOf(topology: Topology, node: TopologyNode): string {
    const { label } = describeNode(topology, node);
    if (node.kind === 'container') return `container ${label}`;
    return `${node.kind === 'engine' ? 'engine' : node.role} ${String(node.process?.pid ?? '?')} ${label}`;
}

function opinionOn(node: TopologyNode): readonly string[] {
    if (node.kind === 'container') {
        const main = node.mainPid === undefined ? [] : [`main ${String(node.mainPid)}: ${words(node.mainEvidence)}`];
        return [`verdict ${node.verdict}`, ...main];
    }
    return node.evidence.length === 0 ? [] : [`because ${words(node.evidence)}`];
}

function linesOfFindings({ findings }: Topology): string {
    return findings
        .map(({ code, severity, nodes, evidence }) => {
            return `finding ${code}: ${severity}, at ${nodes.join(' ')}\n    because ${words(evidence)}`;
        })
        .join('\n');
}

function linesOfGaps({ gaps }: Topology): string {
    return gaps.map(({ source, reason, detail }) => `gap ${source}: ${reason}, ${detail}`).join('\n');
}

function words(evidence: readonly Evidence[]): string {
    return evidence.map(({ source, detail }) => `${source} (${detail})`).join(', ');
}
