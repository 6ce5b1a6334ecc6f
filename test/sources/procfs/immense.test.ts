import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openProcfs, type Procfs } from '../../../src/sources/procfs/reader-client';
import { residentBytes } from '../../lab/processes';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';
import { readerPath, readersOf, succeeded } from './readers';

const terabyte = 2 ** 40;

describe('a command line of immense size', function () {
    this.timeout(30_000);
    let proc: ProcDirectory;
    let procfs: Procfs;

    beforeEach(() => {
        proc = makeProcDirectory();
        for (const pid of [1, 2, 3]) {
            proc.write({ [`${pid}/stat`]: statLine({ pid }), [`${pid}/cmdline`]: `sleep\0${pid}\0` });
        }
        procfs = openProcfs({ root: proc.root, readerPath, deadlineMilliseconds: 10_000 });
    });
    afterEach(() => {
        procfs.dispose();
        proc.dispose();
    });

    const commandOf = async (pid: number) => {
        const { processes } = succeeded(await procfs.look({ full: true }));
        assert.equal(processes.length, 3);
        return processes.find((process) => process.pid === pid);
    };

    it('is cut off, said to be, and costs the reader no memory: a terabyte', async () => {
        await commandOf(2);
        const [reader = assert.fail()] = readersOf(proc.root);
        const before = residentBytes(reader);
        proc.write({ '2/cmdline': 'java\0-Xmx1t\0' });
        truncateSync(join(proc.root, '2/cmdline'), terabyte);
        for (let looks = 0; looks < 10; looks++) {
            const command = await commandOf(2);
            assert.deepEqual([command?.argv?.slice(0, 2), command?.argvTruncated], [['java', '-Xmx1t'], true]);
            assert.ok((command?.argv?.join(' ').length ?? Infinity) <= 4096);
        }
        assert.deepEqual(readersOf(proc.root), [reader], 'it is still the same process');
        assert.ok(residentBytes(reader) - before <= 20e6, `${residentBytes(reader) - before} bytes more`);
    });

    it('is cut off at 64 KiB where a document shows it, and said to be', async () => {
        proc.write({ '2/cmdline': 'java\0-Xmx1t\0' });
        truncateSync(join(proc.root, '2/cmdline'), terabyte);
        const command = await procfs.commandLine({ pid: 2, startTicks: 1002 });
        assert.ok('argv' in command);
        assert.deepEqual([command.argv.slice(0, 2), command.argvTruncated], [['java', '-Xmx1t'], true]);
        assert.equal(command.argv.join('\0').length, 64 * 1024 - 1, 'what ends the last one is no argument');
    });

    it('is cut off, and said to be: 10,000 arguments of 100 bytes', async () => {
        const texts = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(100, 'x'));
        proc.write({ '2/cmdline': `${texts.join('\0')}\0` });
        const command = await commandOf(2);
        assert.equal(command?.argvTruncated, true);
        assert.deepEqual(command?.argv, texts.join('\0').slice(0, 4096).split('\0'));
    });

    it('is cut off between two characters', async () => {
        for (const prefix of ['', 'x', 'xx']) {
            proc.write({ '2/cmdline': `${prefix}${'\u65e5'.repeat(2_000)}\0` });
            const most = Math.floor((4096 - prefix.length) / 3);
            assert.deepEqual((await commandOf(2))?.argv, [prefix + '\u65e5'.repeat(most)]);
        }
    });
});
