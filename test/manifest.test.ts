import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly capabilities: {
        readonly untrustedWorkspaces: {
            readonly supported: unknown;
            readonly restrictedConfigurations: readonly string[];
        };
    };
    readonly contributes: {
        readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope?: string }>> };
        readonly viewsWelcome: readonly { readonly contents: string }[];
        readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
        readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>;
    };
};

describe('what strangers may not reach', () => {
    const { configuration, viewsWelcome, commands } = manifest.contributes;
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;

    it('all settings belong to the machine, and none counts in a workspace that nobody trusts', () => {
        const settings = Object.entries(configuration.properties);
        assert.ok(settings.length >= 5);
        for (const [name, { scope }] of settings) assert.equal(scope, 'machine', name);
        assert.deepEqual([...restrictedConfigurations].sort(), settings.map(([name]) => name).sort());
        assert.equal(supported, 'limited');
    });

    it('links in the texts of empty views run only commands of our own', () => {
        const known = new Set(commands.map(({ command }) => command));
        for (const { contents } of viewsWelcome) {
            for (const [, target = ''] of contents.matchAll(/\]\(([^)]*)\)/g)) {
                assert.ok(target.startsWith('command:') && known.has(target.slice('command:'.length)), target);
            }
        }
    });

    it('commands that type into a terminal wait until the workspace is trusted', () => {
        const typing = commands.filter(({ command }) => /\.type[A-Z]/.test(command));
        assert.equal(typing.length, 2);
        for (const { command, enablement = '' } of typing) {
            assert.ok(enablement.split(' && ').includes('isWorkspaceTrusted'), command);
        }
        for (const { file, text } of sources) {
            if (file !== join('editor', 'terminal.ts')) assert.doesNotMatch(text, /createTerminal|sendText/, file);
        }
    });

    it('every notification passes through the one place that takes links out of it', () => {
        for (const { file, text } of sources) {
            if (file === join('editor', 'notifications.ts')) continue;
            assert.doesNotMatch(text, /show(Information|Warning|Error)Message|withProgress/, file);
        }
    });

    it('no source gives a text to a shell, trusts Markdown, or draws HTML', () => {
        for (const { file, text } of sources) {
            assert.doesNotMatch(
                text,
                /\bexec(Sync)?\(['"`]|\bimport \{[^}]*\bexec(Sync)?\b|shell: true/,
                `${file} uses a shell`,
            );
            assert.doesNotMatch(
                text,
                /isTrusted = (?!false)|supportHtml = (?!false)|supportThemeIcons = (?!false)/,
                file,
            );
            assert.doesNotMatch(text, /\beval\(|new Function\(/, file);
        }
    });
});

describe('what a recording can’t answer', () => {
    const { commands, menus } = manifest.contributes;

    it('is not offered while one is shown, neither in the palette nor in a menu', () => {
        const { 'view/title': titles = [], 'view/item/context': rows = [] } = menus;
        for (const id of ['openSpec', 'chooseEndpoint', 'copyFindingCommand', 'typeFindingCommand']) {
            const isIt = (one: { readonly command: string }) => one.command === `dockerRuntime.${id}`;
            assert.match(commands.find(isIt)?.enablement ?? '', /^!dockerRuntime\.recording( && |$)/, id);
            const places = [...titles, ...rows].filter(isIt);
            assert.notEqual(places.length, 0, id);
            for (const { when } of places) assert.match(when, / && !dockerRuntime\.recording$/, id);
        }
    });
});

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(root, 'src', file), 'utf8') }));
