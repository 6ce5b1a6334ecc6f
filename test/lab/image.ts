import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { observe, run } from './command';
import type { Client, Laboratory } from './dockerd';
import { idleProgram } from './idle-program';

/** The image's name in every private dockerd. */
export const testImage = 'lab:test';

/** What busybox is called inside. */
const applets = ['cat', 'echo', 'false', 'httpd', 'kill', 'ls', 'ps', 'sh', 'sleep', 'top', 'true'];

/**
 * Imports a root file system made on the spot, because no registry can be asked: busybox, and programs that are only
 * called like a daemon or a shim and do nothing at all, for containers that pretend.
 */
export async function importTestImage(laboratory: Laboratory, dockerd: Client): Promise<void> {
    await importImage(dockerd, testImage, rootFolder(laboratory));
}

/** `changes` are Dockerfile instructions, as `docker import --change` takes them. */
export async function importImage(
    dockerd: Client,
    name: string,
    folder: string,
    changes: readonly string[] = [],
): Promise<void> {
    const archive = `${folder}.tar`;
    await run('tar', ['-C', folder, '-cf', archive, '.']);
    await dockerd.docker('import', ...changes.flatMap((change) => ['--change', change]), archive, name);
}

/** The path of a folder that holds the root file system. */
export function rootFolder(laboratory: Laboratory): string {
    const root = join(laboratory.folder, 'rootfs');
    const programs = join(root, 'bin');
    // Made once in a laboratory; several daemons import it.
    if (mkdirSync(programs, { recursive: true }) === undefined) return root;
    const busybox = '/bin/busybox';
    if (readFileSync(busybox).subarray(0, 4096).includes('ld-linux')) {
        throw new Error('busybox needs libraries here, and the image has none: apt-get install busybox-static');
    }
    copyFileSync(busybox, join(programs, 'busybox'));
    for (const applet of applets) symlinkSync('busybox', join(programs, applet));
    for (const name of ['containerd-shim-runc-v2', 'dockerd', 'docker-proxy']) {
        writeFileSync(join(programs, name), idleProgram(), { mode: 0o755 });
    }
    return root;
}

/** The path of a folder with a root file system in which a dockerd can run: a nested one. */
export async function rootFolderWithDaemons(laboratory: Laboratory): Promise<string> {
    const root = join(laboratory.folder, 'rootfs-daemons');
    await run('cp', ['-a', rootFolder(laboratory), root]);
    for (const folder of ['tmp', 'etc', 'run', 'var']) mkdirSync(join(root, folder));
    for (const program of ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc']) {
        const [, path = ''] = /: (\S+)/.exec(await run('whereis', ['-b', program])) ?? [];
        await copyProgram(path, root);
    }
    return root;
}

/**
 * The path of a folder with a root file system that holds the terminal program and the Node that runs it, both readable
 * for everybody: for containers, and for users who can't look into the repository.
 */
export async function rootFolderWithTerminal(laboratory: Laboratory): Promise<string> {
    const root = join(laboratory.folder, 'rootfs-terminal');
    // Made once in a laboratory, as the other one.
    if (existsSync(root)) return root;
    await run('cp', ['-a', rootFolder(laboratory), root]);
    await copyProgram(process.execPath, root);
    for (const file of ['cli.js', 'reader.js', 'dockerode.js', 'containerd.js'])
        copyFileSync(resolve('dist', file), join(root, file));
    return root;
}

async function copyProgram(path: string, root: string): Promise<void> {
    const inside = join(root, 'bin', basename(path));
    rmSync(inside, { force: true });
    copyFileSync(path, inside);
    // `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, or `/lib64/ld-linux-x86-64.so.2 (0x…)`
    const { stdout } = await observe('ldd', [path]);
    for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
        mkdirSync(join(root, dirname(library)), { recursive: true });
        copyFileSync(library, join(root, library));
    }
}
