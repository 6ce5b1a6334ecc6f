import type { Container } from '../model/container';
import type { Engine } from '../model/engine';
import type { HoverRow } from './hover';
import { row } from './hover-rows';
import { visible } from './plain-text';

/** `web, slot 2`: the service that a Swarm task belongs to; empty for other containers. */
export function serviceWords({ labels }: Container): string {
    const service = labels['com.docker.swarm.service.name'];
    if (service === undefined) return '';
    const slot = slotOf(service, labels['com.docker.swarm.task.name'] ?? '');
    return visible(`service ${service}${slot === undefined ? '' : `, slot ${slot}`}`, 128);
}

/** What the labels of a Swarm task say, and whether its node is the one that this engine is. */
export function taskRows({ labels }: Container, engine: Engine | undefined): readonly HoverRow[] {
    const told = (label: string, key: string, more = ''): readonly HoverRow[] => {
        const value = labels[`com.docker.swarm.${key}`];
        return value === undefined ? [] : [row(label, visible(`${value}${more}`))];
    };
    const swarm = engine?.swarm;
    const isHere = swarm?.nodeId !== undefined && labels['com.docker.swarm.node.id'] === swarm.nodeId;
    return [
        ...told('swarm service', 'service.name'),
        ...told('swarm task', 'task.name'),
        ...told('swarm node', 'node.id', isHere ? `: this engine, ${nodeWords(swarm)}` : ''),
    ];
}

/** `active, a manager`. */
export function nodeWords({ state, isManager }: NonNullable<Engine['swarm']>): string {
    if (state !== 'active') return visible(state, 40);
    return isManager ? 'active, a manager' : 'active, a worker';
}

/** Tasks are called `<service>.<slot>.<task id>`, and those of a global service, which has no slots, `<service>.<node id>.<task id>`. */
function slotOf(service: string, task: string): string | undefined {
    if (!task.startsWith(`${service}.`)) return undefined;
    return /^(\d+)\./.exec(task.slice(service.length + 1))?.[1];
}
