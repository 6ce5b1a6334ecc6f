import Module from 'node:module';
import type { Settings } from '../../src/editor/settings';

let inspect: (name: string) => unknown;
const vscode = { workspace: { getConfiguration: () => ({ inspect: (name: string) => inspect(name) }) } };

/** How the extension reads its settings. */
export async function loadSettings(told: (name: string) => unknown): Promise<{ readSettings(): Settings }> {
    inspect = told;
    return withVscode(vscode, () => import('../../src/editor/settings'));
}

/** Outside of VS Code its module does not exist; this much of it stands in its place while something is loaded. */
export async function withVscode<Loaded>(vscode: object, load: () => Promise<Loaded>): Promise<Loaded> {
    const modules = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
    const { _load } = modules;
    modules._load = (request, ...rest) => (request === 'vscode' ? vscode : _load.call(Module, request, ...rest));
    try {
        return await load();
    } finally {
        modules._load = _load;
    }
}
