import type { Topology, TopologyNode } from '../topology/topology';
import type { Icon, Tone } from './scene';

/** What every face shows of a node. All texts are plain, with control characters made visible. */
export interface Description {
    /** The name first: `web`, `containerd`, `nginx: worker process`. */
    readonly label: string;
    /** Pid, image, state: what tells it from its namesakes. */
    readonly description: string;
    readonly icon: Icon;
    readonly tone: Tone;
    /** One sentence for screen readers. */
    readonly accessibleLabel: string;
}

export declare function describe(topology: Topology, node: TopologyNode): Description;
