/**
 * Makes a stranger's text safe to show on one line, and honest: what can't be seen is spelled out, never dropped.
 * Controls could move a terminal's cursor, bidirectional marks could reorder a line, zero-width ones could hide in it.
 */
export function visible(text: string, longest = 256): string {
    return cut(text, longest).replace(invisible, spell);
}

/**
 * An argv on one line. Different ones look different, and where that can't be, for want of room, it ends in `…`.
 *
 * Words are quoted as bash is told them: as they are, in `'…'` where a space or a quote is in them, and in `$'…'` with
 * escapes where something is that can't be seen. To be read, not to be run.
 */
export function visibleArgv(argv: readonly string[], longest = 1024): string {
    let line = '';
    for (const word of argv) {
        if (line.length > longest + 1) break; // the rest would be cut off
        line += `${line === '' ? '' : ' '}${quoted(word)}`;
    }
    return cut(line, longest);
}

/**
 * An argv as bash reads it back, byte for byte: to be pasted, whatever is in it. What can't be seen is escaped, for
 * pasted as it is it could act on the terminal.
 */
export function shellWords(argv: readonly string[]): string {
    return argv.map(shellWord).join(' ');
}

function shellWord(word: string): string {
    if (word.search(invisible) >= 0)
        return `$'${word.replace(/[\\']/g, String.raw`\$&`).replace(invisible, escapedBytes)}'`;
    return /^(?:[\w@%+:,./-]+|-[\w@%+:,./=-]+)$/.test(word) ? word : `'${word.replace(/'/g, String.raw`'\''`)}'`;
}

/** A half of a surrogate pair stands for a byte that is no UTF-8, U+DC80 for 0x80 and so on; no other comes of bytes. */
function escapedBytes(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    const wellFormed = code >= 0xd800 && code <= 0xdfff ? '\ufffd' : character;
    // By bytes, for what \u means depends on the shell's locale.
    const bytes = [...new TextEncoder().encode(wellFormed)];
    return shortEscapes[character] ?? bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function quoted(word: string): string {
    if (word.search(invisible) >= 0) return `$'${word.replace(/[\\']/g, String.raw`\$&`).replace(invisible, escaped)}'`;
    return /^[^\s'"\\]+$/.test(word) ? word : `'${word.replace(/'/g, String.raw`'\''`)}'`;
}

/** At most so many UTF-16 code units, and one more where that would part a pair of them. */
function cut(text: string, longest: number): string {
    const end = longest + (/[\ud800-\udbff]/.test(text.charAt(longest - 1)) ? 1 : 0);
    return text.length > end ? `${text.slice(0, end)}…` : text;
}

/** JSON that may be printed and shown anywhere: the same value, with what can't be seen written as `\u009b`. */
export function visibleJson(value: unknown, indent = 2): string {
    return JSON.stringify(value, null, indent).replace(invisible, (character) => {
        // Line ends are the layout's; those in strings are escaped already.
        return character === '\n' ? character : character.split('').map(escapeUnit).join('');
    });
}

function escapeUnit(unit: string): string {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// Controls, format characters (bidirectional, zero-width, tags), halves of surrogate pairs, separators, and what else
// Unicode says is drawn as nothing: fillers, variation selectors.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function spell(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return byteEscape(character) ?? `<U+${hex.toUpperCase().padStart(4, '0')}>`;
}

/** As in `$'…'`. */
function escaped(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    const long = code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
    return byteEscape(character) ?? long;
}

/** What is one byte: of ASCII, or none of UTF-8, which a surrogate from U+DC80 to U+DCFF stands for. */
function byteEscape(character: string): string | undefined {
    const code = character.codePointAt(0) ?? 0;
    const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
    if (byte >= 0x80 && byte === code) return undefined;
    return shortEscapes[character] ?? `\\x${byte.toString(16).padStart(2, '0')}`;
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };
