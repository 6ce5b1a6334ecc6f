import type { Gap } from '../../model/gap';
import type { Snapshot } from '../../model/snapshot';
import type { Interpretation } from '../interpretation';
import type { Evidence, Finding, NodeId, Severity, Sighted, Topology, TopologyNode } from '../topology';
import { confinementRules } from './confinement-rules';
import { daemonRules } from './daemon-rules';
import { healthRules } from './health-rules';
import { hasLasted, keyOf, seenSince } from './lasting';
import { processRules } from './process-rules';
import { proxyRules } from './proxy-rules';
import { lookAt, type Rule, type Sighting } from './rule';
import { shimRules } from './shim-rules';
import { verdictRules } from './verdict-rules';

/** Everything that is looked for, one code each. */
export const rules: readonly Rule[] = [
    ...verdictRules,
    ...daemonRules,
    ...shimRules,
    ...processRules,
    ...proxyRules,
    ...healthRules,
    ...confinementRules,
];

/** Applies every rule; `previous` is the look before, without which nothing is known to have lasted. */
export function findFindings(
    known: Interpretation,
    nodes: Topology['nodes'],
    previous: Topology | undefined,
): Pick<Topology, 'findings' | 'sightings' | 'unjudged'> {
    const { snapshot } = known;
    const look = lookAt(known, nodes);
    const sightings = new Map<string, Sighted>();
    const unjudged = rules.filter((rule) => rule.isBlind?.(look));
    const judged = rules.filter((rule) => !unjudged.includes(rule));
    const findings = judged.flatMap((rule) => {
        const seen = rule.find(look).map((sighting): Seen => {
            const key = keyOf(rule, sighting);
            const since = seenSince(snapshot, key, previous);
            sightings.set(key, { about: sighting.about, since });
            return { sighting, since, isVerified: !rule.isTransient || hasLasted(snapshot, since, sighting.askedAt) };
        });
        return inGroups(rule, seen).map((group) => findingOf(rule, group));
    });
    for (const [key, { about }] of previous?.sightings ?? []) {
        if (sightings.has(key) || !isAwaited(snapshot, nodes.get(about))) continue;
        sightings.set(key, { about, since: seenSince(snapshot, key, previous) });
    }
    // A passing alarm may be worth a look; a passing piece of information is worth nothing.
    const told = findings.filter(({ severity, unverified }) => !unverified || severity !== 'information');
    return { findings: told.sort(byGravity), sightings, unjudged: unjudged.map(({ code }) => code) };
}

/**
 * Whether somebody who is asked about it just now has not answered yet: until then, that nothing is seen is no break. Of
 * a daemon that always takes its time, nothing would ever last otherwise.
 */
function isAwaited({ engines, containerds = [] }: Snapshot, node: TopologyNode | undefined): boolean {
    const isPending = (one: { readonly problem?: Gap } | undefined): boolean => one?.problem?.isPending === true;
    if (!node) return false;
    const asked = node.kind === 'container' && node.engine ? [node.engine] : engines;
    return [...asked, ...containerds].some(isPending);
}

/** The ones that a face may show as true, at each node that they are about. */
export function findingsByNode(findings: readonly Finding[]): ReadonlyMap<NodeId, readonly Finding[]> {
    const byNode = new Map<NodeId, Finding[]>();
    for (const finding of findings) {
        if (finding.unverified) continue;
        for (const id of finding.nodes) {
            const others = byNode.get(id);
            if (others) others.push(finding);
            else byNode.set(id, [finding]);
        }
    }
    return byNode;
}

/** The topology without the findings of these codes. */
export function withoutFindings(topology: Topology, codes: readonly string[]): Topology {
    const findings = topology.findings.filter(({ code }) => !codes.includes(code));
    const unjudged = topology.unjudged.filter((code) => !codes.includes(code));
    const isSame = findings.length === topology.findings.length && unjudged.length === topology.unjudged.length;
    return isSame ? topology : { ...topology, findings, findingsAt: findingsByNode(findings), unjudged };
}

interface Seen {
    readonly sighting: Sighting;
    readonly since: string;
    readonly isVerified: boolean;
}

/** What has lasted is not mixed with what has not. Sorted, so that no order of a listing shows. */
function inGroups(rule: Rule, seen: readonly Seen[]): readonly (readonly [Seen, ...Seen[]])[] {
    const groups = new Map<string, [Seen, ...Seen[]]>();
    for (const one of seen.toSorted((a, b) => (a.sighting.about < b.sighting.about ? -1 : 1))) {
        const { group = one.sighting.about, severity = rule.severity } = one.sighting;
        const key = `${String(one.isVerified)} ${severity} ${group}`;
        const fellows = groups.get(key);
        if (fellows) fellows.push(one);
        else groups.set(key, [one]);
    }
    return [...groups.values()];
}

function findingOf({ code, severity }: Rule, group: readonly [Seen, ...Seen[]]): Finding {
    const [first] = group;
    const abouts = group.map(({ sighting }) => sighting.about);
    const others = group.flatMap(({ sighting }) => sighting.others ?? []);
    return {
        id: `${code} ${first.sighting.about}`,
        code,
        severity: cappedFor(first, first.sighting.severity ?? severity),
        nodes: [...new Set([...abouts, ...others])],
        count: abouts.length,
        evidence: distinct(group.flatMap(({ sighting }) => sighting.evidence)),
        since: group.map(({ since }) => since).sort()[0] ?? first.since,
        ...(!first.isVerified && { unverified: true }),
    };
}

/** What may be over already is nothing to be alarmed about. */
function cappedFor({ isVerified }: Seen, severity: Severity): Severity {
    return !isVerified && severity === 'error' ? 'warning' : severity;
}

const mostEvidence = 12;

function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
    return [...new Map(evidence.map((one) => [`${one.source} ${one.detail}`, one])).values()].slice(0, mostEvidence);
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 };

function byGravity(one: Finding, other: Finding): number {
    return ranks[one.severity] - ranks[other.severity] || (one.id < other.id ? -1 : 1);
}
