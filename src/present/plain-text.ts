/**
 * Makes a stranger's text safe to show on one line, and honest: what can't be seen is spelled out, never dropped.
 * Controls could move a terminal's cursor, bidirectional marks could reorder a line, zero-width ones could hide in it.
 */
export function visible(text: string, longest = 256): string {
    const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
    return cut.replace(invisible, spell);
}

/** An argv on one line, so quoted that `a b` and `a`, `b` look different; to be read, not to be run. */
export function visibleArgv(argv: readonly string[], longest = 1024): string {
    const words: string[] = [];
    let length = 0;
    for (const word of argv) {
        if (length > longest) break;
        words.push(/^[^\s'"\\]+$/.test(word) ? word : `'${word.replace(/'/g, String.raw`'\''`)}'`);
        length += word.length + 1;
    }
    return visible(words.join(' '), longest);
}

/** JSON to be read by programs and printed into terminals: the same value, with what can't be seen written as `\u009b`. */
export function visibleJson(value: unknown): string {
    return JSON.stringify(value, null, 2).replace(invisible, (character) => {
        // Line ends are the layout's; those in strings are escaped already.
        return character === '\n' ? character : character.split('').map(escapeUnit).join('');
    });
}

function escapeUnit(unit: string): string {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// C0 and C1 controls, separators, zero-width and bidirectional marks, tags, and halves of surrogate pairs.
const invisible =
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e007f}]|[\u{e0100}-\u{e01ef}]|\p{Surrogate}/gu;

function spell(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `<U+${hex.toUpperCase().padStart(4, '0')}>`;
}
