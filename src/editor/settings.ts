import * as vscode from 'vscode';

export interface Settings {
    /** Docker endpoints to ask; empty means: as the docker client would choose. */
    readonly endpoints: readonly string[];
    readonly procRoot: string;
}

export const settingsSection = 'dockerRuntime';

/**
 * Which daemon is asked is the person's choice, never a folder's: values of a workspace are not looked at, whatever
 * scope the manifest declares and whether or not the workspace is trusted.
 */
export function readSettings(): Settings {
    const endpoints = personal<unknown>('endpoints');
    const procRoot = personal<unknown>('procRoot');
    return {
        endpoints: Array.isArray(endpoints)
            ? endpoints.filter((one) => typeof one === 'string' && one.trim() !== '')
            : [],
        procRoot: typeof procRoot === 'string' && procRoot.trim() !== '' ? procRoot.trim() : '/proc',
    };
}

/** Writes the person's own value; undefined removes it. */
export async function writeEndpoints(endpoints: readonly string[] | undefined): Promise<void> {
    const settings = vscode.workspace.getConfiguration(settingsSection);
    await settings.update('endpoints', endpoints, vscode.ConfigurationTarget.Global);
}

function personal<T>(name: string): T | undefined {
    const told = vscode.workspace.getConfiguration(settingsSection).inspect<T>(name);
    return told?.globalValue ?? told?.defaultValue;
}
