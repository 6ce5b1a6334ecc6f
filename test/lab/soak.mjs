// Churns real containers for a while and tells whether anything grows in what watches them.
//   npm run soak -- [--minutes N]
import { join } from 'node:path';
import { run } from './process-tree.mjs';
import { SetupError, build, installDependencies, readOptions, repository, runMain } from './setup.mjs';

await runMain(async () => {
    const { minutes = '10' } = readOptions('npm run soak', { minutes: { type: 'string' } });
    if (!(Number(minutes) > 0 && Number(minutes) <= 24 * 60)) {
        throw new SetupError(`npm run soak: --minutes is a number up to 1440; it was ${minutes}`);
    }
    await installDependencies();
    await build('--tests');
    const command = ['--expose-gc', join(repository, 'dist/test/lab/soak.js'), minutes];
    const deadline = Number(minutes) * 60_000 + 180_000;
    const { status, timedOut } = await run(process.execPath, command, { cwd: repository, show: true, deadline });
    return timedOut ? 1 : status;
});
