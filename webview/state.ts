/** What the page knows, and the part of it that VS Code keeps while the page is closed. */
import * as v from 'valibot';
import type { Scene } from '../src/present/scene';
import type { SceneChange } from '../src/protocol';
import type { NodeId } from '../src/topology/topology';
import type { View } from './viewport';
import { scales } from './viewport';

export interface PageState {
    /** Null until the first one comes; it may never come. */
    readonly scene: Scene | null;
    readonly selection: NodeId | null;
    /** Where the keyboard is. */
    readonly active: NodeId | null;
    readonly folded: ReadonlySet<NodeId>;
    /** Null until there is something to look at. */
    readonly view: View | null;
    readonly query: string;
}

/** The stored part of a state; whatever else may have been stored counts as nothing. */
export function restore(stored: unknown): PageState {
    const result = v.safeParse(storedState, stored);
    const { selection, folded, view } = result.success ? result.output : nothingStored;
    return { scene: null, selection, active: selection, folded: new Set(folded), view, query: '' };
}

export function toStore({ selection, folded, view }: PageState): v.InferOutput<typeof storedState> {
    return { selection, folded: [...folded].slice(0, mostFolded), view };
}

const mostFolded = 10_000;
const id = v.pipe(v.string(), v.maxLength(4096));
const coordinate = v.pipe(v.number(), v.finite());
const storedState = v.object({
    selection: v.nullable(id),
    folded: v.pipe(v.array(id), v.maxLength(mostFolded)),
    view: v.nullable(
        v.object({
            x: coordinate,
            y: coordinate,
            k: v.pipe(v.number(), v.minValue(scales.smallest), v.maxValue(scales.largest)),
        }),
    ),
});
const nothingStored: v.InferOutput<typeof storedState> = { selection: null, folded: [], view: null };

/** The new scene; what stayed of the one before is the same objects. */
export function changed(before: Scene, change: SceneChange): Scene {
    const nodes = change.nodes.flatMap((part) => {
        if ('id' in part) {
            return part;
        }
        const [from, count] = part;
        return before.nodes.slice(from, from + count);
    });
    return { ...change, nodes };
}

/** Nothing above the node is folded. */
export function unfoldAbove(scene: Scene, folded: ReadonlySet<NodeId>, id: NodeId): ReadonlySet<NodeId> {
    const parents = new Map(scene.nodes.map((node) => [node.id, node.parent]));
    const unfolded = new Set(folded);
    const met = new Set([id]);
    for (let above = parents.get(id); typeof above === 'string' && !met.has(above); above = parents.get(above)) {
        met.add(above);
        unfolded.delete(above);
    }
    return unfolded.size === folded.size ? folded : unfolded;
}

/** Every container with something beneath it; the rest of the picture stays as it is. */
export function foldContainers(scene: Scene, folded: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
    const parents = new Set(scene.nodes.map((node) => node.parent));
    const containers = scene.nodes.filter((node) => node.icon.startsWith('container-') && parents.has(node.id));
    return new Set([...folded, ...containers.map((node) => node.id)]);
}

/** The nodes in which every word of the query occurs, in the order of the scene. */
export function search(scene: Scene, query: string): readonly NodeId[] {
    const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) {
        return [];
    }
    return scene.nodes
        .filter(({ label, description, accessibleLabel }) => {
            const text = `${label}\n${description}\n${accessibleLabel}`.toLocaleLowerCase();
            return words.every((word) => text.includes(word));
        })
        .map((node) => node.id);
}
