import type { Process } from '../../model/process';
import { optionValue, socketPath } from '../command-line';
import type { Daemon } from '../daemons';
import { hasEnded, processNodeId } from '../process-table';
import { daemonsBeside } from '../interpretation';
import { shimAbove } from '../lineage';
import type { HeldShim } from '../running-containers';
import { isDockersNamespace } from '../shim-arguments';
import type { EngineNode, Evidence } from '../topology';
import { aboveHere, type Rule, seesTooLittle, type Sighting, withProcess } from './rule';

/** Docker's containers live, and no dockerd does: nobody answers for them, restarts them or keeps their logs. */
const daemonDown: Rule = {
    code: 'daemon-down',
    severity: 'error',
    isTransient: true,
    isBlind: seesTooLittle,
    find: (look) => {
        const { known } = look;
        const shims = new Map(known.shims.map((held) => [held.process.pid, held]));
        return look.containers.flatMap((node): readonly Sighting[] => {
            const held = shims.get(shimAbove(look, node)?.process.pid ?? 0);
            const address = held && dockersContainerdOf(held);
            const main = node.mainPid === undefined ? undefined : known.table.byPid.get(node.mainPid);
            if (!held || address === undefined || !main || hasEnded(main)) return [];
            const engines = aboveHere(look, node).filter((one) => one.kind === 'engine');
            const { engine } = node;
            const isAnswering = engine && !engine.problem;
            // One that is silent may be above this pid namespace; one that refuses is not there.
            const mayBeElsewhere = engines.some((one) => one.process || one.engine?.problem?.reason === 'timeout');
            const isUsed = daemonsBeside(known, held).some(({ process, engine, containerd }) => {
                // It may stand in its daemon.json alone, and so one that was not heard may use this one.
                const mayBeAnyones = (!containerd || containerd.isAssumed) && (!engine || engine.problem);
                return process && (containerd?.path === address || mayBeAnyones);
            });
            if (isAnswering || mayBeElsewhere || isUsed) return [];
            return [
                {
                    about: node.id,
                    others: engines.map(({ id }) => id),
                    group: address,
                    evidence: [...whyDown(engines), { source: 'proc', detail: `process ${String(main.pid)} is alive` }],
                },
            ];
        });
    },
};

/** Its process is there, and it let its deadline pass. */
const daemonNotAnswering: Rule = {
    code: 'daemon-not-answering',
    severity: 'warning',
    isTransient: true,
    find: (look) =>
        look.engines.flatMap(({ id, engine, process }): readonly Sighting[] => {
            if (engine?.problem?.reason !== 'timeout' || engine.problem.isPending) return [];
            const state = process ? [stateOf(process)] : [];
            return [{ about: id, evidence: [{ source: 'docker', detail: engine.problem.detail }, ...state] }];
        }),
};

/**
 * Each believes that it alone writes there: images, networks and the list of containers get damaged. The locks of the
 * databases in it (bbolt, flock(2)) keep a second dockerd waiting, which gives up after some seconds; but where they were
 * removed under a running one, as `rm -rf /var/lib/docker` does, both stay.
 */
const sharedDataRoot: Rule = {
    code: 'shared-data-root',
    severity: 'error',
    isTransient: true,
    find: (look) => {
        const { daemons, engineIds } = look.known;
        return daemons.flatMap((daemon): readonly Sighting[] => {
            const root = dataRootOf(daemon);
            const isShared = daemons.some((other) => {
                const isAnother = other.process !== daemon.process && seeTheSameFiles(daemon, other);
                return isAnother && dataRootOf(other)?.path === root?.path;
            });
            if (!root || !isShared) return [];
            const pid = String(daemon.process?.pid);
            return [
                {
                    about: engineIds.get(daemon) ?? '',
                    group: root.path,
                    evidence: [{ source: root.source, detail: `dockerd ${pid} keeps its data in ${root.path}` }],
                },
            ];
        });
    },
};

/** An upgrade has replaced the file: the process goes on with the old program until it is started again. */
const deletedExecutable: Rule = {
    code: 'deleted-executable',
    severity: 'warning',
    isTransient: false,
    find: (look) => {
        const seen = new Set<Process>();
        return withProcess(look).flatMap(({ node, process }): readonly Sighting[] => {
            // A containerd that several dockerds share stands under each.
            if (seen.has(process)) return [];
            seen.add(process);
            const role = node.kind === 'process' ? node.role : 'dockerd';
            const isDaemon = role === 'dockerd' || role === 'containerd';
            if (!(isDaemon || role === 'shim') || !process.exe?.endsWith(' (deleted)')) return [];
            return [
                {
                    about: node.id,
                    // A shim keeps its program for as long as its container lives, as it should.
                    severity: isDaemon ? 'warning' : 'information',
                    group: isDaemon ? processNodeId(process) : process.exe,
                    evidence: [{ source: 'proc', detail: `/proc/${String(process.pid)}/exe is ${process.exe}` }],
                },
            ];
        });
    },
};

export const daemonRules: readonly Rule[] = [daemonDown, daemonNotAnswering, sharedDataRoot, deletedExecutable];

/** Where the shim of a container of Docker's reports to. */
function dockersContainerdOf({ shim: { namespace = '', address } }: HeldShim): string | undefined {
    return isDockersNamespace(namespace) && address !== undefined ? socketPath(address) : undefined;
}

function whyDown(engines: readonly EngineNode[]): readonly Evidence[] {
    const noProcess: Evidence = { source: 'proc', detail: 'no dockerd that uses their containerd is seen' };
    const told = engines.flatMap(({ engine }): readonly Evidence[] => {
        const problem = engine?.problem ? [engine.problem.detail] : [];
        const liveRestore =
            engine?.liveRestore === undefined ? [] : [`live-restore was ${engine.liveRestore ? 'on' : 'off'}`];
        return [...problem, ...liveRestore].map((detail) => ({ source: 'docker', detail }));
    });
    return [noProcess, ...told];
}

function stateOf({ pid, state }: Process): Evidence {
    return { source: 'proc', detail: `process ${String(pid)} is in state ${state}` };
}

/** As it says itself, else by its argv, else as its configuration file says, whatever that is. */
function dataRootOf({
    engine,
    process,
}: Daemon): { readonly path: string; readonly source: 'docker' | 'argv' } | undefined {
    if (!process) return undefined;
    if (engine?.dataRoot !== undefined) return { path: engine.dataRoot, source: 'docker' };
    const told = optionValue(process.argv ?? [], 'data-root', 'graph', 'g');
    return told === undefined ? undefined : { path: told, source: 'argv' };
}

/** In another mount namespace the same path is another folder: only where both are known are two paths one. */
function seeTheSameFiles(one: Daemon, other: Daemon): boolean {
    const mounts = one.process?.namespaces?.mnt;
    return mounts !== undefined && mounts === other.process?.namespaces?.mnt;
}
