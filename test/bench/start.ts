import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Plan } from './bench';
import { best, type Report } from './report';

const execute = promisify(execFile);

/** What an editor pays when it starts the extension, and what is in the package. */
export async function measureStart(plan: Plan, report: Report): Promise<void> {
    report.heading('The start', 'in a new node process each, with a stand-in for the module vscode');
    const extension = join(plan.repository, 'dist/extension.js');
    const cold = await best(plan.rounds, () => inNewProcess(`require(${JSON.stringify(extension)})`));
    report.line('require of the extension', cold);
    const activation = await best(plan.rounds, () =>
        inNewProcess(
            `require(${JSON.stringify(extension)}).activate({ subscriptions: [], extensionPath: '/', extensionUri: {} })`,
        ),
    );
    report.line('require and activate', activation);
    const kilobytes = statSync(plan.package).size / 1000;
    report.figure('the packaged extension', `${kilobytes.toFixed(0)} kB`);
    const { stdout } = await execute('npx', ['vsce', 'ls', '--no-dependencies'], { cwd: plan.repository });
    for (const name of stdout.trim().split('\n')) {
        report.figure(`  ${name}`, `${(statSync(join(plan.repository, name)).size / 1000).toFixed(0)} kB unpacked`);
    }
    report.goal('activation', activation, 50, ' ms');
    report.goal('the packaged extension', kilobytes, 500, ' kB');
}

/** In milliseconds, by the clock of the process that it runs in. */
async function inNewProcess(expression: string): Promise<number> {
    const program = `
        // Whatever is asked of the editor is there, can be called and constructed, and does nothing.
        const anything = new Proxy(function () {}, {
            get: (target, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : anything),
            apply: () => anything,
            construct: () => anything,
            getPrototypeOf: () => anything, // which is what a bundle takes a module's members from
        });
        // As many members as the editor's has: a bundle may copy them.
        const members = Array.from({ length: 440 }, (_, index) => ['member' + index, { value: anything, enumerable: true }]);
        const vscode = Object.create(anything, Object.fromEntries(members));
        const Module = require('node:module');
        const load = Module._load;
        Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));
        const begun = performance.now();
        ${expression};
        console.log(performance.now() - begun);
        process.exit();`;
    const { stdout } = await execute(process.execPath, ['-e', program]);
    return Number(stdout);
}
