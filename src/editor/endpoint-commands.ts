import * as vscode from 'vscode';
import type { Engine } from '../model/engine';
import type { EndpointChoice } from '../model/endpoint-choice';
import { visible } from '../present/plain-text';
import { maskText } from '../present/secrets';
import { endpointOf } from '../topology/daemons';
import type { Topology } from '../topology/topology';
import type { CommandTable } from './commands';
import type { Hierarchy } from './hierarchy';
import { withoutIcons } from './markdown';
import { confirm } from './notifications';
import { readSettings, writeEndpoints } from './settings';

/**
 * `listChoices` tells what docker's files and the known sockets offer; the processes are the hierarchy's to tell.
 * `reasonToConfirm` tells why a daemon is asked only once a person has confirmed it, if it is so.
 */
export function endpointCommands(
    hierarchy: Hierarchy,
    listChoices: () => Promise<readonly EndpointChoice[]>,
    reasonToConfirm: (endpoint: string) => Promise<string | undefined>,
): CommandTable {
    return {
        /** A script names the setting of one of the choices, or the empty text for what docker resolves. */
        'dockerRuntime.chooseEndpoint': async (argument) => {
            // A recording's daemons are elsewhere: nobody chooses from those.
            const [topology, listed] = await Promise.all([
                hierarchy.recording ? undefined : hierarchy.refresh(),
                listChoices(),
            ]);
            const choices = distinct([...listed, ...(topology ? daemonsOf(topology) : [])]);
            const wish =
                typeof argument === 'string'
                    ? (choices.find(({ setting }) => setting === argument)?.setting ??
                      (argument === '' ? '' : undefined))
                    : await ask(choices, topology);
            if (wish === undefined) return undefined;
            const chosen = choices.find(({ setting }) => setting === wish);
            if (chosen && !(await isConfirmed(chosen, reasonToConfirm))) return undefined;
            await writeEndpoints(wish === '' ? undefined : [wish]);
            return readSettings().endpoints;
        },
    };
}

/** Also where a script has named it: what is written here is asked from now on, by itself. */
async function isConfirmed(
    { endpoint }: EndpointChoice,
    reasonToConfirm: (endpoint: string) => Promise<string | undefined>,
): Promise<boolean> {
    const reason = await reasonToConfirm(endpoint);
    return reason === undefined || confirm(`Ask the daemon at ${shown(endpoint)}?`, reason, 'Ask This Daemon');
}

async function ask(choices: readonly EndpointChoice[], topology: Topology | undefined): Promise<string | undefined> {
    const chosen = readSettings().endpoints;
    const items = [
        {
            label: '$(discard) As Docker resolves it',
            description: 'DOCKER_HOST, the docker context, or the default socket; and what is found beside it',
            detail: chosen.length === 0 ? 'chosen now' : '',
            wish: '',
        },
        ...choices.map((choice) => ({
            label: text(choice.endpoint),
            description: stateOf(choice, topology),
            detail: [`from ${text(choice.foundBy)}`, chosen.includes(choice.setting) ? 'chosen now' : '']
                .filter(Boolean)
                .join(' · '),
            wish: choice.setting,
        })),
        {
            label: '$(edit) Another address, or several …',
            description: 'opens the settings',
            detail: '',
            wish: undefined,
        },
    ];
    const picked = await vscode.window.showQuickPick(items, {
        title: 'Which Docker daemon is asked',
        placeHolder: 'Anyone who can use a Docker socket has the rights of its daemon: root’s, unless it is rootless',
        matchOnDescription: true,
        matchOnDetail: true,
    });
    if (picked && picked.wish === undefined) {
        await vscode.commands.executeCommand('workbench.action.openSettings', 'dockerRuntime.endpoints');
    }
    return picked?.wish;
}

/** The daemons of this host: a nested one's address leads to another daemon here. */
function daemonsOf({ nodes }: Topology): readonly EndpointChoice[] {
    return [...nodes.values()].flatMap((node) => {
        if (node.kind !== 'engine' || node.parent !== null || !node.process) return [];
        const endpoint = node.engine?.endpoint ?? endpointOf(node.process);
        return [{ setting: endpoint, endpoint, foundBy: `the processes: dockerd ${String(node.process.pid)}` }];
    });
}

/** The same setting is offered once, as it was found first. */
function distinct(choices: readonly EndpointChoice[]): readonly EndpointChoice[] {
    const bySetting = new Map<string, EndpointChoice>();
    for (const choice of choices) if (!bySetting.has(choice.setting)) bySetting.set(choice.setting, choice);
    return [...bySetting.values()];
}

function stateOf({ endpoint, isPermitted }: EndpointChoice, topology: Topology | undefined): string {
    const engine = topology && engineAt(topology, endpoint);
    if (engine) {
        if (!engine.problem) {
            const version = engine.version === undefined ? '' : ` · ${text(engine.version)}`;
            return `answers${version}${engine.isUnencrypted ? ' · not encrypted: anyone who reaches it has the rights of the daemon' : ''}`;
        }
        if (engine.problem.reason === 'forbidden') return 'no permission';
        if (engine.problem.reason === 'starting') return 'starting';
        return engine.problem.reason === 'timeout' ? 'silent' : 'does not answer';
    }
    return isPermitted === false ? 'no permission' : 'not asked';
}

/** As it is understood; one that never answered and that no process serves is no node. */
function engineAt({ nodes, snapshot }: Topology, endpoint: string): Engine | undefined {
    const engines = [...nodes.values()].flatMap((node) => (node.kind === 'engine' ? (node.engine ?? []) : []));
    return [...engines, ...snapshot.engines].find((one) => one.endpoint === endpoint);
}

function text(foreign: string): string {
    return withoutIcons(shown(foreign));
}

function shown(foreign: string): string {
    return visible(readSettings().showSecrets ? foreign : maskText(foreign), 200);
}
