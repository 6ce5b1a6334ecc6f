import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readable } from '../../webview/readable';

describe('foreign text', () => {
    it('is left alone when it can be read', () => {
        for (const text of ['nginx:1.27 · up 3 hours', '<b>', '](command:x)', 'żółw', '🐳', '']) {
            assert.equal(readable(text, 100), text);
        }
    });

    it('spells out what is invisible or turns the text around', () => {
        assert.equal(readable('a\x1b[31mb', 100), 'a\\x1b[31mb');
        assert.equal(readable('gpj.\u202Eexe', 100), 'gpj.U+202Eexe');
        assert.equal(readable('a\nb\u2028c\u200Bd\u{E0041}', 100), 'a\\x0abU+2028cU+200BdU+E0041');
        assert.equal(readable('half \uD83D', 100), 'half U+D83D');
    });

    it('is cut at the limit, visibly', () => {
        assert.equal(readable('12345', 5), '12345');
        assert.equal(readable('123456', 5), '12345…');
        assert.equal(readable('🐳🐳🐳', 2), '🐳🐳…');
        assert.equal(readable('x'.repeat(1_000_000), 3), 'xxx…');
    });

    it('never holds a control or format character, nor more than was asked for', () => {
        const anyText = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes));
        fc.assert(
            fc.property(anyText, fc.nat(50), (text, limit) => {
                const shown = readable(text, limit);
                assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
                assert.ok(shown.length <= limit * 8 + 1);
            }),
        );
    });
});
