import { openProcfs } from '../../../src/sources/procfs/reader-client';

// Looks again and again, and writes a line before each look.
//   node looker.js ROOT READER

const [root = '', readerPath = ''] = process.argv.slice(2);
const procfs = openProcfs({ root, readerPath, deadlineMilliseconds: 5_000 });
void (async () => {
    for (;;) {
        console.log('looks');
        await procfs.look({ full: true });
    }
})();
