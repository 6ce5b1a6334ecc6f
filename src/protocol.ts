/**
 * Every message between the extension and the page, in both directions.
 *
 * The page may close at any moment and come back whole with one message, so each message carries a whole state.
 */
import * as v from 'valibot';
import type { Scene } from './present/scene';
import type { NodeId, Order } from './topology/topology';

export type MessageToPage =
    /** All there is to draw; replaces what was drawn. */
    | { readonly type: 'scene'; readonly scene: Scene }
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

/** Undefined for whatever is not a message: the page may have been taken over by what it shows. */
export function parseMessageToExtension(value: unknown): MessageToExtension | undefined {
    return parse(messageToExtension, value);
}

/** Undefined for whatever is not a message: other scripts of the workbench post to the same window. */
export function parseMessageToPage(value: unknown): MessageToPage | undefined {
    return parse(messageToPage, value);
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
const id = v.pipe(v.string(), v.maxLength(4096));
const text = v.pipe(v.string(), v.maxLength(1_000_000));
const order = v.picklist(['ownership', 'kernel']);

const sceneNode = v.object({
    id,
    parent: v.nullable(id),
    label: text,
    description: text,
    icon: v.picklist([
        'engine',
        'containerd',
        'shim',
        'container-running',
        'container-paused',
        'container-stopped',
        'container-restarting',
        'main',
        'init',
        'exec',
        'healthcheck',
        'process',
        'zombie',
        'proxy',
        'runc',
    ]),
    tone: v.picklist(['normal', 'muted', 'warning', 'error']),
    link: v.nullable(
        v.object({
            kind: v.picklist(['spawned', 'managed', 'member']),
            evidence: v.pipe(v.array(text), v.maxLength(1000)),
        }),
    ),
    accessibleLabel: text,
});

const scene = v.object({
    title: text,
    order,
    takenAt: text,
    notices: v.pipe(v.array(text), v.maxLength(1000)),
    nodes: v.pipe(v.array(sceneNode), v.maxLength(100_000)),
});

const select = v.object({ type: v.literal('select'), id: v.nullable(id) });

const messageToPage: v.GenericSchema<unknown, MessageToPage> = v.variant('type', [
    v.object({ type: v.literal('scene'), scene }),
    select,
]);

const messageToExtension: v.GenericSchema<unknown, MessageToExtension> = v.variant('type', [
    v.object({ type: v.literal('ready') }),
    select,
    v.object({ type: v.literal('refresh') }),
    v.object({ type: v.literal('order'), order }),
]);
