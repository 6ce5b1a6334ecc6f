/** A text as it was read, and what it means. */
export interface ParsedText<Parsed> {
    readonly bytes: Buffer;
    readonly parsed: Parsed;
    usedIn: number;
}

/**
 * What was parsed from a text, by that text: many processes have the same command line, most share few cgroups, and
 * nearly all say in one look what they said in the one before. The same text gives the same object, so that whether
 * something changed is one comparison.
 */
export class ParsedTexts<Parsed> {
    private readonly known = new Map<string, ParsedText<Parsed>>();
    private turn = 0;

    constructor(private readonly parseBytes: (bytes: Buffer, length: number) => Parsed) {}

    /** Texts that nobody had since the time before last that this was called are forgotten. */
    begin(): void {
        this.turn++;
        for (const [text, { usedIn }] of this.known) {
            if (usedIn < this.turn - 1) this.known.delete(text);
        }
    }

    /** `likely` is what it probably is: comparing bytes is quicker than making a string to be looked up. */
    parse(bytes: Buffer, length: number, likely: ParsedText<Parsed> | undefined): ParsedText<Parsed> {
        const isLikely = likely?.bytes.length === length && bytes.compare(likely.bytes, 0, length, 0, length) === 0;
        const text = isLikely ? likely : this.find(bytes, length);
        text.usedIn = this.turn;
        return text;
    }

    private find(bytes: Buffer, length: number): ParsedText<Parsed> {
        const key = bytes.toString('latin1', 0, length);
        let text = this.known.get(key);
        if (!text) {
            const copy = Buffer.from(bytes.subarray(0, length));
            text = { bytes: copy, parsed: this.parseBytes(copy, length), usedIn: this.turn };
            this.known.set(key, text);
        }
        return text;
    }
}
