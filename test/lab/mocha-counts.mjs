// Runs mocha and counts, the same way in a terminal and inside the extension host.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {readonly string[]} failures full titles
 */

/** Environment variable with the file that the counts are written to, as JSON. */
export const countsVariable = 'DOCKER_RUNTIME_TEST_COUNTS';

/** Tells the suite's report from everything else that a workbench logs. */
export const reportPrefix = '│ ';

/**
 * @param {import('mocha')} mocha with its files added
 * @returns {Promise<Counts>}
 */
export function runAndCount(mocha) {
    return new Promise((resolve) => {
        /** @type {string[]} */
        const failures = [];
        let passed = 0;
        let skipped = 0;
        mocha
            .run(() => {
                const counts = { passed, failed: failures.length, skipped, failures };
                const file = process.env[countsVariable];
                if (file) {
                    writeFileSync(file, JSON.stringify(counts));
                }
                resolve(counts);
            })
            .on('pass', () => passed++)
            .on('pending', () => skipped++)
            .on('fail', (test) => failures.push(test.fullTitle())); // hooks that fail, too
    });
}
