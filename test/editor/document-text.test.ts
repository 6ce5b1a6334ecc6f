import assert from 'node:assert/strict';
import { commandLineText, documentText } from '../../src/editor/document-text';
import { visibleArgv } from '../../src/present/plain-text';
import { cannotBeSeen, hostileTexts } from '../hostile-texts';

describe('the text of a document about a container', () => {
    it('is JSON that means the same, without anything that can’t be seen', () => {
        const value = {
            Id: 'ab'.repeat(32),
            Config: { Labels: Object.fromEntries(hostileTexts.entries()), Env: ['A=b'] },
        };
        const text = documentText(value, true);
        assert.deepEqual(JSON.parse(text), value);
        assert.match(text, /^\{\n {4}"Id": "abab/);
        assert.doesNotMatch(text.replaceAll('\n', ''), cannotBeSeen);
        assert.match(documentText(value, false), /"A=••••"/);
    });

    it('says that it is not shown where it is deeper or wider than any container', () => {
        const sentence = /^\/\/ It is not shown: it has more than 500,000 values, or more than 30 levels of them\.\n$/;
        const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
        assert.match(documentText(deep(30), false), /^\[\n {4}\[/);
        for (const levels of [31, 300_000, 2_000_000]) assert.match(documentText(deep(levels), false), sentence);
        const nested: unknown = JSON.parse(`${'{"a":'.repeat(200_000)}null${'}'.repeat(200_000)}`);
        assert.match(documentText({ Config: { Labels: nested } }, true), sentence);
        assert.match(documentText(new Array<number>(499_999).fill(1), false), /^\[\n/);
        assert.match(documentText(new Array<number>(500_000).fill(1), false), sentence);
    });

    it('is bounded, however the values stand', () => {
        let widest: unknown = new Array<number>(499_960).fill(1);
        for (let level = 2; level < 30; level++) widest = [widest];
        assert.ok(documentText(widest, false).length < 65_000_000);
    });

    it('may be of anything', () => {
        for (const value of [null, 7, '', [], {}])
            assert.equal(documentText(value, false), `${JSON.stringify(value)}\n`);
    });
});

describe('the text of a document about a command line', () => {
    it('has an argument a line, whatever is in it, and says below what is cut off', () => {
        const argv = ['sh', '-c', 'echo a\n\u001b', '', '# Truncated: no', '#'];
        assert.equal(
            commandLineText({ argv, argvTruncated: true }, false),
            [
                'sh',
                '-c',
                String.raw`$'echo a\n\x1b'`,
                "''",
                "'# Truncated: no'",
                '#',
                '# Truncated: it is longer than 64 KiB, and no more of it is read.',
                '',
            ].join('\n'),
        );
        const lines = commandLineText({ argv: hostileTexts }, false).split('\n');
        assert.deepEqual(lines, [...hostileTexts.map((one) => visibleArgv([one], Infinity)), '']);
        for (const line of lines) assert.doesNotMatch(line, /^# /);
        for (const line of lines) assert.doesNotMatch(line, cannotBeSeen);
    });

    it('says where it is from a recording, and where there is none', () => {
        const recorded = commandLineText({ argv: ['java'], argvTruncated: true }, true).split('\n');
        assert.deepEqual(recorded, [
            '# From a recording, which holds 4 KiB of a command line at most.',
            'java',
            '# Truncated: it was longer than 4 KiB.',
            '',
        ]);
        assert.match(commandLineText({ argv: [] }, false), /^# It is empty, as it is for zombies .*\n$/);
    });
});
