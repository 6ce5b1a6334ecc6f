/**
 * What was parsed from a text, by that text: many processes have the same command line, most share few cgroups, and
 * nearly all say in one look what they said in the one before. The same text gives the same object, so that whether
 * something changed is one comparison.
 */
export class ParsedTexts<Parsed> {
    private current = new Map<string, Parsed>();
    private previous = new Map<string, Parsed>();

    constructor(private readonly parseBytes: (bytes: Buffer, length: number) => Parsed) {}

    /** Texts that nobody had since the time before last that this was called are forgotten. */
    begin(): void {
        this.previous = this.current;
        this.current = new Map();
    }

    parse(bytes: Buffer, length: number): Parsed {
        const text = bytes.toString('latin1', 0, length);
        const known = this.current.get(text);
        if (known !== undefined) {
            return known;
        }
        const parsed = this.previous.get(text) ?? this.parseBytes(bytes, length);
        this.current.set(text, parsed);
        return parsed;
    }
}
