import assert from 'node:assert/strict';
import { beginToMeasureBusyness } from './busyness';
import { sampleTruth, type Sampled, type Samples } from './sampler';

/** `DOCKER_RUNTIME_FAULT_RUNS=10` makes each fault ten times. */
const runs = Number(process.env['DOCKER_RUNTIME_FAULT_RUNS'] ?? 1);

/** For how long a fault goes on that is to last, in seconds. */
export const lastingSeconds = process.env['CI'] ? 60 : 15;

/** For how long something false may be shown as fresh, on however busy a machine; in milliseconds. */
const longestFalsehood = 15_000;

export interface FaultBounds {
    /** For how long something false may be shown as fresh on an idle machine, in milliseconds. */
    readonly falseMs?: number;
    /** Between two samples, in milliseconds. */
    readonly everyMs?: number;
}

/** A test of a fault: while it happens, and until all is well again, nothing false is shown as fresh for long. */
export function itWithstands(
    fault: string,
    sampled: () => Sampled | undefined,
    happens: () => Promise<void>,
    { falseMs = longestFalsehood, everyMs = 500 }: FaultBounds = {},
): void {
    for (let run = 1; run <= runs; run++) {
        it(runs === 1 ? fault : `${fault} (${run} of ${runs})`, async () => {
            const busyness = beginToMeasureBusyness();
            const sampling = sampleTruth(sampled, everyMs);
            let samples: Samples;
            try {
                await happens();
            } finally {
                samples = sampling.end();
                console.log(`      ${inWords(samples)}`);
            }
            assert.ok(samples.count > 0, 'nothing was sampled');
            const [, longest = 0] = samples.falsehoods[0] ?? [];
            assert.ok(longest <= Math.min(longestFalsehood, falseMs * busyness()), inWords(samples));
        });
    }
}

function inWords({ count, falsehoods: [longest] }: Samples): string {
    if (!longest) return `${count} samples, nothing false`;
    const [sentence, milliseconds] = longest;
    return `${count} samples, the longest falsehood for ${Math.round(milliseconds)} ms: ${sentence}`;
}
