/**
 * People put passwords into environments: their names tell enough. Takes what GET /containers/{id}/json answers, and an
 * OCI spec (runtime-spec, config.md).
 */
export function maskSecrets(document: unknown): unknown {
    return maskEnvironment(maskEnvironment(document, 'Config', 'Env'), 'process', 'env');
}

function maskEnvironment(document: unknown, part: string, name: string): unknown {
    if (!isRecord(document)) return document;
    const holder = document[part];
    if (!isRecord(holder) || !Array.isArray(holder[name])) return document;
    return { ...document, [part]: { ...holder, [name]: holder[name].map(maskVariable) } };
}

function maskVariable(variable: unknown): string {
    const text = String(variable);
    const equals = text.indexOf('=');
    return equals < 0 ? text : `${text.slice(0, equals)}=••••`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
