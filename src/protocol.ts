/**
 * Every message between the extension and the page, in both directions.
 *
 * The page may close at any moment and come back whole with one message, so each message carries a whole state.
 */
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
