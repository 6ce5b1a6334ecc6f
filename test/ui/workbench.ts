// Drives a real workbench in a headless Chromium, as a person would: by what is on the screen.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, errors } from 'playwright-core';
import type { Frame, Locator, Page } from 'playwright-core';
import { browserArguments } from '../lab/browser.mjs';
import type * as CodeServer from '../lab/code-server.mjs';
import type * as Programs from '../lab/programs.mjs';
import type * as Setup from '../lab/setup.mjs';

export interface WorkbenchOptions {
    /** Default: as the runner says, else the newest. */
    readonly version?: 'oldest' | 'newest';
    /** .vsix files. Default: this extension, as it would be published. */
    readonly extensions?: readonly string[];
    readonly openFolder?: string;
    readonly theme?: keyof typeof themes;
    /** The user's settings. */
    readonly settings?: Readonly<Record<string, unknown>>;
    /** More environment variables for the extension host, such as DOCKER_HOST. */
    readonly environment?: Readonly<Record<string, string>>;
    /** Whether the workbench asks before it trusts the folder. */
    readonly askForTrust?: boolean;
    /** In CSS pixels. */
    readonly size?: { readonly width: number; readonly height: number };
    /** Physical pixels for each CSS pixel. */
    readonly pixelRatio?: number;
}

export interface Workbench {
    readonly page: Page;
    /** What code-server and its extension hosts have written so far. */
    readonly output: () => string;
    /** Holds its settings, in data/User and data/Machine. */
    readonly dataFolder: string;
    readonly close: () => Promise<void>;
}

export interface TreeRow {
    /** What a screen reader says: label, description and state. */
    readonly label: string;
    /** 1 at the root. */
    readonly level: number;
    /** Absent where there is nothing to expand. */
    readonly expanded?: boolean;
    readonly selected: boolean;
}

/** Themes that both the oldest and the newest workbench have. */
const themes = {
    dark: 'Default Dark Modern',
    light: 'Default Light Modern',
    'high contrast': 'Default High Contrast',
    'high contrast light': 'Default High Contrast Light',
} as const;

const sidebarRows = '.part.sidebar .monaco-list-row[role="treeitem"]';
const quickInput = '.quick-input-widget:visible';

/** For the suite that calls it: closes after its tests what it opened; and shows that in a screenshot where a test failed. */
export function workbenchesOfThisSuite(): (options?: WorkbenchOptions) => Promise<Workbench> {
    const opened: Workbench[] = [];
    afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        for (const { page } of opened) await screenshot(page, `failed ${this.currentTest.title}`);
    });
    after(async () => {
        for (const workbench of opened) await workbench.close();
    });
    return async (options) => {
        const workbench = await openWorkbench(options);
        opened.push(workbench);
        return workbench;
    };
}

export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
    const { startCodeServer } = await lab<typeof CodeServer>('code-server');
    const { findBrowser } = await lab<typeof Programs>('programs');
    const { repository } = await lab<typeof Setup>('setup');
    const server = await startCodeServer({
        workbench: options.version ?? (process.env['DOCKER_RUNTIME_WORKBENCH'] === 'oldest' ? 'oldest' : 'newest'),
        openFolder: options.openFolder ?? repository,
        extensions: options.extensions ?? [await packagedExtension()],
        settings: { 'workbench.colorTheme': themes[options.theme ?? 'dark'], ...options.settings },
        environment: options.environment,
        askForTrust: options.askForTrust,
    });
    try {
        const browser = await chromium.launch({ executablePath: findBrowser(), args: [...browserArguments] });
        const page = await browser.newPage({
            viewport: options.size ?? { width: 1280, height: 800 },
            deviceScaleFactor: options.pixelRatio ?? 1,
            permissions: ['clipboard-read', 'clipboard-write'],
        });
        const close = async (): Promise<void> => {
            await browser.close();
            await server.stop();
        };
        await page.goto(server.url);
        await page.locator('.part.activitybar .action-item').first().waitFor();
        return { page, output: server.output, dataFolder: server.dataFolder, close };
    } catch (error) {
        await server.stop();
        throw error;
    }
}

/** Clicks an icon of the activity bar, unless its view is open already. */
export async function openView(page: Page, title: string): Promise<void> {
    const icon = page.locator('.part.activitybar').getByRole('tab', { name: title });
    if ((await icon.getAttribute('aria-selected')) !== 'true') {
        await icon.click();
    }
    await page.locator('.part.sidebar .composite.title').getByText(title).first().waitFor();
}

/** The rows of the sidebar that are on the screen, from top to bottom. */
export async function treeRows(page: Page): Promise<readonly TreeRow[]> {
    const rows = await page.locator(sidebarRows).evaluateAll((elements) =>
        elements.map((element) => ({
            top: element.getBoundingClientRect().top,
            label: element.getAttribute('aria-label') ?? '',
            level: Number(element.getAttribute('aria-level')),
            expanded: element.getAttribute('aria-expanded'),
            selected: element.getAttribute('aria-selected') === 'true',
        })),
    );
    return rows
        .sort((one, other) => one.top - other.top)
        .map(({ label, level, expanded, selected }) => ({
            label,
            level,
            selected,
            ...(expanded === null ? {} : { expanded: expanded === 'true' }),
        }));
}

/** The first row of the sidebar whose label contains the text, or matches. */
export function treeRow(page: Page, label: string | RegExp): Locator {
    return page.locator('.part.sidebar').getByRole('treeitem', { name: label }).first();
}

export async function expandRow(page: Page, label: string | RegExp): Promise<void> {
    const row = treeRow(page, label);
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) === 'false') {
        await row.locator('.monaco-tl-twistie').click();
    }
    await page.locator(`${sidebarRows}[aria-expanded="true"]`).and(row).waitFor();
}

/**
 * The text of a row's hover, once it is there. A row that is drawn again or moves under the mouse gets no hover, or its
 * neighbour's: then it is tried again, as long as the test may take.
 */
export async function hoverRow(page: Page, label: string | RegExp): Promise<string> {
    const hover = page.locator('.monaco-hover:visible');
    const settled = hover.filter({ hasText: /\S/, hasNotText: /^\s*Loading\b/ }).first();
    const row = treeRow(page, label).locator('.monaco-icon-label').first();
    for (;;) {
        await page.mouse.move(0, 0); // away from the row before, whose hover goes first
        await hover.first().waitFor({ state: 'detached' });
        await row.hover();
        const text = await settled.innerText({ timeout: 5000 }).catch(undefinedIfTimedOut);
        if (text !== undefined && (await row.evaluate((element) => element.matches(':hover')))) {
            return text;
        }
    }
}

/** For a step that is tried again when it took too long. */
function undefinedIfTimedOut(error: unknown): undefined {
    if (!(error instanceof errors.TimeoutError)) throw error;
}

/** Runs a command as from the palette, by its whole title. */
export async function runCommand(page: Page, title: string): Promise<void> {
    await page.keyboard.press('F1');
    const input = page.locator(`${quickInput} input[type="text"]`);
    await input.fill(`>${title}`);
    await pickItem(page, title);
}

/** Shows a recorded host, as a person opens it. */
export async function openSnapshot(page: Page, path: string): Promise<void> {
    await runCommand(page, 'Docker Runtime: Open Snapshot…');
    await page.locator('.quick-input-title:visible', { hasText: 'Open a recorded host' }).waitFor();
    const file = quickItem(page, basename(path)); // the dialog looks into the folder first
    do {
        // While it opens, it may still write the folder that it begins with over what was typed.
        await page.locator(`${quickInput} input[type="text"]`).fill(path);
        await file.waitFor({ timeout: 3000 }).catch(undefinedIfTimedOut);
    } while (!(await file.isVisible()));
    await file.click();
}

/** Types into the open quick input and accepts. */
export async function answerInput(page: Page, text: string): Promise<void> {
    await page.locator(`${quickInput} input[type="text"]`).fill(text);
    await page.keyboard.press('Enter');
}

/** Chooses an item of the open quick pick. */
async function pickItem(page: Page, label: string): Promise<void> {
    await quickItem(page, label).click();
}

function quickItem(page: Page, label: string): Locator {
    const items = page.locator(`${quickInput} .monaco-list-row`);
    return items.filter({ has: page.getByText(label, { exact: true }) }).first();
}

/** The document inside the webview that shows the given element: VS Code wraps each in two frames. */
export async function webviewFrame(page: Page, selector: string): Promise<Frame> {
    const inner = page.frameLocator('iframe.webview').frameLocator('#active-frame').locator(selector).first();
    await inner.waitFor();
    const frame = await (await inner.elementHandle())?.ownerFrame();
    if (!frame) {
        throw new Error(`The webview that showed ${selector} has closed`);
    }
    return frame;
}

/** Takes a picture of the whole window into the git-ignored folder of screenshots. */
export async function screenshot(page: Page, name: string): Promise<string> {
    const { labFolder } = await lab<typeof Setup>('setup');
    mkdirSync(join(labFolder, 'screenshots'), { recursive: true });
    const path = join(labFolder, 'screenshots', `${name}.png`);
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
    return path;
}

async function packagedExtension(): Promise<string> {
    const { packageExtension, vsixFile } = await lab<typeof Setup>('setup');
    return existsSync(vsixFile) ? vsixFile : (await packageExtension()).file;
}

/** The lab's modules are programs of their own, not part of the bundle that this file becomes. */
async function lab<Module>(name: string): Promise<Module> {
    const file = join(__dirname, '../../../test/lab', `${name}.mjs`);
    return (await import(pathToFileURL(file).href)) as Module;
}
