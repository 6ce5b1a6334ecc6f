/** Opens the picture's page in a real browser, as a webview would: its own document, its policy, its theme. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { pageHtml } from '../../src/editor/page-html';
import { textOfMessage, type MessageToExtension, type MessageToPage } from '../../src/protocol';
import { bodyClasses, themes, type ThemeName } from './page-themes';

export interface PageHost {
    readonly open: (options?: OpenOptions) => Promise<OpenPage>;
    readonly close: () => Promise<void>;
}

export interface OpenOptions {
    readonly theme?: ThemeName;
    readonly width?: number;
    readonly height?: number;
    /** What VS Code kept from the last time. */
    readonly stored?: unknown;
    readonly forcedColors?: boolean;
    /** In pixels. */
    readonly fontSize?: number;
}

export interface OpenPage {
    readonly page: Page;
    readonly send: (message: MessageToPage) => Promise<void>;
    /** What the page has posted so far. */
    readonly posted: () => Promise<readonly MessageToExtension[]>;
    readonly stored: () => Promise<unknown>;
    /** Violations of the policy, errors of the script, complaints on the console. */
    readonly complaints: () => Promise<readonly string[]>;
    readonly close: () => Promise<void>;
}

export async function startPageHost(): Promise<PageHost> {
    const server = createServer((request, response) => {
        void answer(request.url ?? '/', port()).then(
            ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
            () => response.writeHead(404).end(),
        );
    });
    const port = (): number => (server.address() as AddressInfo).port;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await launch().catch(async (error: unknown) => {
        await stop(server);
        throw error;
    });
    return {
        open: (options = {}) => open(browser, `http://127.0.0.1:${port()}/`, options),
        async close() {
            await browser.close();
            await stop(server);
        },
    };
}

function launch(): Promise<Browser> {
    return chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        args: [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
        ],
    });
}

/** In the page: what a webview has, and an ear for the browser's complaints. */
const beforeThePage = `
    window.posted = [];
    window.complaints = [];
    window.acquireVsCodeApi = () => ({
        postMessage: (message) => window.posted.push(structuredClone(message)),
        getState: () => window.stored,
        setState: (state) => { window.stored = structuredClone(state); },
    });
    addEventListener('error', (event) => window.complaints.push(String(event.message)));
    document.addEventListener('securitypolicyviolation', (event) =>
        window.complaints.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
`;

async function open(browser: Browser, address: string, options: OpenOptions): Promise<OpenPage> {
    const theme = options.theme ?? 'dark';
    const variables = { ...themes[theme], ...(options.fontSize && { '--vscode-font-size': `${options.fontSize}px` }) };
    const context = await browser.newContext({
        viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
        forcedColors: options.forcedColors ? 'active' : 'none',
        reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const spoken: string[] = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && spoken.push(message.text()));
    await page.addInitScript(`
        window.stored = ${JSON.stringify(options.stored ?? null)} ?? undefined;
        ${beforeThePage}
        new MutationObserver((records, observer) => {
            if (document.body) {
                observer.disconnect();
                document.body.className = ${JSON.stringify(bodyClasses[theme])};
            }
        }).observe(document, { childList: true, subtree: true });
        const dress = () => {
            for (const [name, value] of ${JSON.stringify(Object.entries(variables))}) {
                document.documentElement.style.setProperty(name, value);
            }
        };
        document.documentElement ? dress() : document.addEventListener('readystatechange', dress, { once: true });
    `);
    await page.goto(address);
    return {
        page,
        send: async (message) => page.evaluate(`postMessage(${JSON.stringify(textOfMessage(message))}, '*')`),
        posted: () => page.evaluate('window.posted'),
        stored: () => page.evaluate('window.stored'),
        complaints: async () => [...spoken, ...(await page.evaluate<string[]>('window.complaints'))],
        close: () => context.close(),
    };
}

async function answer(url: string, port: number): Promise<{ readonly type: string; readonly body: string | Buffer }> {
    switch (url) {
        case '/': {
            const origin = `http://127.0.0.1:${port}`;
            const body = pageHtml({
                nonce: 'c2VjcmV0',
                cspSource: origin,
                scriptUri: '/page.js',
                styleUri: '/page.css',
            });
            return { type: 'text/html', body };
        }
        case '/page.js':
            return { type: 'text/javascript', body: await readFile('dist/page.js') };
        case '/page.css':
            return { type: 'text/css', body: await readFile('media/page.css') };
        case '/favicon.ico':
            return { type: 'image/x-icon', body: '' };
        default:
            throw new Error(`nothing is served at ${url}`);
    }
}

function stop(server: Server): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
}
