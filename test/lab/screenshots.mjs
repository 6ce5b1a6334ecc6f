// `npm run screenshots`: takes the README's pictures from a real workbench into media/.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describeMissing, installPrograms, missingPrograms, programsForBrowser } from './programs.mjs';
import { SetupError, installDependencies, packageExtension, readOptions, repository, runMain } from './setup.mjs';

await runMain(async () => {
    readOptions('npm run screenshots', {});
    await installDependencies();
    await installPrograms(programsForBrowser);
    const missing = missingPrograms(programsForBrowser);
    if (missing.length > 0) {
        throw new SetupError(describeMissing(missing));
    }
    await packageExtension();
    const driver = join(repository, 'dist/test/ui/readme-pictures.js');
    const esbuild = await import('esbuild');
    await esbuild.build({
        entryPoints: [join(repository, 'test/ui/readme-pictures.ts')],
        outfile: driver,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        external: ['playwright-core'],
    });
    await createRequire(import.meta.url)(driver).takePictures(join(repository, 'media'));
    return 0;
});
