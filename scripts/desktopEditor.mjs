// VS Code itself, where there is one: opened on a folder with the extension under development, and ended with us.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOnPath } from './chromium.mjs';

const isWindows = process.platform === 'win32';
/** What an editor is given to close its windows in order. */
const CLOSING_MS = 5000;

export const hasDisplay = () => process.platform === 'darwin' || isWindows || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** The `code` of a machine one sits at. In a terminal of a remote window it is another program, which opens nothing of its own (code.sh). */
export function findDesktopEditor() {
  return hasDisplay() && !process.env.VSCODE_IPC_HOOK_CLI ? findOnPath([isWindows ? 'code.cmd' : 'code']) : undefined;
}

/**
 * Opens a window. `userDataDir` makes it an instance of its own, beside the developer's.
 * Answers { ready, ended, stop() }. `ready` resolves when VS Code runs, `ended` when its window was closed, or to a sentence that says
 * why there is none.
 */
export function startDesktopEditor({ code, userDataDir, extensionPath, workspace }) {
  const args = ['--user-data-dir', userDataDir, '--disable-workspace-trust', '--wait', '--new-window', `--extensionDevelopmentPath=${extensionPath}`, workspace];
  // Chromium runs as root only like this.
  if (process.platform === 'linux' && process.getuid() === 0) args.unshift('--no-sandbox');
  const started = Date.now();
  // `code` is a batch file there, which only a shell runs.
  const child = isWindows
    ? spawn(`"${code}"`, args.map((arg) => `"${arg}"`), { stdio: ['ignore', 'inherit', 'inherit'], shell: true })
    : spawn(code, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const editor = { child, main: undefined, isGone: false, look: () => (editor.main ??= mainProcess(userDataDir, started)) };
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`VS Code could not be started: ${error.message}`));
    child.once('exit', (exitCode, signal) => {
      if (exitCode !== 0) resolve(`${code} ended with ${signal ?? `exit code ${exitCode}`}.`);
      else resolve(editor.look() === undefined ? `VS Code opened no window of its own. Is one open already with ${userDataDir}? Close it, or name another --profile.` : undefined);
    });
  }).finally(() => (editor.isGone = true));
  return { ready: ready(editor), ended, stop: () => stop(editor) };
}

async function ready(editor) {
  while (editor.look() === undefined && !editor.isGone) await sleep(50);
}

/**
 * `code` only waits: VS Code itself is a process group of its own and outlives it (vscode's cli.ts). Where it runs it says in a lock file.
 * One from before is not ours to end: it is of an earlier run that crashed, or of a window that was there already.
 */
function mainProcess(userDataDir, started) {
  const lock = path.join(userDataDir, 'code.lock');
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return Number.isInteger(pid) && pid > 1 && statSync(lock).mtimeMs >= started - 1000 ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function stop(editor) {
  let isAsked = false;
  for (const until = Date.now() + CLOSING_MS; Date.now() < until && !(editor.isGone && !isAlive(editor.main)); await sleep(50)) {
    // A window that was opened a moment ago says only now where it runs.
    if (!isAsked && editor.look() !== undefined) isAsked = send(editor.main, 'SIGTERM');
  }
  if (isAlive(editor.main)) send(editor.main, 'SIGKILL');
  if (!editor.isGone) send(isWindows ? editor.child.pid : -editor.child.pid, 'SIGKILL');
}

function isAlive(pid) {
  return pid !== undefined && send(pid, 0);
}

/** Answers whether there was one to send it to. */
function send(pid, signal) {
  if (pid === undefined) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}
