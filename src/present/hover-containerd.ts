import type { ContainerdFacts, ContainerdStore, Count } from '../model/containerd';
import { factsOf, whyContainerdIsSilent } from '../topology/containerd-word';
import type { ProcessNode } from '../topology/topology';
import type { HoverRow, HoverSection } from './hover';
import { type HoverContext, row } from './hover-rows';
import { visible } from './plain-text';

/** What a containerd told over its own API, or why it was not asked. */
export function containerdSection({ topology, stores = [] }: HoverContext, node: ProcessNode): HoverSection {
    const facts = factsOf(topology, node);
    const silence = whyContainerdIsSilent(topology, node);
    return {
        title: 'containerd says',
        rows: [
            ...(silence === undefined ? [] : [row('containerd', visible(silence, 300))]),
            ...(facts?.version === undefined ? [] : [row('version', visible(facts.version, 60))]),
            ...(facts ? namespaceRows(facts, stores) : []),
        ],
    };
}

/** As many as a person reads in a hover. */
const mostNamespaces = 12;

function namespaceRows(facts: ContainerdFacts, stores: readonly ContainerdStore[]): readonly HoverRow[] {
    const rows = facts.namespaces.slice(0, mostNamespaces).map((namespace) => {
        const isIn = (one: { readonly namespace: string }): boolean => one.namespace === namespace;
        const words = [
            plural(facts.containers.filter(isIn).length, 'container'),
            plural(facts.tasks.filter(isIn).length, 'task'),
            ...stores.filter(isIn).flatMap(storeWords),
        ];
        return row(`namespace ${visible(namespace, 64)}`, words.join(', '));
    });
    const others = facts.namespaces.length - mostNamespaces;
    return others > 0 ? [...rows, row('and', plural(others, 'other namespace'))] : rows;
}

function storeWords({ images, snapshots, content }: ContainerdStore): readonly string[] {
    return [countWords(images, 'image'), countWords(snapshots, 'snapshot'), countWords(content, 'content blob')];
}

function countWords({ number, isMore }: Count, noun: string): string {
    return isMore ? `more than ${plural(number, noun)}` : plural(number, noun);
}

function plural(number: number, noun: string): string {
    return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
