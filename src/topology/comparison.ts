import type { Engine } from '../model/engine';
import type { Process } from '../model/process';
import type { Snapshot } from '../model/snapshot';
import { imageOf, namesOf } from './container-names';
import { stateOf } from './container-state';
import { isZombie } from './process-table';
import type { ContainerNode, EngineNode, ProcessNode, Topology, TopologyNode } from './topology';

/** What became of a host between two looks at it, or how two hosts differ. */
export interface Comparison {
    readonly before: Topology;
    readonly after: Topology;
    /** Nodes of the topology after. */
    readonly appeared: readonly TopologyNode[];
    /** Nodes of the topology before. */
    readonly gone: readonly TopologyNode[];
    /** The same thing, at another place. */
    readonly moved: readonly Pair[];
    /** The same thing, of which something else is true. */
    readonly changed: readonly Change[];
    /** Why some of this may say less, or other than what happened. */
    readonly doubts: readonly Doubt[];
}

/** One thing as each look knew it. */
export interface Pair {
    readonly before: TopologyNode;
    readonly after: TopologyNode;
}

export interface Change extends Pair {
    readonly aspects: readonly { readonly aspect: Aspect; readonly before: string; readonly after: string }[];
}

export type Aspect =
    'name' | 'image' | 'state' | 'verdict' | 'first process' | 'role' | 'command' | 'version' | 'process';

export type Doubt =
    /** Processes are known by boot, pid and start time, and pids count within one pid namespace only. */
    | { readonly kind: 'other-boot' | 'unknown-boot' | 'other-pid-namespace' }
    /** What only one of two users may read is missing from the other's look. */
    | { readonly kind: 'other-user' }
    /** Arguments were blanked, so that commands can't be compared. */
    | { readonly kind: 'redacted' }
    | { readonly kind: 'processes-not-seen'; readonly look: Look }
    | { readonly kind: 'engine-not-heard'; readonly look: Look; readonly engine: Engine };

export type Look = 'before' | 'after';

/** Pure; both in ownership order. Nothing is concluded from what one of them could not see: that is a doubt. */
export function comparisonOf(before: Topology, after: Topology): Comparison {
    const bases = basesOf(before.snapshot, after.snapshot);
    const pairs = pairUp(before, after, bases);
    const both = [...pairs].map(([one, other]): Pair => ({ before: one, after: other }));
    const known = new Set(pairs.values());
    return {
        before,
        after,
        appeared: [...after.nodes.values()].filter((node) => !known.has(node)),
        gone: [...before.nodes.values()].filter((node) => !pairs.has(node)),
        moved: both.filter((pair) => {
            if (startedOrStopped(pair)) return false;
            const from = placeOf(before, pair.before, bases);
            const to = placeOf(after, pair.after, bases);
            return from === undefined ? to !== undefined : to === undefined || pairs.get(from) !== to;
        }),
        changed: both.flatMap((pair) => {
            const aspects = changesOf(pair, bases);
            return aspects.length === 0 ? [] : [{ ...pair, aspects }];
        }),
        doubts: doubtsOf(before.snapshot, after.snapshot),
    };
}

/** What the two looks have in common, on which a comparison can rest. */
interface Bases {
    /** A pid and a start time mean the same process in both. */
    readonly processes: boolean;
    readonly commands: boolean;
}

function basesOf(before: Snapshot, after: Snapshot): Bases {
    return {
        processes: !isOther(before.host.bootId, after.host.bootId) && !isOtherPidNamespace(before, after),
        commands: !before.redacted && !after.redacted,
    };
}

function isOtherPidNamespace(before: Snapshot, after: Snapshot): boolean {
    return isOther(before.host.namespaces?.pid, after.host.namespaces?.pid);
}

/** What is not known contradicts nothing. */
function isOther<Value>(one: Value | undefined, other: Value | undefined): boolean {
    return one !== undefined && other !== undefined && one !== other;
}

type Pairs = ReadonlyMap<TopologyNode, TopologyNode>;

/** Where several are the same thing (a containerd stands under each of its users), those of the same id go together. */
function pairUp(before: Topology, after: Topology, bases: Bases): Pairs {
    const candidates = new Map<string, TopologyNode[]>();
    for (const node of after.nodes.values()) {
        const alike = candidates.get(keyOf(node));
        if (alike) alike.push(node);
        else candidates.set(keyOf(node), [node]);
    }
    const pairs = new Map<TopologyNode, TopologyNode>();
    const taken = new Set<TopologyNode>();
    for (const isWanted of [hasSameId, () => true]) {
        for (const node of before.nodes.values()) {
            if (pairs.has(node)) continue;
            const match = candidates
                .get(keyOf(node))
                ?.find((one) => !taken.has(one) && isWanted(node, one) && isSame(node, one, bases));
            if (!match) continue;
            pairs.set(node, match);
            taken.add(match);
        }
    }
    return pairs;
}

function hasSameId(one: TopologyNode, other: TopologyNode): boolean {
    return one.id === other.id;
}

/** Equal for all that may be the same. */
function keyOf(node: TopologyNode): string {
    switch (node.kind) {
        case 'engine':
            return 'engine';
        case 'container':
            return `container ${node.containerId}`;
        case 'process':
            return `process ${String(node.process.pid)}@${String(node.process.startTicks)}`;
    }
}

function isSame(one: TopologyNode, other: TopologyNode, bases: Bases): boolean {
    if (one.kind === 'engine' && other.kind === 'engine') {
        const endpoint = one.engine?.endpoint;
        return (
            (endpoint !== undefined && endpoint === other.engine?.endpoint) ||
            isSameProcess(one.process, other.process, bases)
        );
    }
    if (one.kind === 'container' && other.kind === 'container') {
        // The same id may be known twice, to nested engines or in two of containerd's namespaces.
        return (
            one.containerId === other.containerId &&
            !isOther(one.engine?.endpoint, other.engine?.endpoint) &&
            !isOther(one.namespace, other.namespace)
        );
    }
    return one.kind === 'process' && other.kind === 'process' && isSameProcess(one.process, other.process, bases);
}

function isSameProcess(one: Process | undefined, other: Process | undefined, { processes }: Bases): boolean {
    return (
        processes &&
        one !== undefined &&
        other !== undefined &&
        one.pid === other.pid &&
        one.startTicks === other.startTicks
    );
}

/** The parent; where no process can be the same, the nearest above that can be: that every shim is another is no move. */
function placeOf(topology: Topology, node: TopologyNode, { processes }: Bases): TopologyNode | undefined {
    let above = node;
    do {
        const parent = above.parent === null ? undefined : topology.nodes.get(above.parent);
        if (!parent) return undefined;
        above = parent;
    } while (above.kind === 'process' && !processes);
    return above;
}

/** A container that runs is under its shim, any other under its engine: that is its state, and no move. */
function startedOrStopped({ before, after }: Pair): boolean {
    return before.kind === 'container' && after.kind === 'container' && runs(before) !== runs(after);
}

function runs({ container, mainPid }: ContainerNode): boolean {
    return (
        mainPid !== undefined ||
        container === undefined ||
        container.state === 'running' ||
        container.state === 'paused'
    );
}

/** An aspect that only one look knows has not changed: it could not be seen, or was not asked for. */
function changesOf({ before, after }: Pair, bases: Bases): Change['aspects'] {
    const earlier = aspectsOf(before, bases);
    return Object.entries(aspectsOf(after, bases)).flatMap(([name, now]) => {
        const aspect = name as Aspect;
        const then = earlier[aspect];
        return then === undefined || now === undefined || then === now ? [] : [{ aspect, before: then, after: now }];
    });
}

type Aspects = Readonly<Partial<Record<Aspect, string | undefined>>>;

function aspectsOf(node: TopologyNode, bases: Bases): Aspects {
    switch (node.kind) {
        case 'engine':
            return aspectsOfEngine(node, bases);
        case 'container':
            return aspectsOfContainer(node, bases);
        case 'process':
            return aspectsOfProcess(node, bases);
    }
}

function aspectsOfEngine({ engine, process }: EngineNode, { processes }: Bases): Aspects {
    return { version: engine?.version, ...(processes && process && { process: `pid ${String(process.pid)}` }) };
}

function aspectsOfContainer(node: ContainerNode, { processes }: Bases): Aspects {
    const { container, mainPid, verdict } = node;
    return {
        name: namesOf(node)[0],
        image: imageOf(node),
        state: container && stateOf(container),
        verdict,
        ...(processes && mainPid !== undefined && { 'first process': `pid ${String(mainPid)}` }),
    };
}

/** R, S and D come and go; that it ended, or was stopped by a signal, stays. */
function aspectsOfProcess({ process, role }: ProcessNode, { commands }: Bases): Aspects {
    const lasting = isZombie(process) ? 'zombie' : process.state === 'T' ? 'stopped' : 'alive';
    // A zombie has no argv any more; its state says why.
    const command = isZombie(process) ? undefined : process.argv;
    return { role, state: lasting, command: commands ? command?.join(' ') : undefined };
}

function doubtsOf(before: Snapshot, after: Snapshot): readonly Doubt[] {
    const doubts: Doubt[] = [];
    const [one, other] = [before.host, after.host];
    if (isOther(one.bootId, other.bootId)) doubts.push({ kind: 'other-boot' });
    else if (isOtherPidNamespace(before, after)) doubts.push({ kind: 'other-pid-namespace' });
    else if (one.bootId === undefined || other.bootId === undefined) doubts.push({ kind: 'unknown-boot' });
    if (isOther(one.uid, other.uid)) doubts.push({ kind: 'other-user' });
    if (before.redacted || after.redacted) doubts.push({ kind: 'redacted' });
    if (seesProcesses(before) !== seesProcesses(after))
        doubts.push({ kind: 'processes-not-seen', look: seesProcesses(after) ? 'before' : 'after' });
    return [...doubts, ...unheardIn('after', before, after), ...unheardIn('before', after, before)];
}

function seesProcesses({ host, processes }: Snapshot): boolean {
    return processes.length > 0 && !host.hidesProcesses;
}

/** Engines that the one look heard and the other did not: what they list may be there all the same. */
function unheardIn(look: Look, heard: Snapshot, other: Snapshot): readonly Doubt[] {
    return heard.engines
        .filter(isHeard)
        .filter(({ endpoint }) => !other.engines.some((one) => one.endpoint === endpoint && isHeard(one)))
        .map((engine) => ({ kind: 'engine-not-heard', look, engine }));
}

function isHeard({ listedAt, problem }: Engine): boolean {
    return listedAt !== undefined && problem === undefined;
}
