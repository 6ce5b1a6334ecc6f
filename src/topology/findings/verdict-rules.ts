import type { Engine } from '../../model/engine';
import { isSaidToRun } from '../container-state';
import { shimAbove } from '../lineage';
import { isDockersNamespace } from '../shim-arguments';
import type { ContainerNode, Evidence, FindingCode, Severity, Verdict } from '../topology';
import { listingsOf, type Look, type Rule, type Sighting } from './rule';

/**
 * Where Docker, containerd, the shim and the kernel do not agree: verdict.ts has weighed them already. All of these
 * happen for some milliseconds whenever a container starts or ends.
 */
export const verdictRules: readonly Rule[] = [
    rule(
        'container-without-process',
        'error',
        ['running-without-process', 'shim-without-process', 'first-process-ended'],
        isSaidToRun,
    ),
    rule('pid-of-another', 'error', ['pid-of-another']),
    rule('process-of-a-stopped-container', 'error', ['process-of-a-stopped-container']),
    rule('wedged-container', 'error', ['wedged']),
    rule('containerd-disagrees', 'warning', ['containerd-disagrees']),
    rule('container-without-shim', 'warning', ['shim-gone']),
    // What ctr, nerdctl or a kubelet made in a namespace of its own, no dockerd need know.
    rule('unknown-container', 'warning', ['unknown-to-engine'], ({ namespace = 'moby' }) =>
        isDockersNamespace(namespace),
    ),
];

function rule(
    code: FindingCode,
    severity: Severity,
    verdicts: readonly Verdict[],
    counts: (container: ContainerNode) => boolean = () => true,
): Rule {
    return {
        code,
        severity,
        isTransient: true,
        find: (look) =>
            look.containers
                .filter((container) => verdicts.includes(container.verdict) && counts(container))
                .map((container) => sightingOf(look, container)),
    };
}

function sightingOf(look: Look, container: ContainerNode): Sighting {
    const shim = shimAbove(look, container);
    return {
        about: container.id,
        ...(shim && { others: [shim.id] }),
        evidence: [
            ...dockersWord(container),
            ...containerdsWord(container),
            ...kernelsWord(look, container),
            ...container.mainEvidence,
        ],
        mark: String(container.mainPid),
        askedAt: [...listingsOf(enginesHeard(look, container)), ...inspectionsOf(container)],
    };
}

/** The one that lists it, else all that might. */
function enginesHeard({ known }: Look, { engine }: ContainerNode): readonly Engine[] {
    return engine ? [engine] : known.snapshot.engines.filter(({ problem }) => !problem);
}

/** Only where the verdict rests on what inspect told: of others, nobody asks again. */
function inspectionsOf({ verdict, container }: ContainerNode): readonly number[] {
    const isByInspection = verdict === 'wedged' || verdict === 'pid-of-another';
    return isByInspection && container?.inspectedAt !== undefined ? [container.inspectedAt] : [];
}

function dockersWord({ container, engine }: ContainerNode): readonly Evidence[] {
    if (!container) return [{ source: 'docker', detail: 'no engine that was asked lists it' }];
    const { inspectProblem, state } = container;
    return [
        { source: 'docker', detail: `${engine?.endpoint ?? 'its engine'} says ${state}` },
        ...(inspectProblem ? [{ source: 'docker', detail: `inspect: ${inspectProblem.detail}` } as const] : []),
    ];
}

function containerdsWord({ containerd }: ContainerNode): readonly Evidence[] {
    if (!containerd || containerd.silence !== undefined) return [];
    const { task } = containerd;
    const detail = task ? `its task is ${task.status}, with pid ${String(task.pid)}` : 'it has no task of it';
    return [{ source: 'containerd', detail }];
}

function kernelsWord({ known }: Look, { mainPid, life }: ContainerNode): readonly Evidence[] {
    const main = mainPid === undefined ? undefined : known.table.byPid.get(mainPid);
    if (!main) {
        const detail =
            life === 'nothing lives' ? 'no process is in its cgroup' : 'only other processes are in its cgroup';
        return [{ source: 'proc', detail }];
    }
    const parent = known.table.byPid.get(main.ppid);
    return [
        { source: 'proc', detail: `process ${String(main.pid)} is in state ${main.state}` },
        { source: 'ppid', detail: `its parent is ${String(main.ppid)}${parent ? ` (${parent.comm})` : ''}` },
    ];
}
