// A real workbench for the editor tests: code-server with data of its own on a free port, Chromium beside it, the extension under
// development inside. One workbench per call; stop() ends both. Must not know what is tested.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { ensureCodeServer, freePort, startCodeServer } from '../../scripts/codeServer.mjs';
import { root } from '../../scripts/install.mjs';

export const FIXTURE = path.join(root, 'test/editor/fixture');

/** `settings` go to the machine's settings, `workspaceSettings` into the folder's .vscode. */
export async function startWorkbench({ testsPath, workspaceTrust = false, settings = {}, workspaceSettings, env = {}, viewport = { width: 1400, height: 900 }, log = () => undefined } = {}) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'tracefall-editor-'));
  const folder = path.join(scratch, 'shop');
  cpSync(FIXTURE, folder, { recursive: true });
  if (workspaceSettings !== undefined) {
    mkdirSync(path.join(folder, '.vscode'), { recursive: true });
    writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(workspaceSettings));
  }
  const dataDir = path.join(scratch, 'server');
  const otlpPort = await freePort();
  const machine = { 'tracefall.collector.port': otlpPort, 'tracefall.store.path': path.join(scratch, 'traces.db'), ...settings };
  mkdirSync(path.join(dataDir, 'data/Machine'), { recursive: true });
  writeFileSync(path.join(dataDir, 'data/Machine/settings.json'), JSON.stringify(machine));
  const server = await startCodeServer({ vscodeDir: await ensureCodeServer(), dataDir, folder, extensionPath: root, testsPath, workspaceTrust, env, log });
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS });
  const context = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const stop = async () => {
    await browser.close();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
  return { server, page, folder, scratch, otlpPort, endpoint: `http://127.0.0.1:${otlpPort}`, stop };
}

export async function openWorkbench({ server, page }) {
  await page.goto(server.url);
  await page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 90_000 });
}
