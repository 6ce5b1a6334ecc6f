import type { Snapshot } from '../model/snapshot';
import { age, moment } from './moments';
import { visible } from './plain-text';

/** What a person must know of a recording before believing it; `now` in milliseconds since 1970. */
export function recordingNotice({ host, takenAt, redacted, masked }: Snapshot, now: number): string {
    const name = host.hostname === undefined ? 'a host' : visible(host.hostname, 64);
    const taken = Date.parse(takenAt);
    const hidden = masked ? ' What looked like a secret was masked in it.' : '';
    const without = redacted ? ' Arguments and labels were left out of it.' : hidden;
    return `A recording of ${name}, taken ${age(now - taken)} ago (${moment(taken)}): nothing here is live.${without}`;
}
