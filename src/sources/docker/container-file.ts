import type { Container } from '../../model/container';
import type { Engine } from '../../model/engine';
import { endpointOf, parseAddress } from './address';
import { normaliseList } from './wire';

export type FileList =
    | { readonly ok: true; readonly engines: readonly Engine[] }
    /** One line that says what is wrong with the file. */
    | { readonly ok: false; readonly message: string };

/**
 * Containers listed from a file in place of a live engine: a JSON array as of GET /containers/json, in which an element
 * may carry `Pid` (State.Pid of inspect) and `Engine` (the endpoint of the daemon that listed it).
 */
export function listFromFile(text: string, name: string, listedAt = Date.now()): FileList {
    let records: unknown;
    try {
        records = JSON.parse(text);
    } catch {
        return { ok: false, message: `${name} is not valid JSON` };
    }
    const list = normaliseList(records);
    if (!list.ok) {
        return { ok: false, message: `${name} is not a list as of GET /containers/json: ${list.problem}` };
    }
    const containersOf = new Map<string | undefined, Container[]>();
    for (const [index, container] of list.value.entries()) {
        const written = (records as readonly { readonly Engine?: unknown }[])[index]?.Engine ?? undefined;
        const endpoint = typeof written === 'string' ? normaliseEndpoint(written) : undefined;
        if (written !== undefined && endpoint === undefined) {
            return { ok: false, message: `${name}: [${index}].Engine is not the address of a Docker daemon` };
        }
        const siblings = containersOf.get(endpoint) ?? [];
        siblings.push(container);
        containersOf.set(endpoint, siblings);
    }
    if (containersOf.size === 0) {
        containersOf.set(undefined, []); // an engine that has no containers is an answer, too
    }
    const engines = [...containersOf].map(([endpoint, containers]): Engine => ({
        ...(endpoint !== undefined && { endpoint }),
        foundBy: `the file ${name}`,
        containers,
        listedAt,
    }));
    return { ok: true, engines };
}

function normaliseEndpoint(written: string): string | undefined {
    const parsed = parseAddress(written);
    return parsed.ok ? endpointOf(parsed.address) : undefined;
}
