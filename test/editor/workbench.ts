// A real workbench for the editor tests: code-server with data of its own on a free port, Chromium beside it, the extension under
// development inside. One workbench a call; stop() ends both. Must not know what is tested.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { ensureCodeServer, startCodeServer } from '../support/codeServer.ts';
import { freePort } from '../support/ports.ts';
import { User } from './user.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export interface WorkbenchOptions {
  /** A bundled suite to run inside the extension host. */
  readonly testsPath?: string;
  /** Restricted Mode exists only with it. */
  readonly workspaceTrust?: boolean;
  /** Of the machine: ports and paths may only be set there. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly workspaceSettings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** All that VS Code brings runs, as it does for users. Without it, what most tests do not see is left out. */
  readonly whole?: boolean;
  /** Further arguments of its server. */
  readonly serverArgs?: readonly string[];
  readonly folder?: string;
  readonly log?: (text: string) => void;
}

export interface Workbench {
  readonly page: Page;
  readonly user: User;
  /** The opened folder: a copy of the fixture. */
  readonly folder: string;
  readonly scratch: string;
  /** Where the collector is to listen. */
  readonly endpoint: string;
  open(): Promise<void>;
  stop(): Promise<void>;
}

export const QUIET = { 'workbench.startupEditor': 'none', 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'extensions.autoCheckUpdates': false, 'workbench.tips.enabled': false };
/** Of VS Code's own extensions those that tests see; what the others and its AI do at every start takes longer than many a test. */
const SEEN = ['theme-defaults', 'theme-seti', 'javascript', 'typescript-basics', 'python'];

export async function startWorkbench({ testsPath, workspaceTrust = false, settings = {}, workspaceSettings = {}, env = {}, serverArgs = [], whole = false, folder: wanted, log }: WorkbenchOptions = {}): Promise<Workbench> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'tracefall-editor-'));
  const folder = wanted ?? path.join(scratch, 'shop');
  if (wanted === undefined) {
    cpSync(path.join(ROOT, 'test/editor/fixture'), folder, { recursive: true });
    mkdirSync(path.join(folder, '.vscode'), { recursive: true });
    writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify({ ...QUIET, ...workspaceSettings }));
  }
  const otlpPort = await freePort();
  const machine = { ...QUIET, ...(whole ? {} : { 'chat.disableAIFeatures': true }), 'tracefall.collector.port': otlpPort, 'tracefall.collector.grpcPort': 0, 'tracefall.store.path': path.join(scratch, 'traces.db'), ...settings };
  const dataDir = path.join(scratch, 'server');
  mkdirSync(path.join(dataDir, 'data/Machine'), { recursive: true });
  writeFileSync(path.join(dataDir, 'data/Machine/settings.json'), JSON.stringify(machine));
  const vscodeDir = await ensureCodeServer();
  const builtIn = path.join(scratch, 'built-in');
  if (!whole) for (const name of SEEN) cpSync(path.join(vscodeDir, 'extensions', name), path.join(builtIn, name), { recursive: true });
  const args = whole ? serverArgs : ['--builtin-extensions-dir', builtIn, ...serverArgs];
  const server = await startCodeServer({ vscodeDir, dataDir, folder, extensionPath: ROOT, testsPath, workspaceTrust, args, env, log });
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], reducedMotion: whole ? 'no-preference' : 'reduce' });
  const page = await context.newPage();
  return {
    page,
    user: new User(page),
    folder,
    scratch,
    endpoint: `http://127.0.0.1:${otlpPort}`,
    open: async () => {
      await page.goto(server.url);
      await page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 90_000 });
    },
    stop: async () => {
      await browser.close();
      await server.stop();
      rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
