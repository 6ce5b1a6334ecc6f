import { access, lstat, readFile, readlink, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import { userInfo } from 'node:os';
import type { Explanation } from './failure';

/** No file at the socket's path: Docker is not installed, or it is not running. */
export async function explainNoSocket(path: string): Promise<Explanation> {
    const link = await readlink(path).catch(() => undefined);
    const detail =
        link === undefined ? `there is no socket at ${path}` : `${path} is a link to ${link}, which is not there`;
    return { reason: 'unreachable', detail, ...(await howToStart()) };
}

/** Something is at the path, and connecting was refused: a dead daemon's socket, or no socket at all. */
export async function explainNobodyListens(path: string): Promise<Explanation> {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isSocket()) {
        return {
            reason: 'malformed',
            detail: `${path} is ${kindOf(found)}, not a socket`,
            help: 'Name the socket itself, for example unix:///var/run/docker.sock',
        };
    }
    return {
        reason: 'unreachable',
        detail: `nobody listens on ${path}: the daemon that made this socket has ended`,
        ...(await howToStart()),
    };
}

/** The socket is there, and we may not use it: whose it is, who we are, and the two honest ways out. */
export async function explainForbidden(path: string): Promise<Explanation> {
    const me = whoAmI();
    const found = await lstat(path).catch(() => undefined);
    if (!found) {
        return {
            reason: 'forbidden',
            detail: `${me.name} may not enter ${dirname(path)}, where the socket is`,
            help: 'Ask for access to that folder, or use a rootless Docker of your own',
        };
    }
    const socket = (await stat(path).catch(() => undefined)) ?? found;
    const groups = await readNames('/etc/group');
    const users = await readNames('/etc/passwd');
    const group = nameOf(groups, socket.gid);
    const mine = me.groups.map((gid) => nameOf(groups, gid)).join(', ');
    const mode = (socket.mode & 0o777).toString(8).padStart(4, '0');
    const detail =
        `${me.name} may not use ${path}: it belongs to ${nameOf(users, socket.uid)}, group ${group}, mode ${mode}; ` +
        `groups of this session: ${mine || 'none'}`;
    if (me.groups.includes(socket.gid)) {
        return {
            reason: 'forbidden',
            detail,
            help: 'The mode, an access list or a security module forbids it: check how the daemon makes its socket (dockerd --group)',
        };
    }
    const listed = groups.find(({ id }) => id === socket.gid)?.members.includes(me.name);
    return {
        reason: 'forbidden',
        detail,
        help: listed
            ? `${me.name} is in the group ${group} since after this session began: log out and in again, or restart the remote server of VS Code`
            : `Add yourself to its group (sudo usermod -aG ${group} ${me.name}) and log in again; anyone who can use this socket is as good as root here. Rootless Docker needs no such right`,
    };
}

/** What the daemon's files on this machine suggest; nothing is started for the person. */
async function howToStart(): Promise<Pick<Explanation, 'help' | 'remedy' | 'command'>> {
    if (process.platform !== 'linux') {
        // Nothing tells here whether Docker is installed, or which command would start it: so no remedy is named.
        return { help: 'Start Docker Desktop, or whatever runs Docker here; or name another endpoint in the settings' };
    }
    if (await anyExists(systemdUnits)) {
        const command = 'sudo systemctl start docker';
        return { help: `Start Docker: ${command}`, remedy: 'start', command };
    }
    const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
    if (await anyExists(folders.filter(Boolean).map((folder) => join(folder, 'dockerd')))) {
        const command = 'sudo service docker start';
        return { help: `Start Docker: ${command}, or sudo dockerd`, remedy: 'start', command };
    }
    if (await anyExists(folders.filter(Boolean).map((folder) => join(folder, 'docker')))) {
        return {
            help: 'Only the docker client is installed here: name the endpoint of a daemon, or install Docker Engine (https://docs.docker.com/engine/install)',
            remedy: 'install',
        };
    }
    return {
        help: 'Install Docker (https://docs.docker.com/engine/install), or name the socket of another engine in the settings',
        remedy: 'install',
    };
}

const systemdUnits = [
    '/usr/lib/systemd/system/docker.service',
    '/lib/systemd/system/docker.service',
    '/etc/systemd/system/docker.service',
];

async function anyExists(paths: readonly string[]): Promise<boolean> {
    // One after the other: each that hangs holds a thread.
    for (const path of paths) {
        const isThere = await access(path).then(
            () => true,
            () => false,
        );
        if (isThere) return true;
    }
    return false;
}

function kindOf(found: Stats): string {
    if (found.isDirectory()) {
        return 'a folder';
    }
    if (found.isFIFO()) {
        return 'a named pipe';
    }
    return found.isFile() ? 'an ordinary file' : 'a device';
}

function whoAmI(): { readonly name: string; readonly groups: readonly number[] } {
    const groups = [...new Set([...(process.getgroups?.() ?? []), process.getegid?.() ?? -1])].filter(
        (gid) => gid >= 0,
    );
    try {
        return { name: userInfo().username, groups };
    } catch {
        // A user id without an entry in passwd(5), as is usual in containers.
        return { name: `user ${process.getuid?.() ?? 'unknown'}`, groups };
    }
}

interface NamedId {
    readonly name: string;
    readonly id: number;
    readonly members: readonly string[];
}

/** passwd(5) and group(5): name, password, id; a group's fourth field names its members. */
async function readNames(file: string): Promise<readonly NamedId[]> {
    const content = await readFile(file, 'utf8').catch(() => '');
    return content.split('\n').map((line) => {
        const [name = '', , id = '', members = ''] = line.split(':');
        return { name, id: id === '' ? -1 : Number(id), members: members.split(',') };
    });
}

function nameOf(names: readonly NamedId[], id: number): string {
    return names.find((entry) => entry.id === id)?.name ?? String(id);
}
