import { blocks, notTried, type ErrorCode } from './files';

/** How one look lives with reads that never return. A step is what is read of one process: `PID STARTTICKS FILE`. */
export interface CautionWanted {
    /** Steps that were seen to never return: they are left out. */
    readonly blockingSteps?: readonly string[];
    /** Each step is told before it is made. It costs a write(2), a tenth of what reading costs. */
    readonly isExact?: boolean;
    /** Of each process only stat is read, for which the kernel needs none of the locks that others wait for. */
    readonly isStatOnly?: boolean;
}

/** There is nothing that could be left out just now: silence means nothing. */
export const noStep = '';

/** Where not each step is told: what no process says is read, or what the first ones do. */
const rootStep = 'root';

/** Tells somebody else where a look stands, now and then or always, and what it must leave out. */
export class Caution {
    private isCareless = true;
    private isExact = false;
    private isStatOnly = false;
    private blocking: ReadonlySet<string> = new Set();
    private stepsToClock = stepsPerClock;
    private lastTold = noStep;
    private lastToldAt = 0;

    /** What is told must have left this process before it blocks. */
    constructor(private readonly tell: (step: string) => void) {}

    begin({ blockingSteps = [], isExact = false, isStatOnly = false }: CautionWanted): void {
        this.isExact = isExact;
        this.isStatOnly = isStatOnly;
        this.blocking = new Set(blockingSteps);
        this.isCareless = !isExact && !isStatOnly && this.blocking.size === 0;
        this.lastTold = noStep;
        this.lastToldAt = performance.now();
        this.readsRoot();
    }

    /** What is read next is no process's. */
    readsRoot(): void {
        if (this.isToBeTold()) this.tellNow(this.isExact ? noStep : rootStep);
    }

    /** All is read: what follows may take its time. */
    end(): void {
        if (this.lastTold !== noStep) this.tellNow(noStep);
    }

    /** Why a file of a process must not be read; else that is the step which is made now. */
    refusal(pid: number, startTicks: number | undefined, file: string): ErrorCode | undefined {
        const isClockDue = --this.stepsToClock <= 0;
        if (this.isCareless && !isClockDue) {
            return undefined; // as nearly always
        }
        if (isClockDue) this.stepsToClock = stepsPerClock;
        if (this.isStatOnly && file !== 'stat') {
            return notTried;
        }
        const step = `${pid} ${startTicks ?? '?'} ${file}`;
        if (this.blocking.has(step)) {
            return blocks;
        }
        if ((isClockDue || this.isExact) && this.isToBeTold()) this.tellNow(step);
        return undefined;
    }

    private isToBeTold(): boolean {
        return this.isExact || performance.now() - this.lastToldAt > tellEveryMilliseconds;
    }

    private tellNow(step: string): void {
        this.lastTold = step;
        this.lastToldAt = performance.now();
        this.tell(step);
    }
}

/** A millisecond's work. */
const stepsPerClock = 64;

/** Often enough for whoever takes a fifth of a second without a word for a block. */
const tellEveryMilliseconds = 50;
