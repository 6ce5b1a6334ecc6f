import type { CgroupLine, Process } from '../model/process';

const hexId = /(?:^|[-:_])([0-9a-f]{64})$/;
const shortestPathWithId = '/'.length + 64;

/**
 * The ids that a cgroup path names, outermost first: order is nesting. Known forms are `/docker/<id>`,
 * `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`, `libpod-<id>`,
 * `kubepods/burstable/pod<uid>/<id>`, `slice:prefix:<id>`, and `/../<id>` seen from a private cgroup namespace.
 */
export function containerIdsInPath(path: string): readonly string[] {
    // Asked for each line of each process, most of which are in no container.
    if (path.length < shortestPathWithId) return [];
    return path
        .split('/')
        .flatMap((component) => (component.length < 64 ? [] : (hexId.exec(unitName(component))?.[1] ?? [])));
}

export function containerIdsOf(process: Process): ReadonlySet<string> {
    return new Set(process.cgroups?.flatMap((line) => containerIdsInPath(line.path)));
}

/** The part of the path down to the component that names the container, or undefined where none does. */
function pathOfContainer(path: string, containerId: string): string | undefined {
    if (!path.includes(containerId)) return undefined;
    const components = path.split('/');
    const depth = components.findLastIndex((component) => names(component, containerId));
    return depth < 0 ? undefined : components.slice(0, depth + 1).join('/');
}

/** Where the container's cgroups begin, in every hierarchy whose path names it. */
export function cgroupsOfContainer(process: Process, containerId: string): readonly CgroupLine[] {
    return (process.cgroups ?? []).flatMap((line) => {
        const path = pathOfContainer(line.path, containerId);
        return path === undefined ? [] : [{ ...line, path }];
    });
}

/** Ids need not be hexadecimal: `ctr run IMAGE web` makes the cgroup `/default/web`. */
function names(component: string, containerId: string): boolean {
    if (!component.includes(containerId)) return false;
    const name = unitName(component);
    if (name === containerId) return true;
    return name.endsWith(containerId) && '-:_'.includes(name.charAt(name.length - containerId.length - 1));
}

/**
 * systemd's unit suffix and the kernel's mark of a removed cgroup, cgroups(7), are no part of a name. The scope of a
 * conmon bears its container's id, too, but is that of the one outside who holds it.
 */
function unitName(component: string): string {
    const name = withoutEnd(withoutEnd(component, ' (deleted)'), '.scope');
    return /(^|-)conmon-/.test(name) ? '' : name;
}

function withoutEnd(text: string, end: string): string {
    return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
