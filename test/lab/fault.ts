import assert from 'node:assert/strict';
import { sampleTruth, type Sampled, type Samples } from './sampler';

/** `DOCKER_RUNTIME_FAULT_RUNS=10` makes each fault ten times. */
const runs = Number(process.env['DOCKER_RUNTIME_FAULT_RUNS'] ?? 1);

export interface FaultBounds {
    /** For how long something false may be shown as fresh, in milliseconds. */
    readonly falseMs?: number;
    /** Between two samples, in milliseconds. */
    readonly everyMs?: number;
}

/** A test of a fault: while it happens, and until all is well again, nothing false is shown as fresh for long. */
export function itWithstands(
    fault: string,
    sampled: () => Sampled,
    happens: () => Promise<void>,
    { falseMs = 15_000, everyMs = 500 }: FaultBounds = {},
): void {
    for (let run = 1; run <= runs; run++) {
        it(runs === 1 ? fault : `${fault} (${run} of ${runs})`, async () => {
            const sampling = sampleTruth(sampled, everyMs);
            let samples: Samples;
            try {
                await happens();
            } finally {
                samples = sampling.end();
                console.log(`      ${inWords(samples)}`);
            }
            const [, longest = 0] = samples.falsehoods[0] ?? [];
            assert.ok(longest <= falseMs, inWords(samples));
        });
    }
}

function inWords({ count, falsehoods: [longest] }: Samples): string {
    if (!longest) return `${count} samples, nothing false`;
    const [sentence, milliseconds] = longest;
    return `${count} samples, the longest falsehood for ${Math.round(milliseconds)} ms: ${sentence}`;
}
