import { check } from './check';
import { machineNames } from './machine-files';

describe('machines', () => {
    for (const name of machineNames) {
        it(name, () => {
            check(name);
        });
    }
});
