import * as vscode from 'vscode';
import { topologyToJson, type TopologyDocument } from '../present/json';
import type { Hierarchy } from './hierarchy';

/** What `activate` returns, for other extensions. */
export interface DockerRuntimeApi {
    /** Looks now. Findings that the person has silenced are among the others: what to show is the caller's choice. */
    readonly getTopology: () => Promise<TopologyDocument>;
    /** While somebody listens the host is watched, as by a visible view. */
    readonly onDidChangeTopology: vscode.Event<TopologyDocument>;
}

export function createApi(hierarchy: Hierarchy): DockerRuntimeApi {
    return {
        getTopology: async () => topologyToJson(await hierarchy.refresh()),
        onDidChangeTopology(listener, self, disposables) {
            const listening = hierarchy.onDidChange(() => {
                if (hierarchy.whole) listener.call(self, topologyToJson(hierarchy.whole));
            });
            const subscription = vscode.Disposable.from(listening, hierarchy.attend());
            disposables?.push(subscription);
            return subscription;
        },
    };
}
