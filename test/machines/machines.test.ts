import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check';

// The tests run from dist/test/machines; the machines stay where they are written.
const folder = join(__dirname, '../../../test/machines');

describe('machines', () => {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
        if (!file.endsWith('.machine')) continue;
        it(file.replace(/\.machine$/, ''), () => {
            check(join(folder, file));
        });
    }
});
