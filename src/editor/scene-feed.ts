import type { Scene, SceneNode } from '../present/scene';
import type { KeptNodes, MessageToPage, SceneChange } from '../protocol';

/** What to post for each scene, so that the page is told only what it does not know. */
export interface SceneFeed {
    /** Undefined when the page shows the same already, but for the time. */
    readonly messageFor: (scene: Scene) => MessageToPage | undefined;
    /** The page has begun anew, and knows nothing. */
    readonly forget: () => void;
}

export function createSceneFeed(): SceneFeed {
    let told: Scene | undefined;
    let number = 0;
    return {
        messageFor(scene) {
            const change = told && changeBetween(told, scene);
            if (told && change && isNothing(told, change)) return undefined;
            told = scene;
            number++;
            return change ? { type: 'change', number, change } : { type: 'scene', number, scene };
        },
        forget() {
            told = undefined;
        },
    };
}

export function changeBetween(before: Scene, next: Scene): SceneChange {
    const placesBefore = new Map(before.nodes.map((node, index) => [node.id, index]));
    const nodes: (SceneNode | KeptNodes)[] = [];
    let from = 0;
    let count = 0;
    const endStretch = (): void => {
        if (count > 0) nodes.push([from, count]);
        count = 0;
    };
    for (const node of next.nodes) {
        const place = placesBefore.get(node.id);
        const known = place === undefined ? undefined : before.nodes[place];
        if (place === undefined || !known || !looksTheSame(known, node)) {
            endStretch();
            nodes.push(node);
            continue;
        }
        if (place !== from + count) endStretch();
        if (count === 0) from = place;
        count++;
    }
    endStretch();
    return { ...next, nodes };
}

function isNothing(before: Scene, { title, order, notices, nodes }: SceneChange): boolean {
    const [first = [0, 0]] = nodes;
    const isAllKept = nodes.length <= 1 && 'length' in first && first[1] === before.nodes.length;
    return isAllKept && title === before.title && order === before.order && areSame(notices, before.notices);
}

function looksTheSame(one: SceneNode, other: SceneNode): boolean {
    return (
        one.parent === other.parent &&
        one.label === other.label &&
        one.description === other.description &&
        one.icon === other.icon &&
        one.tone === other.tone &&
        one.accessibleLabel === other.accessibleLabel &&
        one.link?.kind === other.link?.kind &&
        areSame(one.link?.evidence ?? [], other.link?.evidence ?? [])
    );
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
    return one.length === other.length && one.every((line, index) => line === other[index]);
}
