import { mask, maskArguments, maskNamed, maskText } from '../present/secrets';

/**
 * Takes what GET /containers/{id}/json answers, or an OCI spec (runtime-spec, config.md). People put passwords into environments, whatever the variables are
 * called, so all of those are hidden; of everything else, what looks like a secret.
 */
export function maskSecrets(document: unknown): unknown {
    if (Array.isArray(document)) {
        return document.every((one) => typeof one === 'string') ? maskArguments(document) : document.map(maskSecrets);
    }
    if (typeof document === 'string') return maskText(document);
    if (!isRecord(document)) return document;
    const pairs = Object.entries(document).map(([name, value]): readonly [string, unknown] => {
        if ((name === 'Env' || name === 'env') && Array.isArray(value)) return [name, value.map(maskVariable)];
        return [name, typeof value === 'string' ? maskNamed(name, value) : maskSecrets(value)];
    });
    // fromEntries, and not assignment: a label may be called __proto__.
    return Object.fromEntries(pairs);
}

function maskVariable(variable: unknown): string {
    const text = String(variable);
    const equals = text.indexOf('=');
    return equals < 0 ? text : `${text.slice(0, equals)}=${mask}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null;
}
