/**
 * A stranger's text as Markdown that shows exactly that text.
 *
 * Every character that Markdown, HTML, the autolinks of GFM or VS Code's `$(icon)` give a meaning becomes a numeric
 * reference: what has no punctuation has no markup. MarkdownString.appendText leaves `https://…`, `<`, `|` and `&`.
 */
export function literal(text: string): string {
    return text
        .trim()
        .replace(/\s+/gu, ' ')
        .replace(/[\p{P}\p{S}]/gu, (character) =>
            harmless.has(character) ? character : `&#${String(character.codePointAt(0))};`,
        );
}

/** They mean nothing to Markdown in the middle of a line, and keep the source readable. */
const harmless = new Set([',', '·', '→', '…', '–', '—']);

/** Notifications make links, also to commands, of `[words](address)`: a file may be called like that. */
export function withoutLinks(text: string): string {
    return text.replace(/\]\(/g, '] (');
}

/** Quick picks draw `$(name)` as an icon; a backslash before it keeps it text. */
export function withoutIcons(text: string): string {
    return text.replace(/\$\(/g, '\\$(');
}
