import { createAlarm } from './alarm';
import type { WatcherTimes } from './times';

/** When to look next: soon after something has happened, else by the clock. */
export interface Pace {
    /** A look is due within this time; in milliseconds. */
    within(delay: number): void;
    /** Something has happened that a look under way may not see: the next one follows soon. */
    hurry(): void;
    /** A look begins, and will see what has happened so far. */
    lookBegins(): void;
    /** `cost`: what it took of a core, in milliseconds. */
    lookEnded(cost: number): void;
    /** The next look, after one that has ended. */
    goOn(): void;
    stop(): void;
}

export function createPace(times: WatcherTimes, look: () => void): Pace {
    const alarm = createAlarm(look);
    /** Something has happened since the last look began. */
    let isBehind = false;
    /** When the last looks began, by the monotonic clock: as many as may follow each other closely. */
    let lastLooksAt: readonly number[] = [];
    let lastCost = 0;

    /** One `docker run` is a few events, and each is to be seen at once; a flood of them is to be seen now and then. */
    function untilBreath(): number {
        const [first = -Infinity] = lastLooksAt.length < closeLooks ? [] : lastLooksAt;
        return Math.max(times.gathering, first + closeLooks * times.breath - performance.now());
    }

    /**
     * Where a look is expensive, the clock goes slower, but not so slow that an engine's silence goes unnoticed: a whole
     * number of looks until engines are to be asked again, or that moment would be missed by nearly one of them.
     */
    function clock(): number {
        const affordable = lastCost / times.share;
        if (affordable <= times.clock) return times.clock;
        const looks = Math.max(1, Math.floor(times.reconciliation / affordable));
        return Math.max(times.clock, times.reconciliation / looks);
    }

    return {
        within(delay) {
            alarm.within(delay);
        },
        hurry() {
            isBehind = true;
            alarm.within(untilBreath());
        },
        lookBegins() {
            isBehind = false;
            // Not at its end: what happens during a look must find it counted.
            lastLooksAt = [...lastLooksAt, performance.now()].slice(-closeLooks);
        },
        lookEnded(cost) {
            lastCost = cost;
        },
        goOn() {
            alarm.within(isBehind ? untilBreath() : clock());
        },
        stop() {
            alarm.stop();
        },
    };
}

const closeLooks = 4;
