import * as vscode from 'vscode';

export interface Settings {
    /** Docker endpoints to ask; empty means: as the docker client would choose. */
    readonly endpoints: readonly string[];
    readonly procRoot: string;
    /** In milliseconds, for each question to Docker or containerd. */
    readonly requestDeadline: number;
    readonly showSecrets: boolean;
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
        requestDeadline: numberWithin(500, 60_000, personal<unknown>('requestDeadline'), 5_000),
        showSecrets: personal<unknown>('showSecrets') === true,
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

/** The settings editor warns of a value that is none or out of bounds, and keeps it. */
function numberWithin(least: number, most: number, value: unknown, otherwise: number): number {
    return typeof value === 'number' && !Number.isNaN(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}
