// What VS Code calls inside its extension host, in place of a person: runs the suite beside this file.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { reportPrefix, runAndCount } from '../lab/mocha-counts.mjs';

export async function run(): Promise<void> {
    const mocha = new Mocha({ color: true, timeout: 30_000, grep: process.env['DOCKER_RUNTIME_TEST_GREP'] });
    Mocha.reporters.Base.consoleLog = (...parts) => console.log(reportPrefix + format(...parts));
    for (const file of readdirSync(__dirname).filter((name) => name.endsWith('.test.js'))) {
        mocha.addFile(join(__dirname, file));
    }
    const { failed } = await runAndCount(mocha);
    if (failed > 0) {
        throw new Error(`${failed} failed`);
    }
}
