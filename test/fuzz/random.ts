/** The same numbers for the same seed, on every machine: a failure can be had again. */
export interface Random {
    /** An integer from 0 up to, and without, `end`. */
    below(end: number): number;
    /** One of them, of which there must be at least one. */
    pick<Value>(values: readonly Value[]): Value;
    /** True once in so many times. */
    once(times: number): boolean;
}

/** Mulberry32: 32 bits of state, and a few nanoseconds a number. */
export function seededRandom(seed: number): Random {
    let state = seed >>> 0;
    const next = (): number => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return (mixed ^ (mixed >>> 14)) >>> 0;
    };
    const random: Random = {
        below: (end) => next() % end,
        pick: <Value>(values: readonly Value[]) => values[next() % values.length] as Value,
        once: (times) => next() % times === 0,
    };
    return random;
}

/** What parsers stumble over. */
const pieces = [
    '',
    ' ',
    '\n',
    '\t',
    '\0',
    ':',
    '/',
    '(',
    ')',
    ') S 1 (',
    '-',
    '-1',
    '0',
    '4294967296',
    '99999999999999999999',
    '1e309',
    'NaN',
    '\\040',
    '..',
    '/../',
    ' (deleted)',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    '\\u0000',
    '__proto__',
    'constructor',
    '\u001b]52;c;x\u0007',
    '\u202e',
    '\u2028',
    '\ud800',
    '](command:x)',
    '<img src=x>',
    '$(trash)',
    'a'.repeat(64),
    '0'.repeat(64),
    'x'.repeat(300),
    'password=hunter2',
    '--token',
    'https://u:p@h',
] as const;

/** What is short and may come many times in a row: each could make code read on from each of its places again. */
const repeated = [
    ...` !"#$%&'()*+,-./:;<=>?@[\\]^_{|}~\`aA0\n`,
    '\t',
    '\0',
    '\u202e',
    ' -',
    '--a ',
    'a=',
    'a:',
    ':/',
    '/a',
    '://',
    'a://',
    '\\"',
    '\\\n',
    'aB',
    ' - proc ',
    'password',
    'password:',
    'password =',
    'eyJaaaaaa.',
    '-----BEGIN ',
    'PRIVATE KEY',
    '/kubepods/pod',
    'kubepods-pod',
    '-kubepods-podx',
    'client version ',
    'not found',
    '--token ',
    'x;',
] as const;

/** Each of what may be repeated, so often that it has about so many characters; alone, and in the middle of a text. */
export function longRuns(characters: number): readonly string[] {
    return repeated.flatMap((one) => {
        const run = one.repeat(Math.ceil(characters / one.length));
        return [run, `x${run}x`];
    });
}

/** Long enough to take seconds where the time grows with the square. */
const longRun = 20_000;

export function piece(random: Random): string {
    if (random.once(2_000)) {
        const one = random.pick(repeated);
        return one.repeat(longRun / one.length);
    }
    return random.once(4) ? String.fromCodePoint(random.below(0x500)) : random.pick(pieces);
}

/** A few changes somewhere in the sample: bytes replaced, cut out, doubled, put in, or the end cut off. */
export function changedBytes(random: Random, sample: Buffer): Buffer {
    let bytes = Buffer.from(sample);
    for (let changes = random.below(5); changes >= 0; changes--) {
        const at = random.below(bytes.length + 1);
        const to = Math.min(bytes.length, at + random.below(12));
        switch (random.below(6)) {
            case 0:
                if (at < bytes.length) bytes[at] = random.below(256);
                break;
            case 1:
                bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
                break;
            case 2:
                bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
                break;
            case 3:
            case 4:
                bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(piece(random)), bytes.subarray(at)]);
                break;
            default:
                if (random.once(4)) bytes = bytes.subarray(0, at);
        }
    }
    return bytes;
}

export function changedText(random: Random, sample: string): string {
    const at = random.below(sample.length + 1);
    const changed = sample.slice(0, at) + piece(random) + sample.slice(at + random.below(6));
    return random.once(2) ? changed : changedText(random, changed);
}

/** The same shape with something else here and there: other types, missing and strange keys, one level too many. */
export function changedValue(random: Random, sample: unknown): unknown {
    if (random.once(12)) return oddValue(random, sample);
    if (Array.isArray(sample)) {
        const changed = sample.map((one): unknown => changedValue(random, one));
        if (random.once(8)) changed.splice(random.below(changed.length + 1), random.below(3), oddValue(random, sample));
        return changed;
    }
    if (typeof sample === 'object' && sample !== null) {
        const pairs = Object.entries(sample).filter(() => !random.once(16));
        if (random.once(8)) pairs.push([piece(random), oddValue(random, sample)]);
        return Object.fromEntries(pairs.map(([name, value]) => [name, changedValue(random, value)]));
    }
    return typeof sample === 'string' && random.once(4) ? changedText(random, sample) : sample;
}

function oddValue(random: Random, sample: unknown): unknown {
    switch (random.below(9)) {
        case 0:
            return null;
        case 1:
            return undefined;
        case 2:
            return random.pick([0, -1, 0.5, NaN, Infinity, 2 ** 53, -(2 ** 31)]);
        case 3:
            return random.once(2);
        case 4:
            return [];
        case 5:
            return {};
        case 6:
            return [sample];
        case 7:
            return { [piece(random)]: sample };
        default:
            return piece(random);
    }
}
