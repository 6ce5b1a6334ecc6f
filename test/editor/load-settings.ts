import Module from 'node:module';
import type { Settings } from '../../src/editor/settings';

let inspect: (name: string) => unknown;
const vscode = { workspace: { getConfiguration: () => ({ inspect: (name: string) => inspect(name) }) } };

/** How the extension reads its settings: outside of VS Code its module does not exist, of which they only need this. */
export async function loadSettings(told: (name: string) => unknown): Promise<{ readSettings(): Settings }> {
    inspect = told;
    const modules = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
    const load = modules._load;
    modules._load = (request, ...rest) => (request === 'vscode' ? vscode : load.call(Module, request, ...rest));
    try {
        return await import('../../src/editor/settings');
    } finally {
        modules._load = load;
    }
}
