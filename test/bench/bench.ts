import { measureDocker } from './docker';
import { measureIdleness } from './idle';
import { measureLooks } from './looks';
import { measureMeaning } from './meaning';
import { measureMemory } from './memory';
import { measurePage } from './page';
import { createReport, type Report } from './report';
import { measureStart } from './start';
import { measureWorkbench } from './workbench';

/** What `bench.mjs` was asked for. */
export interface Plan {
    /** How many processes the host is to have, in all. */
    readonly sizes: readonly number[];
    readonly containers: readonly number[];
    readonly only: readonly string[];
    /** Each figure is the best of so many. */
    readonly rounds: number;
    readonly repository: string;
    readonly labFolder: string;
    /** The packaged extension. */
    readonly package: string;
}

const parts: Readonly<Record<string, (plan: Plan, report: Report) => Promise<void>>> = {
    looks: measureLooks,
    meaning: measureMeaning,
    docker: measureDocker,
    start: measureStart,
    memory: measureMemory,
    idle: measureIdleness,
    page: measurePage,
    workbench: measureWorkbench,
};

async function main(plan: Plan): Promise<void> {
    const report = createReport();
    for (const [name, measure] of Object.entries(parts)) {
        if (plan.only.includes(name)) await measure(plan, report);
    }
    report.end();
}

main(JSON.parse(process.argv[2] ?? '{}') as Plan).then(
    () => process.exit(0),
    (error: unknown) => {
        console.error(error);
        process.exit(1);
    },
);
