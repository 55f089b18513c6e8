// VS Code's real workbench and extension host from npm (code-server), for `npm start` without an editor and for the
// editor tests. Kept in a cache outside the clone, keyed by version (DESIGN §9 has the measured recipe).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npm, projectNode } from './install.mjs';
import { freePort } from './ports.mjs';

export const CODE_SERVER_VERSION = '4.139.1';
/** Raise when what is installed beside it changes: caches that are there are then made anew. */
const CACHE_REVISION = 2;

function cacheDir() {
  return process.env.TRACEFALL_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'tracefall');
}

/** VS Code's file watcher is native and an optional dependency, left out with the others; without it no change of a file is seen. */
function watcherPackage() {
  const libc = process.platform === 'linux' ? (process.report.getReport().header.glibcVersionRuntime === undefined ? '-musl' : '-glibc') : '';
  return `@parcel/watcher-${process.platform}-${process.arch}${libc}@2.5.6`;
}

/** Installs code-server once; answers its `lib/vscode` folder. Two processes may race: the last rename wins or is dropped. */
export async function ensureCodeServer(log = console.log) {
  const home = path.join(cacheDir(), `code-server-${CODE_SERVER_VERSION}-${CACHE_REVISION}`);
  const vscode = path.join(home, 'node_modules', 'code-server', 'lib', 'vscode');
  if (existsSync(path.join(home, 'complete'))) return vscode;
  log(`Installing the VS Code workbench (code-server ${CODE_SERVER_VERSION}, about 460 MB, once) into ${home} …`);
  mkdirSync(cacheDir(), { recursive: true });
  const temp = mkdtempSync(path.join(cacheDir(), 'installing-'));
  try {
    writeFileSync(path.join(temp, 'package.json'), '{"private":true}');
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await npm(['install', `code-server@${CODE_SERVER_VERSION}`, watcherPackage(), ...quiet], { cwd: temp });
    await npm(['install', '--omit=dev', '--omit=optional', ...quiet], { cwd: path.join(temp, 'node_modules', 'code-server', 'lib', 'vscode') });
    writeFileSync(path.join(temp, 'complete'), '');
    renameSync(temp, home);
  } catch (error) {
    rmSync(temp, { recursive: true, force: true });
    if (!existsSync(path.join(home, 'complete'))) throw new Error(`The VS Code workbench could not be installed: ${error.message}`, { cause: error });
  }
  return vscode;
}

/**
 * Starts the workbench's server on 127.0.0.1 with a random connection token and waits until it answers.
 * `extensionPath` is loaded as a development extension; `testsPath` runs a suite inside its extension host; `args` are the server's own.
 * Answers { url, port, token, process, stop() }; the page must be opened by a browser before an extension host exists.
 */
export async function startCodeServer({ vscodeDir, dataDir, folder, extensionPath, testsPath, port, workspaceTrust = false, args = [], env = {}, log = () => undefined }) {
  // 0 is any, as for every server.
  const chosen = port || (await freePort());
  const token = randomBytes(24).toString('hex');
  mkdirSync(dataDir, { recursive: true });
  const child = spawn(
    projectNode(),
    [
      path.join(vscodeDir, 'out', 'server-main.js'), '--connection-token', token, '--accept-server-license-terms', '--host', '127.0.0.1', '--port', String(chosen),
      '--enable-smoke-test-driver', '--telemetry-level', 'off', ...(workspaceTrust ? [] : ['--disable-workspace-trust']), '--server-data-dir', dataDir, ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  child.stdout.on('data', (data) => log(String(data)));
  child.stderr.on('data', (data) => log(String(data)));
  const remote = (file) => `vscode-remote://127.0.0.1:${chosen}${file}`;
  const payload = [];
  if (extensionPath !== undefined) payload.push(['extensionDevelopmentPath', remote(extensionPath)]);
  if (testsPath !== undefined) payload.push(['extensionTestsPath', remote(testsPath)]);
  const query = new URLSearchParams({ tkn: token, folder, ...(payload.length === 0 ? {} : { payload: JSON.stringify(payload) }) });
  const url = `http://127.0.0.1:${chosen}/?${query}`;
  await answering(`http://127.0.0.1:${chosen}/version`, child);
  return { url, port: chosen, token, process: child, stop: () => stop(child) };
}

async function answering(url, child) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`The workbench's server ended at once (exit code ${child.exitCode}). Is its port taken? Try another --port.`);
    const ok = await fetch(url).then((response) => response.status < 500, () => false);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error('The workbench\'s server did not answer within a minute.');
}

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
