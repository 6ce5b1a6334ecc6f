/** What a key means in the picture: as in any tree, by the pattern of the ARIA Authoring Practices. */
import type { NodeId } from '../src/topology/topology';
import type { Layout } from './layout';

export type Step =
    | { readonly type: 'move' | 'fold' | 'unfold' | 'select'; readonly id: NodeId }
    | { readonly type: 'deselect' | 'search' | 'zoom-in' | 'zoom-out' | 'fit' | 'fit-selection' };

/** `key` is `KeyboardEvent.key`. Undefined: the key is not ours. */
export function stepFor(key: string, layout: Layout, active: NodeId | null): Step | undefined {
    const general = generalSteps.get(key);
    if (general) {
        return general;
    }
    const { items } = layout;
    const item = active === null ? undefined : layout.byId.get(active);
    if (!item) {
        const first = items[0];
        return first && movingKeys.has(key) ? { type: 'move', id: first.node.id } : undefined;
    }
    const move = (index: number): Step => ({ type: 'move', id: (items[index] ?? item).node.id });
    switch (key) {
        case 'ArrowDown':
            return move(item.index + 1);
        case 'ArrowUp':
            return move(item.index - 1);
        case 'Home':
            return move(0);
        case 'End':
            return move(items.length - 1);
        case 'PageDown':
            return move(Math.min(item.index + page, items.length - 1));
        case 'PageUp':
            return move(Math.max(item.index - page, 0));
        case 'ArrowRight':
            return item.hidden ? { type: 'unfold', id: item.node.id } : move(item.children[0]?.index ?? item.index);
        case 'ArrowLeft':
            return item.children.length > 0
                ? { type: 'fold', id: item.node.id }
                : move(item.parent?.index ?? item.index);
        case 'Enter':
        case ' ':
            return { type: 'select', id: item.node.id };
        default:
            return undefined;
    }
}

const page = 10;

const movingKeys = new Set(['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageDown', 'PageUp']);

const generalSteps = new Map<string, Step>([
    ['/', { type: 'search' }],
    ['+', { type: 'zoom-in' }],
    ['=', { type: 'zoom-in' }],
    ['-', { type: 'zoom-out' }],
    ['0', { type: 'fit' }],
    ['.', { type: 'fit-selection' }],
    ['Escape', { type: 'deselect' }],
]);
