import type { Plan } from './bench';
import type { Report } from './report';
export async function measureDocker(_plan: Plan, _report: Report): Promise<void> {}
