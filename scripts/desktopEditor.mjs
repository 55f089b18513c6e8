// VS Code itself, where there is one: opened on a folder with the extension under development, and ended with us.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOnPath } from './chromium.mjs';

const isWindows = process.platform === 'win32';
/** Until VS Code runs; and until it must be one that was open already, which opens the window. */
const PATIENCE = { startMs: 60_000, handedOverMs: 20_000 };
/** What an editor is given to close its windows in order. On Windows it is ended at once: there are no signals. */
const CLOSING_MS = 5_000;
const LOOK_MS = 50;

export const hasDisplay = () => process.platform === 'darwin' || isWindows || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/**
 * The `code` of a machine one sits at. In a terminal of a remote window it is another program, which opens nothing of its own (code.sh);
 * below WSL it is Windows', which knows no folders of ours.
 */
export function findDesktopEditor() {
  const isElsewhere = process.env.VSCODE_IPC_HOOK_CLI || process.env.WSL_DISTRO_NAME;
  return hasDisplay() && !isElsewhere ? findOnPath([isWindows ? 'code.cmd' : 'code']) : undefined;
}

/**
 * Opens a window. `userDataDir` makes it an instance of its own, beside the developer's.
 * `code` only starts VS Code, as a process group of its own, and goes; with --wait it stays until the window is closed or reloaded
 * (vscode's cli.ts, wait.ts). So it is VS Code's own process that is watched and ended, whose number it writes into a lock file.
 * Answers { ready, ended, stop() }. `ready` resolves when VS Code runs, or to a sentence that says why it does not; `ended` to the same, or
 * when it ended. On macOS it goes on when its last window is closed, as programs do there; one that restarts itself is another process,
 * and no longer ours.
 */
export function startDesktopEditor({ code, userDataDir, extensionPath, workspace, patience = PATIENCE }) {
  const args = ['--user-data-dir', userDataDir, '--disable-workspace-trust', '--new-window', `--extensionDevelopmentPath=${extensionPath}`, workspace];
  // Chromium runs as root only like this.
  if (process.platform === 'linux' && process.getuid() === 0) args.unshift('--no-sandbox');
  const before = lockedBy(userDataDir);
  // `code` is a batch file there, which only a shell runs.
  const child = isWindows
    ? spawn(`"${code}"`, args.map((arg) => `"${arg}"`), { stdio: ['ignore', 'inherit', 'inherit'], shell: true })
    : spawn(code, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  let problem;
  child.once('error', (error) => (problem = `VS Code could not be started: ${error.message}`));
  child.once('exit', (exitCode, signal) => {
    if (exitCode !== 0) problem ??= `${code} ended with ${signal ?? `exit code ${exitCode}`}.`;
  });
  let isStopping = false;
  const main = findMain(userDataDir, before, patience, () => problem ?? (isStopping ? '' : undefined));
  return {
    ready: main.then((found) => (typeof found === 'string' ? found : undefined)),
    ended: main.then(async (found) => {
      if (typeof found === 'string') return found;
      while (isAlive(found)) await sleep(LOOK_MS);
      return undefined;
    }),
    stop: async () => {
      // One that was started a moment ago says only now where it runs.
      const found = await Promise.race([main, sleep(patience.handedOverMs, undefined, { ref: false })]);
      isStopping = true;
      if (found === undefined) console.error('VS Code was still starting: close its window yourself.');
      if (typeof found === 'number') await end(found);
    },
  };
}

/** Where VS Code still runs with this data, it is ended. */
export async function endDesktopEditor(userDataDir) {
  const found = lockedBy(userDataDir);
  if (found !== undefined) await end(found.pid);
}

async function end(pid) {
  send(pid, 'SIGTERM');
  for (const until = Date.now() + CLOSING_MS; Date.now() < until && isAlive(pid); ) await sleep(LOOK_MS);
  if (isAlive(pid)) send(pid, 'SIGKILL');
}

/** The number of VS Code's process, or why there is none. */
async function findMain(userDataDir, before, { startMs, handedOverMs }, problem) {
  const started = Date.now();
  for (;;) {
    const found = lockedBy(userDataDir);
    // What was there before is not ours to end: it is of a run that crashed, or of a window that is open already.
    if (found !== undefined && (found.pid !== before?.pid || found.mtimeMs !== before.mtimeMs)) return found.pid;
    const why = problem();
    if (why !== undefined) return why;
    const waited = Date.now() - started;
    if (waited > handedOverMs && found !== undefined && isAlive(found.pid)) return `VS Code opened no window of its own. Is one open already with ${userDataDir}? Close it, or name another --profile; a window that comes later is to be closed by hand.`;
    if (waited > startMs) return 'VS Code did not start within a minute. `code --verbose` says why; a window that comes later is to be closed by hand. Without a DISPLAY the workbench in the browser is used.';
    await sleep(LOOK_MS);
  }
}

/** Whose number is in the lock file, and since when. */
function lockedBy(userDataDir) {
  const lock = path.join(userDataDir, 'code.lock');
  // In this order: a number that is too old makes it look again, and one with the time of the next would be taken.
  const mtimeMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  const pid = Number(readIfThere(lock));
  return Number.isInteger(pid) && pid > 1 && mtimeMs !== undefined ? { pid, mtimeMs } : undefined;
}

/** Linux keeps one that ended until somebody asks for its exit code, which in a container may be nobody. */
function isAlive(pid) {
  if (!send(pid, 0)) return false;
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readIfThere(`/proc/${pid}/status`) ?? '');
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // A process may end while it is read of (ESRCH).
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Answers whether there was one to send it to. */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // EPERM: somebody else's, who has the number now.
    if (error.code === 'ESRCH' || error.code === 'EPERM') return false;
    throw error;
  }
}
