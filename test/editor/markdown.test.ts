import assert from 'node:assert/strict';
import fc from 'fast-check';
import { literal, withoutIcons, withoutLinks } from '../../src/editor/markdown';
import { hostileTexts } from '../hostile-texts';

describe('a stranger’s text in Markdown', function () {
    this.timeout(20_000);
    it('keeps words readable in the source', () => {
        assert.equal(literal('nginx worker 12, for 3 minutes'), 'nginx worker 12, for 3 minutes');
        assert.equal(literal('größe 日本'), 'größe 日本');
    });

    it('has nothing left that Markdown, HTML, an autolink or an icon could be made of', () => {
        fc.assert(
            fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileTexts)), (text) => {
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

describe('a stranger’s text in a notification', () => {
    it('is no link, neither to a page nor to a command', () => {
        // As the workbench looks for them: parseLinkedText of linkedText.ts.
        const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
        const texts = [...hostileTexts, '[Retry](command:workbench.action.quit).json', '[a](https://example.com "b")'];
        assert.ok(texts.filter((text) => link.test(text)).length > 5);
        for (const text of texts) assert.doesNotMatch(withoutLinks(text), link);
    });
});

describe('a stranger’s text in a quick pick', () => {
    it('is no icon, and is shown as it is', () => {
        // As the workbench looks for them: renderLabelWithIcons of iconLabels.ts.
        const icon = /(\\)?\$\(([a-z0-9-]+(?:~[a-z]+)?)\)/gi;
        const shown = (text: string) => text.replace(icon, (all, escaped?: string) => (escaped ? all.slice(1) : '■'));
        assert.ok(hostileTexts.filter((text) => shown(text) !== text).length > 5);
        for (const text of hostileTexts)
            assert.equal(shown(withoutIcons(text)).replaceAll('\\$(', '$('), text.replaceAll('\\$(', '$('));
    });
});
