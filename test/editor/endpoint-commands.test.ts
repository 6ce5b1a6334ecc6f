import assert from 'node:assert/strict';
import type { CommandTable } from '../../src/editor/commands';
import type { Hierarchy } from '../../src/editor/hierarchy';
import { withVscode } from './load-settings';

describe('the choice of an endpoint', () => {
    const choices = [
        { setting: 'unix:///run/docker.sock', endpoint: 'unix:///run/docker.sock', foundBy: 'the default socket' },
        { setting: 'context://far', endpoint: 'tcp://far:2375', foundBy: 'the docker context "far"' },
    ];
    /** What the settings hold. */
    let written: unknown;
    /** What a person was asked, and answers. */
    let asked: readonly unknown[];
    let answer: string | undefined;
    let commands: CommandTable;

    const vscode = {
        ConfigurationTarget: { Global: 1 },
        workspace: {
            getConfiguration: () => ({
                inspect: () => ({ globalValue: written }),
                update: async (_name: string, value: unknown) => void (written = value),
            }),
        },
        window: {
            showWarningMessage: async (
                question: string,
                options: { readonly modal: boolean; readonly detail: string },
            ) => {
                asked = [...asked, question, options.modal, options.detail];
                return answer;
            },
        },
    };

    before(async () => {
        const { endpointCommands } = await withVscode(vscode, () => import('../../src/editor/endpoint-commands'));
        commands = endpointCommands(
            { recording: {} } as Hierarchy,
            async () => choices,
            async (endpoint) => (endpoint.startsWith('tcp:') ? 'It is far away.' : undefined),
        );
    });
    beforeEach(() => {
        [written, asked, answer] = [undefined, [], undefined];
    });

    const choose = (setting: string) => commands['dockerRuntime.chooseEndpoint']?.(setting);

    it('is written at once where nothing speaks against it, and so is what takes it back', async () => {
        assert.deepEqual(await choose('unix:///run/docker.sock'), ['unix:///run/docker.sock']);
        assert.deepEqual(written, ['unix:///run/docker.sock']);
        assert.deepEqual(await choose(''), []);
        assert.deepEqual(asked, []);
    });

    it('waits for a person’s word where the daemon may be another’s, and is left without it', async () => {
        assert.equal(await choose('context://far'), undefined);
        assert.equal(written, undefined);
        assert.deepEqual(asked, ['Ask the daemon at tcp://far:2375?', true, 'It is far away.']);
        answer = 'Ask This Daemon';
        assert.deepEqual(await choose('context://far'), ['context://far']);
        assert.deepEqual(written, ['context://far']);
    });
});
