/** People put passwords into environments: their names tell enough. Takes what GET /containers/{id}/json answers. */
export function maskSecrets(document: unknown): unknown {
    if (!isRecord(document) || !isRecord(document['Config'])) return document;
    const { Config: config } = document;
    const environment = config['Env'];
    if (!Array.isArray(environment)) return document;
    return { ...document, Config: { ...config, Env: environment.map(maskVariable) } };
}

function maskVariable(variable: unknown): string {
    const text = String(variable);
    const equals = text.indexOf('=');
    return equals < 0 ? text : `${text.slice(0, equals)}=••••`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
