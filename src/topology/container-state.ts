import type { Container } from '../model/container';
import type { ContainerNode } from './topology';

/**
 * `running`, `running (healthy)`, `exited (137)`: the engine's status without its ages. A row that says `Up 17 seconds`
 * would have to be drawn again every second, and a row that is drawn again can lose a click.
 */
export function stateOf({ state, status }: Container): string {
    const aside = /\(([^)]{1,40})\)/.exec(status)?.[1];
    const word = state === 'unknown' ? status : state;
    return aside === undefined || aside.toLowerCase() === word ? word : `${word} (${aside})`;
}

/** What the list says of a container's health check; undefined where it has none, or does not run. */
export function healthOf({ status }: Pick<Container, 'status'>): 'healthy' | 'unhealthy' | 'starting' | undefined {
    const told = /\((?:health: )?(healthy|unhealthy|starting)\)$/.exec(status)?.[1];
    return told as ReturnType<typeof healthOf>;
}

/** By its engine, or by its containerd where no engine lists it; undefined where neither says anything. */
export function saidStateOf({
    container,
    containerd,
}: Pick<ContainerNode, 'container' | 'containerd'>): string | undefined {
    return container?.state ?? containerd?.task?.status;
}

/** Paused, it runs too. */
export function isSaidToRun(node: Pick<ContainerNode, 'container' | 'containerd'>): boolean {
    return saidStateOf(node) === 'running' || isSaidToBePaused(node);
}

/** Docker says `paused` only; containerd may say before that it is `pausing`. */
export function isSaidToBePaused(node: Pick<ContainerNode, 'container' | 'containerd'>): boolean {
    const said = saidStateOf(node);
    return said === 'paused' || said === 'pausing';
}
