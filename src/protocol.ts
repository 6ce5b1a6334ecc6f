/**
 * Every message between the extension and the page, in both directions.
 *
 * The page may close at any moment and come back whole with one message: when it says that it is ready, it is told all.
 * After that it is told what changed.
 */
import * as v from 'valibot';
import type { Icon, Scene, SceneNode, Tone } from './present/scene';
import type { LinkKind, NodeId, Order } from './topology/topology';

export type MessageToPage =
    /** All there is to draw; replaces what was drawn. Scenes are numbered as they are posted. */
    | { readonly type: 'scene'; readonly number: number; readonly scene: Scene }
    /** The next scene, for a page that has the one before; any other page says that it is ready, and gets it whole. */
    | { readonly type: 'change'; readonly number: number; readonly change: SceneChange }
    /** The person selected something in the tree (or nothing). */
    | { readonly type: 'select'; readonly id: NodeId | null };

export type MessageToExtension =
    /** The page has loaded and wants its scene and selection. */
    | { readonly type: 'ready' }
    /** The person selected a node in the picture (or nothing). */
    | { readonly type: 'select'; readonly id: NodeId | null }
    /** The person asked for a look now. */
    | { readonly type: 'refresh' }
    /** The person asked for the other order. */
    | { readonly type: 'order'; readonly order: Order };

/** A scene, told by what of it the scene before has already: on a large host that is nearly all of it. */
export interface SceneChange extends Omit<Scene, 'nodes'> {
    /** In the order of the new scene. */
    readonly nodes: readonly (SceneNode | KeptNodes)[];
}

/** So many nodes of the scene before, from the one at this index, as they were. */
export type KeptNodes = readonly [from: number, count: number];

/** Undefined for whatever is not a message, or has a key too many: the page may have been taken over by what it shows. */
export function parseMessageToExtension(value: unknown): MessageToExtension | undefined {
    return parse(messageToExtension, value);
}

/**
 * A message as it is posted: the editor copies each from frame to frame, and one text is copied in no time where ten
 * thousand objects are not.
 */
export function textOfMessage(message: MessageToPage): string {
    return JSON.stringify(message);
}

/** Undefined for whatever is not a message: other scripts of the workbench post to the same window. */
export function parseMessageToPage(value: unknown): MessageToPage | undefined {
    return typeof value === 'string' ? parse(messageToPage, parseJson(value)) : undefined;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
    try {
        const result = v.safeParse(schema, value, { abortEarly: true });
        return result.success ? result.output : undefined;
    } catch {
        return undefined; // a getter of the value threw
    }
}

/** Far above what a presentation writes, far below what would hurt. Lengths are in UTF-16 code units. */
const longestId = 4096;
const longestText = 1_000_000;
const mostLines = 1000;
const mostNodes = 100_000;

const id = v.pipe(v.string(), v.maxLength(longestId));
const text = v.pipe(v.string(), v.maxLength(longestText));
const order = v.picklist(['ownership', 'kernel']);

/** By hand: for ten thousand nodes, a schema takes longer than all the rest of their first picture. */
function isSceneNode(value: unknown): value is SceneNode {
    if (typeof value !== 'object' || value === null) return false;
    const node = value as Readonly<Record<keyof SceneNode, unknown>>;
    return (
        isTextUpTo(longestId, node.id) &&
        (node.parent === null || isTextUpTo(longestId, node.parent)) &&
        isTextUpTo(longestText, node.label) &&
        isTextUpTo(longestText, node.description) &&
        isOneOf(icons, node.icon) &&
        isOneOf(tones, node.tone) &&
        (node.link === null || isLink(node.link)) &&
        isTextUpTo(longestText, node.accessibleLabel)
    );
}

function isLink(value: unknown): value is SceneNode['link'] {
    if (typeof value !== 'object' || value === null) return false;
    const { kind, evidence } = value as Readonly<Record<keyof NonNullable<SceneNode['link']>, unknown>>;
    return isOneOf(linkKinds, kind) && isList(evidence, mostLines, (line) => isTextUpTo(longestText, line));
}

function isList(value: unknown, most: number, isMember: (member: unknown) => boolean): boolean {
    return Array.isArray(value) && value.length <= most && value.every(isMember);
}

function isKeptNodes(value: unknown): value is KeptNodes {
    return Array.isArray(value) && value.length === 2 && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function isTextUpTo(longest: number, value: unknown): value is string {
    return typeof value === 'string' && value.length <= longest;
}

function isOneOf(names: Readonly<Record<string, true>>, value: unknown): boolean {
    return typeof value === 'string' && Object.hasOwn(names, value);
}

const icons: Readonly<Record<Icon, true>> = {
    engine: true,
    containerd: true,
    shim: true,
    'container-running': true,
    'container-paused': true,
    'container-stopped': true,
    'container-restarting': true,
    main: true,
    init: true,
    exec: true,
    healthcheck: true,
    process: true,
    zombie: true,
    proxy: true,
    runc: true,
};
const tones: Readonly<Record<Tone, true>> = { normal: true, muted: true, warning: true, error: true };
const linkKinds: Readonly<Record<LinkKind, true>> = { spawned: true, managed: true, member: true };

const sceneFrame = {
    title: text,
    order,
    takenAt: text,
    notices: v.pipe(v.array(text), v.maxLength(mostLines)),
};
const scene = v.strictObject({
    ...sceneFrame,
    nodes: v.custom<Scene['nodes']>((value) => isList(value, mostNodes, isSceneNode)),
});
const change = v.strictObject({
    ...sceneFrame,
    nodes: v.pipe(
        v.custom<SceneChange['nodes']>((value) =>
            isList(value, mostNodes, (one) => isKeptNodes(one) || isSceneNode(one)),
        ),
        v.check((nodes) => countNodes(nodes) <= mostNodes),
    ),
});

function countNodes(nodes: SceneChange['nodes']): number {
    return nodes.reduce((sum, part) => sum + (isKeptNodes(part) ? part[1] : 1), 0);
}

const number = v.pipe(v.number(), v.safeInteger());
const select = v.strictObject({ type: v.literal('select'), id: v.nullable(id) });

const messageToPage: v.GenericSchema<unknown, MessageToPage> = v.variant('type', [
    v.strictObject({ type: v.literal('scene'), number, scene }),
    v.strictObject({ type: v.literal('change'), number, change }),
    select,
]);

const messageToExtension: v.GenericSchema<unknown, MessageToExtension> = v.variant('type', [
    v.strictObject({ type: v.literal('ready') }),
    select,
    v.strictObject({ type: v.literal('refresh') }),
    v.strictObject({ type: v.literal('order'), order }),
]);
