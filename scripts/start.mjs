// `npm start`: installs what is missing, builds, and runs the whole thing: collector, demo pipeline, and VS Code with the
// extension and the demo workspace. Every child ends with it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findOnPath } from './chromium.mjs';
import { ensureCodeServer, startCodeServer } from './codeServer.mjs';
import { findDesktopEditor, hasDisplay, startDesktopEditor } from './desktopEditor.mjs';
import { ensureInstalled, projectEnv, projectNode, root, run } from './install.mjs';
import { freePort, isFree } from './ports.mjs';

const HELP = `npm start -- [options]

Builds Tracefall and runs it with a live demo: the collector, a small AI support chat that is traced for real, and VS Code
(yours where \`code\` is on the PATH and there is a display, else VS Code's workbench from npm in the browser).

  --port N         port of the workbench in the browser (default: a free one)
  --otlp-port N    port of the collector, OTLP/HTTP (default: 4318; when that is taken, a free one, which is printed)
  --workspace DIR  folder to open (default: the demo's source, test/demo)
  --no-demo        start no demo pipeline: send traces of your own to the printed endpoint
  --no-browser     do not open a browser; the URL is printed
  --profile DIR    where the database and the editor's data are kept (default: .profile in this checkout)
  --help           this text

Ctrl-C ends everything.`;

/** How to end what was started, the latest last. */
const stops = [];
let stopping = false;

async function stopAll(exitCode) {
  if (stopping) return;
  stopping = true;
  await Promise.all(stops.toReversed().map((stop) => stop()));
  process.exit(exitCode);
}

function endChild(child, group) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const send = (signal) => {
    try {
      if (group) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  return new Promise((resolve) => {
    const hard = setTimeout(() => send('SIGKILL'), 5000);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    send('SIGTERM');
  });
}

/** A child in a process group of its own, so that what it starts ends with it and Ctrl-C reaches it once, from us. */
function start(name, args, { onLine, env = {} } = {}) {
  const child = spawn(projectNode(), args, { cwd: root, env: projectEnv(env), stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
  stops.push(() => endChild(child, process.platform !== 'win32'));
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) if (onLine?.(line) !== true && line.trim() !== '') console.log(`[${name}] ${line}`);
    });
  }
  child.once('exit', (code, signal) => {
    if (stopping) return;
    console.error(`${name} ended unexpectedly (${signal ?? `exit code ${code}`}).`);
    void stopAll(1);
  });
  return child;
}

function portOf(text, name) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--${name} wants a port between 0 and 65535, not "${text}".`);
  return port;
}

async function startCollector(db, wantedPort) {
  let port = wantedPort ?? 4318;
  if (port !== 0 && !(await isFree(port))) {
    const free = await freePort();
    console.log(`Port ${port} is taken by another program; the collector uses ${free} instead.`);
    port = free;
  }
  return new Promise((resolve, reject) => {
    const child = start('collector', ['dist/cli.mjs', 'serve', '--port', String(port), '--db', db], {
      onLine: (line) => {
        const match = /listening on (http:\/\/\S+)/.exec(line);
        if (match !== null) resolve(match[1]);
        return match !== null;
      },
    });
    child.once('exit', () => reject(new Error('The collector ended before it listened.')));
  });
}

/** Waits until the store has a trace: the demo's first one is committed. */
async function firstTrace(db) {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (stopping) return;
    const found = await new Promise((resolve) => {
      const child = spawn(projectNode(), ['dist/cli.mjs', 'list', '--db', db, '--limit', '1', '--json'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      child.stdout.on('data', (data) => (text += data));
      child.once('exit', () => resolve(text.includes('"traceId"')));
    });
    if (found) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  if (!stopping) throw new Error('The demo sent no trace within two minutes.');
}

/** Of the demo's own profile: nothing lies over the view that people came for. */
const FIRST_LOOK = { 'workbench.startupEditor': 'none', 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.tips.enabled': false };

function writeSettings(file, settings) {
  mkdirSync(path.dirname(file), { recursive: true });
  let before = {};
  try {
    if (existsSync(file)) before = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not plain JSON (${error.message}): remove its comments, or name another --profile.`, { cause: error });
  }
  writeFileSync(file, `${JSON.stringify({ ...before, ...settings }, null, 2)}\n`);
}

function openBrowser(url) {
  const opener = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : findOnPath(['xdg-open', 'chromium', 'google-chrome', 'firefox']);
  if (opener === undefined || !hasDisplay()) return;
  const browser = spawn(opener, [url], { stdio: 'ignore', detached: true });
  browser.once('error', (error) => console.log(`No browser could be opened (${error.message}); open the URL yourself.`));
  browser.unref();
}

/** Answers what to print: a URL, or "in VS Code". */
async function startEditor({ profile, workspace, settings, port, browser }) {
  const code = findDesktopEditor();
  if (code !== undefined) {
    const userDataDir = path.join(profile, 'vscode');
    writeSettings(path.join(userDataDir, 'User', 'settings.json'), settings);
    const editor = startDesktopEditor({ code, userDataDir, extensionPath: root, workspace });
    stops.push(editor.stop);
    // Why it never came is said by who waits for it.
    void editor.ended.then((problem) => problem === undefined && stopAll(0));
    const problem = await editor.ready;
    if (problem !== undefined) throw new Error(problem);
    return 'in VS Code';
  }
  const vscodeDir = await ensureCodeServer();
  const dataDir = path.join(profile, 'code-server');
  writeSettings(path.join(dataDir, 'data', 'Machine', 'settings.json'), settings);
  const server = await startCodeServer({ vscodeDir, dataDir, folder: workspace, extensionPath: root, ...(port === undefined ? {} : { port }) });
  stops.push(() => endChild(server.process, false));
  server.process.once('exit', () => void stopAll(stopping ? 0 : 1));
  if (browser) openBrowser(server.url);
  return server.url;
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' }, 'otlp-port': { type: 'string' }, workspace: { type: 'string' }, profile: { type: 'string' },
      'no-demo': { type: 'boolean' }, 'no-browser': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(HELP);
  const [port, otlpPort] = [portOf(values.port, 'port'), portOf(values['otlp-port'], 'otlp-port')];
  const callers = (dir) => path.resolve(process.env.INIT_CWD ?? process.cwd(), dir);
  const profile = values.profile === undefined ? path.join(root, '.profile') : callers(values.profile);
  const workspace = values.workspace === undefined ? path.join(root, 'test', 'demo') : callers(values.workspace);
  if (!existsSync(workspace)) throw new Error(`There is no folder ${workspace} to open.`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stopAll(0));

  await ensureInstalled();
  await run('node', ['esbuild.mjs'], { env: projectEnv() });
  mkdirSync(profile, { recursive: true });
  const db = path.join(profile, 'traces.db');
  const endpoint = await startCollector(db, otlpPort);
  console.log(`Collector: OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`);
  if (!values['no-demo']) start('demo', ['test/demo/run.ts'], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  const settings = { ...FIRST_LOOK, 'tracefall.store.path': db, 'tracefall.collector.port': Number(new URL(endpoint).port) };
  const [where] = await Promise.all([
    startEditor({ profile, workspace, settings, port, browser: !values['no-browser'] }),
    values['no-demo'] ? undefined : firstTrace(db),
  ]);
  if (!stopping) console.log(`Tracefall is running: ${where}`);
}

main().catch((error) => {
  console.error(error.message);
  void stopAll(1);
});
