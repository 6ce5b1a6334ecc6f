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
    const requestDeadline = personal<unknown>('requestDeadline');
    return {
        endpoints: Array.isArray(endpoints)
            ? endpoints.filter((one) => typeof one === 'string' && one.trim() !== '')
            : [],
        procRoot: typeof procRoot === 'string' && procRoot.trim() !== '' ? procRoot.trim() : '/proc',
        requestDeadline: typeof requestDeadline === 'number' ? within(requestDeadline, 500, 60_000) : 5_000,
        showSecrets: personal<unknown>('showSecrets') === true,
    };
}

function personal<T>(name: string): T | undefined {
    const told = vscode.workspace.getConfiguration(settingsSection).inspect<T>(name);
    return told?.globalValue ?? told?.defaultValue;
}

/** The settings editor warns of a value that is out of bounds, and keeps it. */
function within(value: number, least: number, most: number): number {
    return Math.min(most, Math.max(least, value));
}
