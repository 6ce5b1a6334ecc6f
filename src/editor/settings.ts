import * as vscode from 'vscode';

export interface Settings {
    /** Docker endpoints to ask, as they were written; none means: as the docker client would choose. */
    readonly endpoints: readonly string[];
    readonly procRoot: string;
    /** In milliseconds, for each question to Docker or containerd. */
    readonly requestDeadline: number;
    readonly showSecrets: boolean;
    /** Codes of findings that the person does not want to see. */
    readonly silencedFindings: readonly string[];
}

export const settingsSection = 'dockerRuntime';

/**
 * Which daemon is asked is the person's choice, never a folder's: values of a workspace are not looked at, whatever
 * scope the manifest declares and whether or not the workspace is trusted.
 */
export function readSettings(): Settings {
    const procRoot = personal<unknown>('procRoot');
    return {
        endpoints: choices(personal('endpoints')),
        silencedFindings: texts(personal(silencedFindings)),
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

/** Adds one code to those that are silenced; the settings are the place to take it back. */
export async function silenceFinding(code: string): Promise<void> {
    const codes = new Set([...readSettings().silencedFindings, code]);
    const target = vscode.ConfigurationTarget.Global;
    await vscode.workspace.getConfiguration(settingsSection).update(silencedFindings, [...codes].sort(), target);
}

/** Of these follows what is looked at, and how: a change means another watcher. */
export function changesSources(change: vscode.ConfigurationChangeEvent): boolean {
    return ['endpoints', 'procRoot', 'requestDeadline'].some((name) =>
        change.affectsConfiguration(`${settingsSection}.${name}`),
    );
}

const silencedFindings = 'silencedFindings';

function texts(value: unknown): readonly string[] {
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one.trim() !== '') : [];
}

/**
 * Whoever writes what is no address, be it an empty text, has chosen all the same: that it can't be followed has to be
 * said of it, and nobody else is to be asked in its place.
 */
function choices(value: unknown): readonly string[] {
    if (value === undefined || value === null) return [];
    const written: readonly unknown[] = Array.isArray(value) ? value : [value];
    return written.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

function personal<T>(name: string): T | undefined {
    const told = vscode.workspace.getConfiguration(settingsSection).inspect<T>(name);
    return told?.globalValue ?? told?.defaultValue;
}

/** The settings editor warns of a value that is none or out of bounds, and keeps it. */
function numberWithin(least: number, most: number, value: unknown, otherwise: number): number {
    return typeof value === 'number' && !Number.isNaN(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}
