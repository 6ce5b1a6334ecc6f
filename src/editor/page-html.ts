/** The document that the picture's page starts as: its policy, its style and its one script. */
export function pageHtml(parts: PageParts): string {
    const nonce = attribute(parts.nonce);
    const policy = [
        "default-src 'none'",
        `script-src 'nonce-${parts.nonce}'`,
        `style-src ${parts.cspSource} 'nonce-${parts.nonce}'`,
        "base-uri 'none'",
        "form-action 'none'",
    ].join('; ');
    // The toolkit reads csp-nonce for the style elements that it makes.
    return `<!DOCTYPE html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta property="csp-nonce" content="${nonce}">
    <title>Docker Runtime</title>
    <link rel="stylesheet" nonce="${nonce}" href="${attribute(parts.styleUri)}">
</head>
<body>
    <div id="page"></div>
    <script nonce="${nonce}" src="${attribute(parts.scriptUri)}"></script>
</body>
</html>
`;
}

export interface PageParts {
    /** New for every document, and not to be guessed: with it a script may run. */
    readonly nonce: string;
    /** `Webview.cspSource`. */
    readonly cspSource: string;
    readonly scriptUri: string;
    readonly styleUri: string;
}

function attribute(text: string): string {
    return text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
