import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';

/** What this process asks of the network from now on: also the connections that are refused before anybody hears of them. */
export interface Contacts {
    /** Connections that were begun, to sockets and to ports. */
    readonly connections: () => number;
    /** Names that were looked up. */
    readonly lookups: () => number;
    readonly stop: () => void;
}

export function watchContacts(): Contacts {
    let connections = 0;
    let lookups = 0;
    const count = (): unknown => connections++;
    subscribe('net.client.socket', count);
    const { lookup } = dns;
    const counting = (...args: unknown[]): unknown => {
        lookups++;
        return (lookup as (...args: unknown[]) => unknown)(...args);
    };
    dns.lookup = counting as typeof lookup;
    return {
        connections: () => connections,
        lookups: () => lookups,
        stop: () => {
            unsubscribe('net.client.socket', count);
            dns.lookup = lookup;
        },
    };
}
