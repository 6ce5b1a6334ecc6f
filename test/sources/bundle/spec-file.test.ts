import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpecFile } from '../../../src/sources/bundle/spec-file';
import { isAnyFileHanging } from '../../../src/sources/hanging-files';
import { promptly } from '../../lab/busyness';
import { until } from '../../until';

describe("a bundle's config.json", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
        folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'dr-'))), 'lab', 'own');
        file = join(folder, 'config.json');
        mkdirSync(folder, { recursive: true });
    });
    afterEach(() => rmSync(join(folder, '../..'), { recursive: true }));

    const read = () => readSpecFile({ namespace: 'lab', id: 'own', folders: [`${folder}-not`, folder] });

    async function reasonAndDetail() {
        const answer = await read();
        assert.ok('reason' in answer);
        return `${answer.reason}: ${answer.detail}`;
    }

    it('is read from the first folder that has it', async () => {
        writeFileSync(file, '{"ociVersion":"1.0.2"}');
        assert.deepEqual(await read(), { value: { ociVersion: '1.0.2' } });
    });

    it('is gone where no folder has it', async () => {
        assert.match(await reasonAndDetail(), /^gone: /);
    });

    it('is never read through a symbolic link: neither of the file nor of a folder', async () => {
        const secret = join(folder, '../secret');
        mkdirSync(secret);
        writeFileSync(join(secret, 'config.json'), '{"secret":true}');
        symlinkSync(join(secret, 'config.json'), file);
        assert.match(await reasonAndDetail(), /^malformed: .*ELOOP/);
        rmSync(folder, { recursive: true });
        symlinkSync(secret, folder);
        assert.match(await reasonAndDetail(), /^malformed: .*it leads to /);
    });

    it('is refused where it is no file, too large, or no JSON, and nothing is waited for', async () => {
        execFileSync('mkfifo', [file]);
        assert.match(await reasonAndDetail(), /^malformed: .*it is no file/);
        rmSync(file);
        writeFileSync(file, '');
        assert.match(await reasonAndDetail(), /^malformed: .*JSON/);
        truncateSync(file, 5 * 1024 * 1024);
        assert.match(await reasonAndDetail(), /^malformed: .*larger than 4 MiB/);
    });

    it('is a gap where it does not answer, in time; and is asked again once it does', async () => {
        writeFileSync(file, '{}');
        const { open } = files;
        let answer = () => {};
        const answered = new Promise<void>((resolve) => (answer = resolve));
        let opened = 0;
        files.open = (async (...asked: Parameters<typeof open>) => {
            if (asked[0] !== file) return open(...asked);
            opened++;
            await answered;
            return open(...asked);
        }) as typeof open;
        try {
            for (const boundMs of [1_500, 200]) {
                const told = reasonAndDetail();
                await promptly(boundMs, told);
                assert.equal(await told, `timeout: ${file} does not answer`);
            }
            assert.equal(opened, 1, 'each of them holds a thread');
        } finally {
            files.open = open;
            answer();
            await until(async () => !(await isAnyFileHanging()));
        }
        assert.deepEqual(await read(), { value: {} });
    }).timeout(10_000);

    it("is not sought in a working directory that is no bundle's", async () => {
        const answer = await readSpecFile({ namespace: 'lab', id: 'own', shimPid: process.pid, folders: [] });
        assert.ok('reason' in answer && answer.reason === 'gone');
    });
});
