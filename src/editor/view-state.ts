import type { Gap } from '../model/gap';
import type { Topology } from '../topology/topology';

/** What an empty view explains; each has its welcome text and buttons in package.json. */
export type ViewState =
    | 'starting'
    | 'showing'
    | 'filteredOut'
    | 'noDocker'
    | 'notRunning'
    | 'noPermission'
    | 'badContext'
    | 'notAnswering'
    | 'notLinux'
    | 'badEndpoint'
    | 'nothing';

export function viewStateOf(topology: Topology | undefined, filter: string): ViewState {
    if (!topology) return 'starting';
    if (isWorthShowing(topology)) return 'showing';
    if (filter !== '') return 'filteredOut';
    const gaps = topology.gaps;
    const decisive =
        // Where there is no /proc, no daemon that is started or installed would show more than its list.
        gaps.find(({ remedy }) => remedy === 'platform') ??
        gaps.find(({ source }) => source.startsWith('docker')) ??
        gaps[0];
    return decisive ? stateOfGap(decisive) : 'nothing';
}

/** A daemon that is nothing but an endpoint without an answer is no hierarchy: then the view explains what to do. */
export function isWorthShowing(topology: Topology): boolean {
    return topology.roots.some((id) => {
        const node = topology.nodes.get(id);
        if (node?.kind !== 'engine') return node !== undefined;
        return node.process !== undefined || node.children.length > 0 || node.engine?.problem === undefined;
    });
}

function stateOfGap({ reason, remedy, command }: Gap): ViewState {
    switch (remedy) {
        case 'install':
            return 'noDocker';
        case 'start':
            // Its view offers to type the command.
            return command === undefined ? 'badEndpoint' : 'notRunning';
        case 'context':
            return 'badContext';
        case 'platform':
            return 'notLinux';
        case undefined:
            break;
    }
    if (reason === 'forbidden') return 'noPermission';
    return reason === 'timeout' ? 'notAnswering' : 'badEndpoint';
}
