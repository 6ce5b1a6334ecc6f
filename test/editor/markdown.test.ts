import assert from 'node:assert/strict';
import fc from 'fast-check';
import { literal, withoutLinks } from '../../src/editor/markdown';

describe('a stranger’s text in Markdown', function () {
    this.timeout(20_000);
    it('keeps words readable in the source', () => {
        assert.equal(literal('nginx worker 12, for 3 minutes'), 'nginx worker 12, for 3 minutes');
        assert.equal(literal('größe 日本'), 'größe 日本');
    });

    it('has nothing left that Markdown, HTML, an autolink or an icon could be made of', () => {
        fc.assert(
            fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostile)), (text) => {
                const markdown = literal(text);
                assert.match(markdown, /^(?:[\p{L}\p{N}\p{M}\p{C} ,·→…–—]|&#\d+;)*$/u);
                assert.equal(decoded(markdown), text.trim().replace(/\s+/gu, ' '));
            }),
            { numRuns: 2_000 },
        );
    });
});

function decoded(markdown: string): string {
    return markdown.replace(/&#(\d+);/g, (_whole, code: string) => String.fromCodePoint(Number(code)));
}

const hostile = [
    '](command:workbench.action.quit)',
    '[x](https://evil.example)',
    'https://evil.example',
    'www.evil.example',
    'a@evil.example',
    '<img src=x onerror=alert(1)>',
    '&lt;b&gt; &#60;',
    '$(trash) $(sync~spin)',
    '``` x ``` `y`',
    '# x\n===\n- y\n1. z\n    code',
    '**a** _b_ ~~c~~ | d | e',
    '\\[x\\]',
];

describe('a stranger’s text in a notification', () => {
    it('is no link, neither to a page nor to a command', () => {
        const link = /\[[^\]]+\]\([^)\s]+/;
        for (const text of ['[Retry](command:workbench.action.quit).json', '[a](https://example.com "b")']) {
            assert.match(text, link);
            assert.doesNotMatch(withoutLinks(text), link);
        }
    });
});
