import { check } from './check';
import { machineFile, machineNames } from './machine-files';

describe('machines', () => {
    for (const name of machineNames) {
        it(name, () => {
            check(machineFile(name));
        });
    }
});
