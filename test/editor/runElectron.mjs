// The same suite in VS Code itself: downloaded by @vscode/test-electron, or the program that TRACEFALL_VSCODE names. Its user is Playwright too, over the
// editor's debugging port. Ends with `N passed, N failed, N skipped`. `--grep TEXT` runs only the tests with that in their name;
// `--stand-in` runs it where no VS Code can be had, in a program that keeps VS Code's rules around the workbench from npm.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { chromium } from 'playwright-core';
import { ensureCodeServer } from '../../scripts/codeServer.mjs';
import { endDesktopEditor } from '../../scripts/desktopEditor.mjs';
import { freePorts } from '../support/ports.ts';
import { installDesktop } from '../support/desktop/install.ts';
import { bundleSuite, printReport } from './hostSuite.ts';
import { User } from './user.ts';
import { startUserServer } from './userServer.ts';
import { QUIET, ROOT } from './workbench.ts';

async function downloaded() {
  try {
    return await downloadAndUnzipVSCode();
  } catch (error) {
    throw new Error(`VS Code could not be downloaded (${error.message}). Name an installed one by TRACEFALL_VSCODE, or try --stand-in.`, { cause: error });
  }
}

/** The workbench's page, as soon as the editor shows it. */
async function workbenchPage(port) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`).catch(() => undefined);
    const page = browser?.contexts().flatMap((context) => context.pages()).find((candidate) => candidate.url().includes('workbench'));
    if (page !== undefined) return page;
    await browser?.close();
    await sleep(200);
  }
  throw new Error('VS Code showed no workbench within a minute.');
}

const { values: wanted } = parseArgs({ options: { grep: { type: 'string' }, 'stand-in': { type: 'boolean' } } });
/** Dialogs and menus of the page, as in a browser: those of the operating system are no part of it, and nobody could press them. */
const DRAWN = { 'window.dialogStyle': 'custom', 'window.titleBarStyle': 'custom', 'window.menuStyle': 'custom', 'files.simpleDialog.enable': true };
const TIMEOUT_MS = 8 * 60_000;
const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
const scratch = mkdtempSync(path.join(os.tmpdir(), 'tracefall-electron-'));
const folder = path.join(scratch, 'shop');
cpSync(path.join(ROOT, 'test/editor/fixture'), folder, { recursive: true });
const [debugPort, otlpPort] = await freePorts(2);
const userData = path.join(scratch, 'user');
mkdirSync(path.join(userData, 'User'), { recursive: true });
writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify({ ...QUIET, ...DRAWN, 'tracefall.collector.port': otlpPort, 'tracefall.collector.grpcPort': 0, 'tracefall.store.path': path.join(scratch, 'traces.db') }));
let user;
const users = await startUserServer(() => user, (report) => printReport(report, counts));
let isDone = false;
void users.ended.then(() => (isDone = true));
try {
  if (wanted['stand-in']) {
    // Its window is drawn without a display, which it asks for as VS Code does.
    process.env.DISPLAY ||= ':0';
    await ensureCodeServer();
  }
  const vscodeExecutablePath = wanted['stand-in'] ? installDesktop(path.join(scratch, 'bin')).vscode : (process.env.TRACEFALL_VSCODE ?? (await downloaded()));
  const extensionTestsPath = await bundleSuite();
  const running = runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: ROOT,
    extensionTestsPath,
    extensionTestsEnv: { TRACEFALL_TEST_USER: users.url, ...(wanted.grep === undefined ? {} : { TRACEFALL_TEST_GREP: wanted.grep }) },
    launchArgs: [folder, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome', '--skip-release-notes', `--user-data-dir=${userData}`, `--remote-debugging-port=${debugPort}`],
  });
  // The suite asks for the user as soon as it runs: wait for both.
  user = new Proxy({}, { get: (_, method) => async (...args) => (await page)[method](...args) });
  const page = workbenchPage(debugPort).then((found) => new User(found));
  // The suite that wants it fails; without a suite nobody asks.
  page.catch(() => undefined);
  await Promise.race([running, sleep(TIMEOUT_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`The suite did not end within ${TIMEOUT_MS / 60_000} minutes.`)))]);
} catch (error) {
  // A suite that came to its end has said itself what failed.
  if (!isDone || counts.failed === 0) printReport({ kind: 'fail', title: 'VS Code', detail: error instanceof Error ? error.message : String(error) }, counts);
} finally {
  await endDesktopEditor(userData);
  users.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
if (counts.passed + counts.failed + counts.skipped === 0) printReport({ kind: 'fail', title: wanted.grep === undefined ? 'no test ran' : `no test has “${wanted.grep}” in its name` }, counts);
if (counts.failures.length > 0) console.log(`\n━━ failed\n${counts.failures.join('\n\n')}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
