import { healthOf } from '../container-state';
import type { Evidence } from '../topology';
import type { Rule, Sighting } from './rule';

/** The container's own health check says so (Docker's `HEALTHCHECK`); what it wrote is told where inspect was asked. */
const unhealthy: Rule = {
    code: 'unhealthy',
    severity: 'warning',
    isTransient: false,
    find: (look) =>
        look.containers.flatMap(({ id, container, engine }): readonly Sighting[] => {
            if (!container || healthOf(container) !== 'unhealthy' || engine?.problem) return [];
            const { failingStreak, exitCode, output } = container.inspected?.health ?? {};
            const told: Evidence[] = [{ source: 'docker', detail: `status: ${container.status}` }];
            if (failingStreak !== undefined)
                told.push({ source: 'docker', detail: `${String(failingStreak)} checks in a row have failed` });
            if (exitCode !== undefined)
                told.push({ source: 'docker', detail: `the last one exited ${String(exitCode)}` });
            if (output !== undefined && output !== '')
                told.push({ source: 'docker', detail: `it wrote: ${output.trim()}` });
            return [{ about: id, evidence: told }];
        }),
};

export const healthRules: readonly Rule[] = [unhealthy];
