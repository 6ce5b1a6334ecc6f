import type { Evidence } from '../topology/topology';
import { visible } from './plain-text';

/** `cgroup: /docker/6f4e0b83f471…`: ids as short as docker prints them, since the whole one stands nearby. */
export function evidenceWords({ source, detail }: Evidence): string {
    return `${source}: ${visible(detail.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…'))}`;
}
