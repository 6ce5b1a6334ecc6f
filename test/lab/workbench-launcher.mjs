#!/usr/bin/env node
// Stands in for the executable of a desktop VS Code: takes its arguments, runs the suite they name in the extension
// host of a real workbench (code-server, shown in a headless Chromium), and exits with the suite's status.
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import { startCodeServer } from './code-server.mjs';
import { browserArguments } from './browser.mjs';
import { reportPrefix } from './mocha-counts.mjs';
import { findBrowser } from './programs.mjs';
import { SetupError, repository, runMain } from './setup.mjs';

await runMain(async () => {
    const extension = argument('extensionDevelopmentPath');
    const suite = argument('extensionTestsPath');
    const workbench = process.env['DOCKER_RUNTIME_WORKBENCH'] === 'oldest' ? 'oldest' : 'newest';
    const server = await startCodeServer({ workbench, openFolder: repository });
    const browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments });
    try {
        const page = await browser.newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
        /** @type {Promise<number>} */
        const finished = new Promise((resolve, reject) => {
            page.once('crash', () => reject(new SetupError('the page crashed')));
            page.once('close', () => reject(new SetupError('the page closed')));
            void server.exited.then(() => reject(new SetupError(`code-server ended:\n${server.output()}`)));
            void page.exposeFunction('codeAutomationExit', (/** @type {number} */ status) => resolve(status));
        });
        /** @type {string[]} */
        const workbenchLog = [];
        await page.exposeFunction('codeAutomationLog', (/** @type {string} */ _type, /** @type {unknown[]} */ args) => {
            const line = format(...args);
            if (line.startsWith(reportPrefix)) {
                console.log(line.slice(reportPrefix.length));
            } else {
                workbenchLog.push(line.split('\n').slice(0, 3).join('\n'));
            }
        });
        const developmentOptions = {
            extensions: [remoteUri(extension, server.port)],
            extensionTestsPath: remoteUri(suite, server.port),
        };
        await page.addInitScript({ content: tellThePage(developmentOptions) });
        await page.goto(server.url);
        const status = await finished;
        if (status !== 0) {
            console.log(`The workbench's log:\n${workbenchLog.slice(-40).join('\n')}`);
        }
        return status;
    } finally {
        await browser.close();
        await server.stop();
    }
});

/** @param {string} name */
function argument(name) {
    const prefix = `--${name}=`;
    const value = process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
    if (!value) {
        throw new SetupError(`workbench-launcher: ${prefix}… is missing`);
    }
    return value;
}

/**
 * @param {string} path
 * @param {number} port
 */
function remoteUri(path, port) {
    return { scheme: 'vscode-remote', authority: `127.0.0.1:${port}`, path: pathToFileURL(path).pathname };
}

/**
 * A script for the page, which runs before the workbench reads its configuration. (Rewriting the response instead
 * would break the page's WebSockets, and the `payload` query says it to old workbenches only.)
 * @param {{ extensions: readonly object[], extensionTestsPath: object }} developmentOptions
 */
function tellThePage(developmentOptions) {
    return `document.addEventListener('readystatechange', () => {
        const element = document.getElementById('vscode-workbench-web-configuration');
        const settings = JSON.parse(element.getAttribute('data-settings'));
        settings.developmentOptions = ${JSON.stringify(developmentOptions)};
        element.setAttribute('data-settings', JSON.stringify(settings));
    }, { once: true });`;
}
