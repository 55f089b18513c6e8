// One Chromium and one bridge for a test file (`pages()` in its describe); each opened waterfall is a page with a host of its own.
// The page is the built one (`npm run build`), under the policy the product sends.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Browser, ConsoleMessage, Frame, Page, Request } from 'playwright-core';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import { launchChromium } from '../support/chromium.ts';
import { startBridge, type Bridge } from './bridge.ts';
import { FakeHost, newSession, type HostOptions } from './fakeHost.ts';
import { unexpected } from './look.ts';
import { runParent, runPreload, type ParentWindow } from './pageScripts.ts';
import { THEMES, type ThemeSheet } from './themes.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const DIST = process.env['TRACEFALL_WEBVIEW_DIST'] ?? path.join(ROOT, 'dist/webview');

export interface OpenOptions extends Partial<HostOptions> {
  readonly theme?: ThemeSheet;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
  readonly saved?: unknown;
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
  /** Do not wait for rows: the state under test has none. */
  readonly rowless?: boolean;
}

export interface Waterfall {
  readonly page: Page;
  readonly frame: Frame;
  readonly host: FakeHost;
  /** Errors of scripts and CSP reports, as they happened. */
  readonly problems: string[];
  /** Requests that left for anywhere but the bridge. */
  readonly strangers: string[];
  readonly close: () => Promise<void>;
}

export class Harness {
  readonly #browser: Browser;
  readonly #bridge: Bridge;
  /** Pages that are not in use, by what a page cannot change: making one takes longer than most tests. */
  readonly #idle = new Map<string, Page[]>();

  private constructor(browser: Browser, bridge: Bridge) {
    this.#browser = browser;
    this.#bridge = bridge;
  }

  static async start(): Promise<Harness> {
    if (!existsSync(path.join(DIST, 'main.js'))) throw new Error(`The webview is not built: ${DIST} has no main.js. Run npm run build first.`);
    return new Harness(await launchChromium(), await startBridge(DIST));
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#bridge.close();
  }

  async open(options: OpenOptions): Promise<Waterfall> {
    const session = newSession();
    const batches = options.batches ?? [];
    const host = new FakeHost(this.#bridge.port(session), { ...options, batches, traceId: options.traceId ?? firstTraceId(batches) });
    const { width, height, scale, reducedMotion, forcedColors } = options;
    const look = JSON.stringify([width, height, scale, reducedMotion, forcedColors]);
    const page = this.#idle.get(look)?.pop() ?? (await newPage(this.#browser, options));
    const opened = await openIn(page, this.#bridge.origin, session, options);
    return {
      ...opened,
      get frame() {
        return opened.frameNow();
      },
      host,
      close: async () => {
        host.dispose();
        opened.leave();
        const idle = this.#idle.get(look);
        if (idle === undefined) this.#idle.set(look, [page]);
        else idle.push(page);
      },
    };
  }
}

export interface OpenedPage extends Pick<Waterfall, 'page' | 'problems' | 'strangers'> {
  /** The frame there is now: another one after a reload. */
  readonly frameNow: () => Frame;
  /** Nothing of it is watched any more. */
  readonly leave: () => void;
}

/** A page of its own, with all that a page cannot change later. */
export async function newPage(browser: Browser, { width = 1180, height = 760, scale = 1, reducedMotion = true, forcedColors = false }: Pick<OpenOptions, 'width' | 'height' | 'scale' | 'reducedMotion' | 'forcedColors'> = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: forcedColors ? 'active' : 'none',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.addInitScript(runPreload);
  return page;
}

/** A waterfall's frame in a page at a bridge. Whose host answers at the other end is none of its business. */
export async function openIn(page: Page, origin: string, session: string, { theme = THEMES[0]!, saved, rowless = false }: Pick<OpenOptions, 'theme' | 'saved' | 'rowless'>): Promise<OpenedPage> {
  await page.goto(`${origin}/parent`);
  const problems: string[] = [];
  const strangers: string[] = [];
  const onError = (error: Error): void => void problems.push(`error: ${error.message}`);
  const onConsole = (message: ConsoleMessage): void => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) problems.push(`console: ${message.text()}`);
  };
  const onRequest = (request: Request): void => {
    if (!request.url().startsWith(origin)) strangers.push(request.url());
  };
  page.on('pageerror', onError);
  page.on('console', onConsole);
  page.on('request', onRequest);
  await page.evaluate(runParent, { session, theme: { kind: theme.kind, tokens: theme.tokens }, saved });
  const frame = await frameOf(page);
  if (!rowless) await frame.waitForSelector('[role=row]:not([hidden])', { timeout: 60_000 });
  return {
    page, problems, strangers,
    frameNow: () => page.frames().find((candidate) => candidate !== page.mainFrame()) ?? frame,
    leave: () => {
      page.off('pageerror', onError);
      page.off('console', onConsole);
      page.off('request', onRequest);
    },
  };
}

/**
 * The harness of a describe block: started before its tests and stopped after them. What a test opened is closed after it, and
 * nothing unexpected may have happened in it meanwhile.
 */
export function pages(): Pick<Harness, 'open'> {
  const opened: Waterfall[] = [];
  let harness: Harness | undefined;
  before(async () => {
    harness = await Harness.start();
  });
  after(() => harness?.stop());
  afterEach(async () => {
    const all = opened.splice(0);
    const problems = all.flatMap(unexpected);
    for (const waterfall of all) await waterfall.close();
    assert.deepEqual(problems, []);
  });
  return {
    open: async (options) => {
      const waterfall = await harness!.open(options);
      opened.push(waterfall);
      return waterfall;
    },
  };
}

async function frameOf(page: Page): Promise<Frame> {
  const element = await page.waitForSelector('iframe');
  const frame = await element.contentFrame();
  if (frame === null) throw new Error('The waterfall has no frame.');
  return frame;
}

/** Makes the frame anew, as Reload Window does; what was saved is there. */
export async function reopen(waterfall: Waterfall): Promise<void> {
  await waterfall.page.evaluate(() => (window as unknown as ParentWindow).tracefallParent.open());
  await (await frameOf(waterfall.page)).waitForSelector('[role=row]:not([hidden])');
}

export const savedState = (waterfall: Waterfall): Promise<unknown> => waterfall.page.evaluate(() => (window as unknown as ParentWindow).tracefallParent.state);

export function firstTraceId(batches: readonly SpanBatch[]): string {
  return splitByTrace(batches)[0]?.traceId ?? '0'.repeat(32);
}
