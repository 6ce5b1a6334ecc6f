import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';
import type { Dockerd, Laboratory } from './dockerd';
import { idleProgram } from './idle-program';

/** The image's name in every private dockerd. */
export const testImage = 'lab:test';

/** What busybox is called inside. */
const applets = ['cat', 'echo', 'false', 'httpd', 'kill', 'ls', 'ps', 'sh', 'sleep', 'top', 'true'];

/**
 * Imports a root file system made on the spot, because no registry can be asked: busybox, and programs that are only
 * called like a daemon or a shim and do nothing at all, for containers that pretend.
 */
export async function importTestImage(laboratory: Laboratory, dockerd: Dockerd): Promise<void> {
    await importImage(dockerd, testImage, rootFolder(laboratory));
}

/** `changes` are Dockerfile instructions, as `docker import --change` takes them. */
export async function importImage(
    dockerd: Dockerd,
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
