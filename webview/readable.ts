/**
 * Foreign text as a person may safely read it: what would be invisible, or would turn the text around, is spelled out,
 * and what goes beyond the limit (in characters) is cut, visibly.
 */
export function readable(text: string, limit: number): string {
    const kept = text.length > limit ? cutTo(text, limit) : text;
    return kept.replace(unreadable, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return code < 0x100 ? `\\x${hexadecimal(code, 2)}` : `U+${hexadecimal(code, 4).toUpperCase()}`;
    });
}

function cutTo(text: string, limit: number): string {
    // Twice the limit in code units holds at least `limit` characters, and spares us the rest of a hostile megabyte.
    const characters = [...text.slice(0, limit * 2)];
    const isLonger = characters.length > limit || text.length > limit * 2;
    return isLonger ? `${characters.slice(0, limit).join('')}…` : text;
}

/** Controls, format characters (bidirectional, zero-width), line and paragraph separators, halves of characters. */
const unreadable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function hexadecimal(code: number, digits: number): string {
    return code.toString(16).padStart(digits, '0');
}
