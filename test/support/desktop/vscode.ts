// Stands in for the program VS Code of a desktop, by its rules (vscode's main.ts, app.ts, environmentMainService.ts): an instance a
// user data folder, its process in a lock file there, an extension under development, a suite whose end is its own. Its window is the
// workbench from npm in Chromium; without one where STAND_IN_WINDOW is "none". What breaks a rule of VS Code ends it with 1 and a sentence.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { readArguments, type CodeArguments } from './arguments.ts';

const asked = readArguments(process.argv.slice(2));

function refuse(why: string): never {
  console.error(why);
  process.exit(1);
}

if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) refuse('Missing X server or $DISPLAY');
if (process.getuid?.() === 0 && !asked['no-sandbox']) refuse('Running as root without --no-sandbox is not supported.');
const userDataDir = asked['user-data-dir'] ?? refuse('The stand-in keeps no data of a user: name --user-data-dir.');
for (const extension of asked.extensionDevelopmentPath ?? []) {
  if (!path.isAbsolute(extension)) refuse(`${extension} is no absolute path of an extension.`);
  const { main } = JSON.parse(readFileSync(path.join(extension, 'package.json'), 'utf8')) as { main: string };
  if (!existsSync(path.join(extension, main))) refuse(`${extension} is not built: ${main} is not there.`);
}
for (const wanted of asked.paths) if (!existsSync(wanted) || !statSync(wanted).isDirectory()) refuse(`There is no folder ${wanted}.`);

mkdirSync(userDataDir, { recursive: true });
const lock = path.join(userDataDir, 'code.lock');
if (!(await claimed(path.join(userDataDir, 'main.sock')))) {
  if (asked.extensionTestsPath !== undefined) refuse('Running extension tests from the command line is currently only supported if no other instance of Code is running.');
  // The other one opens the window.
  process.exit(0);
}
/** How to end what a window is made of, as soon as there is something to end. */
const parts: (() => Promise<void>)[] = [];

let isQuitting = false;
async function quit(exitCode: number): Promise<void> {
  if (isQuitting) return;
  isQuitting = true;
  for (const end of parts.toReversed()) await end().catch((error: unknown) => console.error(error));
  rmSync(lock, { force: true });
  process.exit(exitCode);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void quit(0));
writeFileSync(lock, String(process.pid));
if (process.env['STAND_IN_WINDOW'] === 'none') {
  if (asked.extensionTestsPath !== undefined) refuse('Tests want a window.');
} else {
  await openWindow(asked).catch((error: unknown) => {
    console.error(error);
    return quit(1);
  });
}

/** One instance a user data folder: whoever listens. A socket that a crash left behind is taken over. */
async function claimed(socket: string): Promise<boolean> {
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = connect(socket, () => resolve(true)).once('error', () => resolve(false));
    probe.unref();
  });
  if (isAnswered) return false;
  rmSync(socket, { force: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return true;
}

async function openWindow({ extensionDevelopmentPath, extensionTestsPath, paths, 'remote-debugging-port': debugPort }: CodeArguments): Promise<void> {
  // Loaded only where there is a window.
  const [{ launchChromium }, { ensureCodeServer, startCodeServer }] = await Promise.all([import('../chromium.ts'), import('../codeServer.ts')]);
  const dataDir = path.join(userDataDir, 'server');
  const settings = path.join(userDataDir, 'User/settings.json');
  mkdirSync(path.join(dataDir, 'data/Machine'), { recursive: true });
  if (existsSync(settings)) writeFileSync(path.join(dataDir, 'data/Machine/settings.json'), readFileSync(settings));
  const starting = startCodeServer({ vscodeDir: await ensureCodeServer(), dataDir, folder: paths[0] ?? os.homedir(), extensionPath: extensionDevelopmentPath?.[0], testsPath: extensionTestsPath });
  parts.push(async () => (await starting).stop());
  const launching = launchChromium(debugPort === undefined ? [] : [`--remote-debugging-port=${debugPort}`]);
  parts.push(async () => (await launching).close());
  const [server, browser] = await Promise.all([starting, launching]);
  browser.once('disconnected', () => void quit(1));
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  // The workbench hands the end of a suite to whoever drives it (vscode's extensionService.ts).
  await page.exposeFunction('codeAutomationExit', (code: number) => void quit(code));
  // A desktop's window has this name.
  await page.goto(`${server.url}#workbench.html`);
}
