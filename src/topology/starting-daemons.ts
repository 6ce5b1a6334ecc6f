import type { Gap } from '../model/gap';
import type { Snapshot } from '../model/snapshot';
import type { Daemon } from './daemons';
import { ageSeconds, startedAt } from './start-time';

/**
 * A dockerd accepts connections from its first second on, and answers none before it has looked after the containers of
 * its last run: ten seconds where it has to stop some (moby's cmd/dockerd/daemon.go: loadListeners, then NewDaemon). So
 * one that is young, and from which no list has come yet, is not called silent but starting.
 */
export function knownToStart(snapshot: Snapshot, daemon: Daemon): Daemon {
    const { engine, process } = daemon;
    if (!engine?.problem || !process || !isNoAnswer(engine.problem)) return daemon;
    const started = startedAt(snapshot, process);
    const isYoung = (ageSeconds(snapshot, process) ?? Infinity) < longestStartSeconds;
    const isStopped = /[TtZX]/.test(process.state);
    if (started === undefined || !isYoung || isStopped || (engine.listedAt ?? 0) > started) return daemon;
    const problem: Gap = {
        source: engine.problem.source,
        reason: 'starting',
        detail: `dockerd ${String(process.pid)} is starting, and has told nothing yet; the last try: ${engine.problem.detail}`,
        help: 'It looks after the containers of its last run first, which can take a while; it is asked again by itself',
    };
    return { ...daemon, engine: { ...engine, problem } };
}

/** Docker's own unit lets it take as long as it likes; one that takes longer than this deserves a look at its log. */
const longestStartSeconds = 120;

function isNoAnswer({ reason }: Gap): boolean {
    return reason === 'timeout' || reason === 'unreachable';
}
