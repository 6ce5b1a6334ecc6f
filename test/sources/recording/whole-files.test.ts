import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
    appendFileSync,
    lstatSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readWhole, writeWhole } from '../../../src/sources/recording/whole-files';

describe('whole files', () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'whole-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('are read up to a size, and no further', async () => {
        const file = join(folder, 'four');
        writeFileSync(file, 'four');
        assert.deepEqual(await readWhole(file, 4), { ok: true, value: 'four' });
        assert.equal((await readWhole(file, 3)).ok, false);
        assert.equal((await readWhole('/dev/zero', 1024)).ok, false, 'which never ends');
    });

    it('that cannot be read are explained', async () => {
        assert.deepEqual(await readWhole(folder, 4), { ok: false, why: 'it is a directory' });
        assert.deepEqual(await readWhole('/dev/null', 4), { ok: false, why: 'it is no file' });
        const missing = { ok: false, why: 'there is no such file or directory' };
        assert.deepEqual(await readWhole(join(folder, 'missing'), 4), missing);
    });

    it('are no pipes, which nobody may ever write to', async () => {
        const pipe = join(folder, 'pipe');
        execFileSync('mkfifo', [pipe]);
        assert.deepEqual(await readWhole(pipe, 4), { ok: false, why: 'it is no file' });
    });

    it('that change while they are read are refused', async () => {
        const file = join(folder, 'growing');
        writeFileSync(file, 'x'.repeat(8 * 1024 * 1024));
        let isRead = false;
        const reading = readWhole(file, 16 * 1024 * 1024).finally(() => (isRead = true));
        // Whenever the read begins and ends, there is a change in between.
        while (!isRead) {
            appendFileSync(file, 'y');
            await setImmediate();
        }
        const { ok, ...rest } = await reading;
        assert.ok(!ok && /^it changed while it was read/.test((rest as { readonly why: string }).why));
    });

    it('are written for their owner alone, and leave nothing beside them', async () => {
        const file = join(folder, 'new');
        assert.equal((await writeWhole(file, 'text')).ok, true);
        assert.equal(readFileSync(file, 'utf8'), 'text');
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.deepEqual(readdirSync(folder), ['new']);
    });

    it('are written where a link leads', async () => {
        writeFileSync(join(folder, 'file'), 'old');
        symlinkSync('file', join(folder, 'link'));
        assert.equal((await writeWhole(join(folder, 'link'), 'new')).ok, true);
        assert.equal(lstatSync(join(folder, 'link')).isSymbolicLink(), true);
        assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'new');
    });

    it('never take the place of what is no file', async () => {
        const path = join(folder, 'socket');
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(path, resolve));
        assert.deepEqual(await writeWhole(path, 'text'), { ok: false, why: 'it is no file' });
        assert.deepEqual(await writeWhole(folder, 'text'), { ok: false, why: 'it is a directory' });
        assert.equal(statSync(path).isSocket(), true);
        await new Promise((resolve) => server.close(resolve));
    });
});
