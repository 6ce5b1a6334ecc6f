import assert from 'node:assert/strict';
import { pageHtml } from '../../src/editor/page-html';

const parts = {
    nonce: 'bm9uY2U',
    cspSource: 'https://*.vscode-cdn.net',
    scriptUri: 'https://file+.vscode-resource.vscode-cdn.net/dist/page.js',
    styleUri: 'https://file+.vscode-resource.vscode-cdn.net/media/page.css?a=1&b=2',
};

describe('the document of the page', () => {
    const html = pageHtml(parts);
    const policy = (/Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '').split('; ');

    it('allows nothing but its script and its style', () => {
        assert.deepEqual(policy, [
            "default-src 'none'",
            "script-src 'nonce-bm9uY2U'",
            "style-src https://*.vscode-cdn.net 'nonce-bm9uY2U'",
            "base-uri 'none'",
            "form-action 'none'",
        ]);
    });

    it('has one script, with the nonce, and nothing inline', () => {
        assert.deepEqual(html.match(/<script[^>]*>.*?<\/script>/gs), [
            `<script nonce="bm9uY2U" src="${parts.scriptUri}"></script>`,
        ]);
        assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|unsafe/);
    });

    it('writes addresses as text', () => {
        assert.ok(html.includes('page.css?a=1&#38;b=2"'));
        assert.ok(!pageHtml({ ...parts, scriptUri: '"><script>alert(1)</script>' }).includes('<script>'));
    });
});
