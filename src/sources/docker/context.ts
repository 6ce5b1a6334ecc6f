import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { NoAnswer, singleFlight } from '../hanging-files';
import type { Tls } from './address';

/** A docker context: a daemon's address under a name, kept by `docker context create`. */
export interface DockerContext {
    readonly host: string;
    readonly tls?: Tls;
}

export type Read<T> =
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly file: string; readonly detail: string };

/** meta.json of a context, and the part of config.json that chooses one. */
export const metaSchema = v.object({
    Endpoints: v.object({
        docker: v.object({ Host: v.optional(v.string(), ''), SkipTLSVerify: v.optional(v.boolean(), false) }),
    }),
});

export const configSchema = v.object({ currentContext: v.optional(v.string()) });

const namedMetaSchema = v.object({ ...metaSchema.entries, Name: v.pipe(v.string(), v.nonEmpty()) });

function digestOf(name: string): string {
    return createHash('sha256').update(name).digest('hex');
}

/** The layout of docker's own context store: every context is a folder named by the SHA-256 of the context's name. */
export async function readContext(configFolder: string, name: string): Promise<Read<DockerContext>> {
    const digest = digestOf(name);
    const file = join(configFolder, 'contexts', 'meta', digest, 'meta.json');
    const meta = await readJson(file, metaSchema);
    if (!meta.ok) {
        return meta;
    }
    const { Host: host, SkipTLSVerify: skipVerify } = meta.value.Endpoints.docker;
    const tls = await findTlsFiles(join(configFolder, 'contexts', 'tls', digest, 'docker'), !skipVerify);
    const wantsTls = tls.ca !== undefined || tls.cert !== undefined || skipVerify;
    return { ok: true, value: { host, ...(wantsTls && { tls }) } };
}

/** The contexts that can be chosen, by name; what is not docker's own there is left out. */
export async function listContexts(
    configFolder: string,
): Promise<readonly { readonly name: string; readonly host: string }[]> {
    const folder = join(configFolder, 'contexts', 'meta');
    const digests = await readdir(folder).catch(() => []);
    const contexts = await Promise.all(
        digests.map(async (digest) => {
            const meta = await readJson(join(folder, digest, 'meta.json'), namedMetaSchema);
            if (!meta.ok || digestOf(meta.value.Name) !== digest) return [];
            return [{ name: meta.value.Name, host: meta.value.Endpoints.docker.Host }];
        }),
    );
    return contexts.flat().sort((one, other) => one.name.localeCompare(other.name));
}

/** `currentContext` of config.json; undefined where there is no such file, or no choice in it. */
export async function readCurrentContext(configFolder: string): Promise<Read<string | undefined>> {
    const file = join(configFolder, 'config.json');
    const config = await readJson(file, configSchema);
    if (config.ok) {
        return { ok: true, value: config.value.currentContext || undefined };
    }
    return config.detail === absent ? { ok: true, value: undefined } : config;
}

/**
 * Those of ca.pem, cert.pem and key.pem that are there: docker keeps only those that were given to it. One that does not
 * answer counts as there: connecting then says so.
 */
export async function findTlsFiles(folder: string, verify: boolean): Promise<Tls> {
    const files: { ca?: string; cert?: string; key?: string } = {};
    for (const kind of ['ca', 'cert', 'key'] as const) {
        const path = join(folder, `${kind}.pem`);
        try {
            await lookFor(path);
            files[kind] = path;
        } catch (error) {
            if (!(error instanceof NoAnswer)) continue;
            files[kind] = path;
            break; // nor would the others answer
        }
    }
    return { verify, ...files };
}

const lookFor = singleFlight((path) => access(path));

const absent = 'there is no such file';

async function readJson<S extends v.GenericSchema>(file: string, schema: S): Promise<Read<v.InferOutput<S>>> {
    let text: string;
    try {
        text = await readFile(file, 'utf8');
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // ENOTDIR: a file stands where a folder should be, so this file is not there either.
        return {
            ok: false,
            file,
            detail: code === 'ENOENT' || code === 'ENOTDIR' ? absent : `cannot be read (${code})`,
        };
    }
    return parseJson(file, text, schema);
}

export function parseJson<S extends v.GenericSchema>(file: string, text: string, schema: S): Read<v.InferOutput<S>> {
    try {
        const parsed = v.safeParse(schema, JSON.parse(text));
        return parsed.success
            ? { ok: true, value: parsed.output }
            : { ok: false, file, detail: `is not what docker writes: ${parsed.issues[0].message}` };
    } catch {
        return { ok: false, file, detail: 'is not valid JSON' };
    }
}
