import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Random, seededRandom } from './random';

/** Inputs for each target; `DOCKER_RUNTIME_FUZZ_INPUTS=1000000 npm test -- --only fuzz` takes more. */
const inputs = Number(process.env['DOCKER_RUNTIME_FUZZ_INPUTS'] ?? 100_000);
/** Another seed gives other inputs; a failure tells its own. */
const seed = Number(process.env['DOCKER_RUNTIME_FUZZ_SEED'] ?? 20_260_101);

/** One input may take so long, in milliseconds: anything more is a hang, whatever else the machine does. */
const longest = 2_000;
/** What may stay in memory after all of the inputs, in bytes: anything more is a leak. */
const mostKept = 16 * 1024 * 1024;

/**
 * A test that a piece of code survives what a stranger may give to it. `survive` throws when it does not: when the code
 * throws and promised not to, or when what comes out breaks a promise.
 */
export function fuzz<Input>(
    name: string,
    generate: (random: Random) => Input,
    survive: (input: Input, random: Random) => void,
): void {
    it(`${name}: ${String(inputs)} inputs`, function () {
        this.timeout(0);
        const random = seededRandom(seed);
        const warmUp = Math.min(inputs, 2_000);
        let kept = 0;
        for (let index = 0; index < inputs; index++) {
            const input = generate(random);
            const begun = performance.now();
            try {
                survive(input, random);
            } catch (error) {
                throw new Error(`seed ${String(seed)}, input ${String(index)}: ${show(input)}\n${String(error)}`, {
                    cause: error,
                });
            }
            const took = performance.now() - begun;
            if (took > longest) throw new Error(`seed ${String(seed)}: ${String(took)} ms for ${show(input)}`);
            if (index === warmUp - 1) kept = memory();
        }
        const grown = memory() - kept;
        if (grown > mostKept) throw new Error(`${String(grown)} bytes more are kept after ${String(inputs)} inputs`);
    });
}

function show(input: unknown): string {
    const text = Buffer.isBuffer(input) ? `base64 ${input.toString('base64')}` : JSON.stringify(input);
    return String(text).slice(0, 2_000);
}

/** What is really kept: the heap after a full collection. */
function memory(): number {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
}
