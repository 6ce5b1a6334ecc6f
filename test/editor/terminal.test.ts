import assert from 'node:assert/strict';
import { withVscode } from './load-settings';

describe('a command for a terminal', () => {
    it('is typed and not run, and not even typed in a workspace that is not trusted', async () => {
        const told: unknown[] = [];
        const workspace = { isTrusted: false };
        const terminal = { show: () => undefined, sendText: (...typed: unknown[]) => told.push(typed) };
        const window = {
            createTerminal: (name: string) => (told.push(name), terminal),
            showInformationMessage: async (sentence: string) => void told.push(sentence),
        };
        const { typeIntoTerminal } = await withVscode({ workspace, window }, () => import('../../src/editor/terminal'));
        assert.equal(typeIntoTerminal('Docker', 'ls'), false);
        assert.deepEqual(told.splice(0), ['This workspace is not trusted: no command is typed into a terminal here.']);
        workspace.isTrusted = true;
        assert.equal(typeIntoTerminal('Docker', 'ls'), true);
        assert.deepEqual(told, ['Docker', ['ls', false]]);
    });
});
