// Runs test files with mocha and writes down how many passed, failed and were skipped.
//   node test/lab/mocha.mjs [--grep PATTERN] [--count] [--timeout MS] FILE…
// With --count nothing runs: it only says how many tests there are, for a place where they can't run.
import Module from 'node:module';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { runAndCount } from './mocha-counts.mjs';

const { values, positionals } = parseArgs({
    options: { grep: { type: 'string' }, count: { type: 'boolean' }, timeout: { type: 'string', default: '10000' } },
    allowPositionals: true,
});
if (values.count) {
    standInForVscode();
}
const mocha = new Mocha({
    timeout: Number(values.timeout),
    grep: values.grep,
    dryRun: values.count,
    color: process.stdout.isTTY || undefined,
});
positionals.forEach((file) => mocha.addFile(file));
const { failed } = await runAndCount(mocha);
// Not left to mocha: a test that leaves a timer or a socket behind must not keep the whole run waiting.
process.exit(failed > 0 ? 1 : 0);

/** Outside of VS Code its module does not exist; to count the tests that use it, their files must still load. */
function standInForVscode() {
    /** @type {object} */
    const anything = new Proxy(function () {}, {
        get: (_, name) => (name === Symbol.toPrimitive ? () => '' : anything),
        apply: () => anything,
        construct: () => anything,
    });
    const modules = /** @type {{ _load(request: string, ...rest: unknown[]): unknown }} */ (
        /** @type {unknown} */ (Module)
    );
    const load = modules._load;
    modules._load = (request, ...rest) => (request === 'vscode' ? anything : load.call(Module, request, ...rest));
}
