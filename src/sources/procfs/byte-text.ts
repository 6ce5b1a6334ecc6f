/**
 * Text where it is UTF-8; a byte that is none becomes half of a surrogate pair, U+DC80 to U+DCFF, which no UTF-8 can
 * hold (as in Python's surrogateescape, PEP 383). So different bytes are different texts: of a name that anybody may
 * choose, U+FFFD in place of each would hide what it is.
 *
 * Only a text with U+FFFD in it is looked at closely: reading every other one costs what toString does.
 */
export function decodeBytes(bytes: Buffer, start: number, end: number): string {
    const text = bytes.toString('utf8', start, end);
    return text.includes('\ufffd') ? decodeExactly(bytes, start, end) : text;
}

function decodeExactly(bytes: Buffer, start: number, end: number): string {
    let text = '';
    let decoded = start;
    for (let at = start; at < end;) {
        const length = characterLength(bytes, at, end);
        if (length === 0) {
            text += bytes.toString('utf8', decoded, at) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
            decoded = at + 1;
        }
        at += length || 1;
    }
    return text + bytes.toString('utf8', decoded, end);
}

/** In bytes; 0 where none begins: table 3-7 of the Unicode Standard, well-formed UTF-8 byte sequences. */
function characterLength(bytes: Buffer, at: number, end: number): number {
    const first = bytes[at] ?? 0;
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (at + length > end) return 0;
    // Neither longer than need be, nor a surrogate, nor beyond U+10FFFF.
    const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    const second = bytes[at + 1] ?? 0;
    if (second < lowest || second > highest) return 0;
    for (let next = at + 2; next < at + length; next++) {
        if (!isContinuation(bytes[next])) return 0;
    }
    return length;
}

/** Where to cut a text that goes on behind `end`: within a character, its first bytes would look like none. */
export function endOfWholeCharacters(bytes: Buffer, end: number): number {
    for (let before = end; before > end - 4; before--) {
        if (!isContinuation(bytes[before])) return before;
    }
    return end;
}

/** 10xxxxxx: what is no character's first byte. */
function isContinuation(byte: number | undefined): boolean {
    return byte !== undefined && (byte & 0xc0) === 0x80;
}
