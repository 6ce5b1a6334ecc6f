/** Prints figures as they come, and at the end which goals were met in this run. */
export interface Report {
    readonly heading: (title: string, explanation?: string) => void;
    /** `ratio` is to the yardstick of the same round of measurements. */
    readonly line: (name: string, milliseconds: number, ratio?: number, more?: string) => void;
    readonly figure: (name: string, value: string) => void;
    /** Met when `value` is not above `limit`. */
    readonly goal: (what: string, value: number, limit: number, unit?: string) => void;
    readonly end: () => void;
}

export function createReport(): Report {
    const goals: string[] = [];
    return {
        heading(title, explanation) {
            console.log(`\n${title}${explanation ? `\n  ${explanation}` : ''}`);
        },
        line(name, milliseconds, ratio, more = '') {
            const time = `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`.padStart(12);
            const times = ratio === undefined ? '' : `${ratio.toPrecision(3)} × C`;
            console.log(`  ${name.padEnd(44)}${time}${times.padStart(14)}  ${more}`.trimEnd());
        },
        figure(name, value) {
            console.log(`  ${name.padEnd(44)}${value}`);
        },
        goal(what, value, limit, unit = '') {
            const met = value <= limit ? '✔' : '✘';
            goals.push(`  ${met} ${what}: ${value.toPrecision(3)}${unit} (goal: ≤ ${String(limit)}${unit})`);
        },
        end() {
            console.log(`\nGoals, in this run\n${goals.join('\n')}`);
        },
    };
}

/** The best of several: what a machine that does other things besides adds is no part of what is measured. */
export async function best(rounds: number, once: () => Promise<number> | number): Promise<number> {
    let least = Infinity;
    for (let round = 0; round < rounds; round++) least = Math.min(least, await once());
    return least;
}

/** In milliseconds. */
export async function timed(task: () => unknown): Promise<number> {
    const begun = performance.now();
    await task();
    return performance.now() - begun;
}
