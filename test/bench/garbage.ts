import { spawnSync } from 'node:child_process';
import { createProcfsReader } from '../../src/sources/procfs/reader';

// Prints how many bytes a steady look allocates. Run with --expose-gc, and with a young generation so large that nothing
// is collected meanwhile.
const looks = 8;
const reader = createProcfsReader('/proc', { fullEveryMilliseconds: Infinity });
const look = () => {
    const result = reader.look();
    if (!result.ok) throw new Error(result.gap.detail);
    return result.look;
};
// As after a minute of watching: code that the engine has not compiled yet allocates more.
for (let round = 0; round < 30; round++) {
    spawnSync('true');
    look();
}
let bytes = 0;
for (let round = 0; round < looks; round++) {
    spawnSync('true');
    gc?.();
    const before = process.memoryUsage().heapUsed;
    const kind = look();
    if (kind !== 'steady') throw new Error(`a ${kind} look`);
    bytes += process.memoryUsage().heapUsed - before;
}
console.log(String(bytes / looks));
