import assert from 'node:assert/strict';
import * as nodeFileSystem from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import type { FileSystem } from '../../../src/sources/procfs/files';
import { noCommandLine } from '../../../src/sources/procfs/gaps';
import { createProcfsReader } from '../../../src/sources/procfs/reader';
import { makeProcDirectory, statLine, type ProcDirectory } from './proc-directory';

type Step = 'open' | 'read' | 'link' | 'list';

/** The real file system, except for the errors that a test asks for: a real one cannot be made to show them at will. */
function failing(
    errorFor: (step: Step, path: string) => string | undefined,
): FileSystem & { readonly open: Set<number> } {
    const paths = new Map<number, string>();
    const open = new Set<number>();
    const check = (step: Step, path: string) => {
        const code = errorFor(step, path);
        if (code !== undefined) {
            throw Object.assign(new Error(`${code}: made up`), { code });
        }
    };
    return {
        ...nodeFileSystem,
        open,
        openSync: (path, flags) => {
            check('open', String(path));
            const descriptor = nodeFileSystem.openSync(path, flags);
            paths.set(descriptor, String(path));
            open.add(descriptor);
            return descriptor;
        },
        closeSync: (descriptor) => {
            open.delete(descriptor);
            nodeFileSystem.closeSync(descriptor);
        },
        readSync: ((descriptor: number, ...rest: [Buffer, number, number, null]) => {
            check('read', paths.get(descriptor) ?? '');
            return nodeFileSystem.readSync(descriptor, ...rest);
        }) as FileSystem['readSync'],
        readdirSync: ((path: string) => {
            check('list', path);
            return nodeFileSystem.readdirSync(path);
        }) as FileSystem['readdirSync'],
        readlinkSync: ((path: string) => {
            check('link', path);
            return nodeFileSystem.readlinkSync(path);
        }) as FileSystem['readlinkSync'],
    };
}

describe('a proc file system that answers with errors', function () {
    this.timeout(30_000);
    let proc: ProcDirectory;

    before(() => {
        proc = makeProcDirectory({ loadavg: '0 0 0 1/9 9\n' });
        for (const pid of [1, 2, 3, 4]) {
            proc.write({ [`${pid}/stat`]: statLine({ pid, comm: 'containerd-shim' }), [`${pid}/cmdline`]: 'x\0' });
            proc.write({ [`${pid}/cgroup`]: '0::/\n', [`${pid}/status`]: 'Name:\tx\nUid:\t0\t0\t0\t0\n' });
        }
    });
    after(() => proc.dispose());

    const lookWith = (errorFor: (step: Step, path: string) => string | undefined) =>
        createProcfsReader(proc.root, { fileSystem: failing(errorFor) }).look();
    const at = (path: string, code: string, onlyStep?: Step) => (step: Step, actual: string) =>
        actual === join(proc.root, path) && (onlyStep === undefined || step === onlyStep) ? code : undefined;

    it('drops a process that ends before its stat is read, without a word', () => {
        for (const [code, step] of [
            ['ENOENT', 'open'],
            ['ESRCH', 'read'],
        ] as const) {
            const result = lookWith(at('3/stat', code, step));
            assert.ok(result.ok);
            assert.deepEqual([result.processes.map(({ pid }) => pid), result.gaps], [[1, 2, 4], []]);
        }
    });

    it('drops a process that ends between its stat and its command line or cgroup', () => {
        for (const file of ['cmdline', 'cgroup']) {
            const result = lookWith(at(`3/${file}`, 'ESRCH', 'read'));
            assert.ok(result.ok);
            assert.deepEqual([result.processes.map(({ pid }) => pid), result.gaps], [[1, 2, 4], []]);
            let opened = 0; // the first open of stat succeeds, and then the process is gone
            const gone = lookWith((_, path) => {
                const isStat = path === join(proc.root, '3/stat');
                return path === join(proc.root, `3/${file}`) || (isStat && opened++ > 1) ? 'ENOENT' : undefined;
            });
            assert.ok(gone.ok);
            assert.deepEqual(
                gone.processes.map(({ pid }) => pid),
                [1, 2, 4],
            );
        }
    });

    it('says of one command line why it can’t be read, and never tells that of a process that can’t be checked', () => {
        for (const [path, code, told, reason] of [
            ['3/cmdline', 'EACCES', 'EACCES', 'forbidden'],
            ['3/cmdline', 'EPERM', 'EPERM', 'forbidden'],
            ['3/cmdline', 'ESRCH', 'ESRCH', 'gone'],
            ['3/cmdline', 'EIO', 'EIO', 'unreachable'],
            ['3/cmdline', 'EMFILE', 'EMFILE', 'unreachable'],
            ['3/stat', 'ENOENT', 'ESRCH', 'gone'],
            ['3/stat', 'EACCES', 'EACCES', 'forbidden'],
        ] as const) {
            const fileSystem = failing(at(path, code));
            const reader = createProcfsReader(proc.root, { fileSystem });
            assert.deepEqual(reader.commandLine({ pid: 3, startTicks: 1003 }), { refused: told });
            assert.equal(noCommandLine(proc.root, 3, told).reason, reason);
            assert.deepEqual([...fileSystem.open], []);
        }
    });

    for (const code of ['EACCES', 'EPERM']) {
        it(`keeps a process of which ${code} hides a part, and says so once`, () => {
            const result = lookWith((step, path) =>
                /\/[23]\/(cmdline|exe)$/.test(path) && step !== 'read' ? code : undefined,
            );
            assert.ok(result.ok);
            assert.equal(result.processes.length, 4);
            assert.equal(result.processes.find(({ pid }) => pid === 2)?.argv, undefined);
            assert.equal(result.gaps.length, 1);
            assert.equal(result.gaps[0]?.reason, 'forbidden');
            assert.match(
                result.gaps[0]?.detail ?? '',
                new RegExp(`^some processes were only partly readable \\(${code}\\)$`),
            );
        });
    }

    it('says that some processes could not be read at all: a directory is there, its stat is not to be had', () => {
        const result = lookWith(at('3/stat', 'EPERM', 'open'));
        assert.ok(result.ok);
        assert.match(result.gaps[0]?.detail ?? '', /^some processes could not be read \(EPERM\)$/);
    });

    it('says that others are hidden where the mount says so and process 1 is not to be seen', () => {
        const hidden = makeProcDirectory({ '20/stat': statLine({ pid: 20 }) });
        const mount = `23 28 0:21 / ${hidden.root} rw - proc proc rw,hidepid=2\n`;
        hidden.write({ 'self/mountinfo': mount });
        try {
            const result = createProcfsReader(hidden.root).look();
            assert.ok(result.ok);
            assert.deepEqual(
                result.gaps.map(({ reason }) => reason),
                ['forbidden'],
            );
            assert.match(result.gaps[0]?.detail ?? '', /hidepid=2/);
            hidden.write({ '1/stat': statLine({ pid: 1 }) });
            const privileged = createProcfsReader(hidden.root).look();
            assert.deepEqual(privileged.ok && privileged.gaps, []);
        } finally {
            hidden.dispose();
        }
    });

    for (const code of ['EMFILE', 'ENFILE', 'ENOMEM']) {
        it(`fails as a whole on ${code}, which looks like absence and is none`, () => {
            for (const path of ['', '3/stat', '3/cmdline', '3/exe', 'loadavg']) {
                const result = lookWith(at(path, code));
                assert.ok(!result.ok);
                assert.match(result.gap.detail, new RegExp(code));
            }
        });
    }

    it('looks at everything again after a look that failed', () => {
        let isExhausted = false;
        const reader = createProcfsReader(proc.root, {
            fileSystem: failing((_, path) => (isExhausted && path.endsWith('/3/stat') ? 'EMFILE' : undefined)),
        });
        assert.equal(reader.look().ok, true);
        isExhausted = true;
        assert.equal(reader.look({ full: true }).ok, false);
        isExhausted = false;
        const result = reader.look();
        assert.ok(result.ok);
        assert.deepEqual([result.look, result.processes.length], ['steady', 4]);
    });

    it('is never thrown by, tells exactly who is there, and leaves no file open, whatever fails', function () {
        this.timeout(120_000);
        const codes = [undefined, undefined, undefined, 'ENOENT', 'ESRCH', 'EIO', 'EPERM', 'EACCES'] as const;
        fc.assert(
            fc.property(fc.array(fc.constantFrom(...codes), { minLength: 1, maxLength: 60 }), (answers) => {
                let calls = 0;
                let log: Answer[] = [];
                const fileSystem = failing((step, path) => {
                    const code = answers[calls++ % answers.length];
                    log.push({ step, path: relative(proc.root, path), code });
                    return code;
                });
                const reader = createProcfsReader(proc.root, { fileSystem });
                const known = new Set<number>();
                for (let looks = 0; looks < 2; looks++) {
                    log = [];
                    const result = reader.look({ full: looks > 0 && answers.length % 2 === 0 });
                    assert.equal(fileSystem.open.size, 0);
                    const expected = takeInto(known, log);
                    const told = result.ok ? result.processes.map(({ pid }) => pid) : 'nothing';
                    assert.deepEqual(typeof told === 'string' ? told : told.sort(), expected);
                }
            }),
            { seed: 4, numRuns: 10_000 },
        );
    });
});

/** What the file system answered; undefined is no error. */
interface Answer {
    readonly step: Step;
    readonly path: string;
    readonly code: string | undefined;
}

/** The rules again, by what was answered: who is there after a look, or `nothing` where it must fail. */
function takeInto(known: Set<number>, log: readonly Answer[]): readonly number[] | 'nothing' {
    const listing = log.find(({ step, path }) => step === 'list' && path === '');
    if (listing?.code !== undefined) {
        return 'nothing';
    }
    let hidden = 0;
    for (const pid of [1, 2, 3, 4]) {
        const [stat, ...others] = readsOf(pid, log);
        if (!stat) continue; // not looked at: as before
        const isGone = ({ code }: Answer) => code === 'ENOENT' || code === 'ESRCH';
        const endsMeanwhile = others.some((read, index) => {
            const isMain = read.path.endsWith('/cmdline') || read.path.endsWith('/cgroup');
            const statAfter = read.code === 'ENOENT' ? others[index + 1] : undefined;
            return isMain && (read.code === 'ESRCH' || statAfter?.code !== undefined);
        });
        if (stat.code === undefined && !endsMeanwhile) known.add(pid);
        else known.delete(pid);
        if (stat.code !== undefined && !isGone(stat)) hidden++;
    }
    return listing && known.size + hidden === 0 ? 'nothing' : [...known].sort();
}

/** How each file of a process could be read: what was opened without an error was read, too. */
function readsOf(pid: number, log: readonly Answer[]): readonly Answer[] {
    const ofProcess = log.filter(({ path }) => path.startsWith(`${pid}/`));
    return ofProcess.filter(({ step, code }) => step === 'read' || (step === 'open' && code !== undefined));
}
