// Programs of the operating system that the tests need: which are missing, and how to get them.
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './process-tree.mjs';

/** Programs that the tests need, and the Debian package that brings each. */
const debianPackages = {
    dockerd: 'docker.io',
    containerd: 'containerd',
    runc: 'runc',
    busybox: 'busybox-static',
    docker: 'docker.io',
    ip: 'iproute2',
    ps: 'procps',
    openssl: 'openssl',
    runsc: 'runsc',
    podman: 'podman',
    conmon: 'conmon',
    rootlesskit: 'rootlesskit',
    newuidmap: 'uidmap',
    ssh: 'openssh-client',
    'ssh-keygen': 'openssh-client',
    sshd: 'openssh-server',
    chromium: 'chromium',
    make: 'make',
    'g++': 'g++',
    cc: 'gcc libc6-dev',
    python3: 'python3',
};

/** @typedef {keyof typeof debianPackages} Program */

/** @type {readonly Program[]} a Docker engine of the tests' own, and an image for it */
export const programsForDocker = ['dockerd', 'docker', 'containerd', 'runc', 'busybox', 'ip', 'ps'];
/** @type {readonly Program[]} runtimes and engines beside the usual ones */
export const programsForOtherRuntimes = ['runsc', 'podman', 'conmon', 'rootlesskit', 'newuidmap'];
/** @type {readonly Program[]} another machine to log into, which is this one, and who makes certificates */
export const programsForRemotes = ['ssh', 'ssh-keygen', 'sshd', 'openssl'];
/** @type {readonly Program[]} what some answers are compared with, and who makes certificates for it */
export const programsForWitnesses = ['docker', 'ps', 'openssl'];
/** @type {readonly Program[]} a browser to show a workbench in */
export const programsForBrowser = ['chromium'];
/** @type {readonly Program[]} what node-gyp builds with */
export const programsForNativeModules = ['make', 'g++', 'python3'];

/**
 * The programs that are missing.
 * @param {readonly Program[]} programs
 */
export function missingPrograms(programs) {
    return programs.filter((program) => (program === 'chromium' ? !findBrowser() : !findProgram(program)));
}

/**
 * Installs from Debian's or Ubuntu's packages what is missing, where we may. Nothing is ever removed for it (a
 * Docker of another origin stays).
 * @param {readonly Program[]} programs
 */
export async function installPrograms(programs) {
    const missing = missingPrograms(programs);
    if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) {
        return;
    }
    const packages = missing.map((program) => debianPackages[program]);
    console.log(`Installing with apt-get: ${packages.join(' ')} …`);
    const install = ['install', '-y', '--no-install-recommends', '--no-remove', ...packages];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    let result = await run('apt-get', install, { env });
    if (result.status !== 0) {
        await run('apt-get', ['update'], { env }); // a machine whose lists are absent or old
        result = await run('apt-get', install, { env });
    }
    if (result.status !== 0) {
        console.log(`apt-get failed:\n${result.output.trim().split('\n').slice(-5).join('\n')}`);
    }
}

/**
 * What to install by hand, in one line.
 * @param {readonly Program[]} programs
 */
export function describeMissing(programs) {
    const packages = programs.map((program) => debianPackages[program]).join(' ');
    return `missing: ${programs.join(', ')} (on Debian or Ubuntu: apt-get install --no-install-recommends ${packages})`;
}

/** @returns {string | undefined} path of a Chromium or Chrome */
export function findBrowser() {
    const given = process.env['CHROMIUM'];
    if (given) {
        return given;
    }
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    return (
        ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'].map(findProgram).find(Boolean) ??
        (existsSync(mac) ? mac : undefined)
    );
}

/**
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function findProgram(name) {
    // Daemons live in sbin, which an ordinary user's PATH may lack.
    const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
    const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
    return folders.flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix))).find(isFile);
}

/** @param {string} path */
function isFile(path) {
    try {
        return statSync(path).isFile();
    } catch {
        return false; // also where we may not look: after sudo -u, the PATH may still name another user's folders
    }
}
