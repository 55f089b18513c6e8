// Processes of live servers: each in a group of its own, killed as a group, and never left behind. A shell starts them, and leaves a
// watcher in their group that waits on a pipe to us: when we are gone, however that came, the pipe closes and the group is killed.
// Must not know which server it starts.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of what a command said is quoted when it fails. */
const TAIL = 2_000;
/** The watcher is there before the command is, and outlives everything but SIGKILL. The command takes the shell's place and its pid. */
const WATCHED = `exec 3<&0; (trap '' TERM INT HUP; cat <&3; kill -s KILL -- "-$$") > /dev/null 2>&1 & exec "$@" 3<&- < /dev/null`;

interface Start {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function spawnWatched(command: string, args: readonly string[], { cwd, env = {} }: Start, stdio: StdioOptions): ChildProcess {
  const child = spawn('sh', ['-c', WATCHED, 'sh', command, ...args], { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env }, stdio, detached: true });
  // The pipe breaks when the group is killed.
  child.stdin?.once('error', () => undefined);
  return child;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface StartedProcess {
  readonly pid: number;
  /** Rejects with what the process last said, and stops it, when it ends or the time is up before `isReady` is true. */
  readonly ready: (isReady: () => Promise<boolean>, timeoutMs: number, signal: AbortSignal) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ProcessOptions extends Start {
  readonly name: string;
  readonly logFile: string;
  /** How long it may take to end by itself. */
  readonly graceMs?: number;
}

export function startProcess(command: string, args: readonly string[], { name, logFile, graceMs = 5_000, ...start }: ProcessOptions): StartedProcess {
  const out = openSync(logFile, 'a');
  const child = spawnWatched(command, args, start, ['pipe', out, out]);
  closeSync(out);
  let problem: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (what: string): void => {
      problem ??= what;
      resolve();
    };
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`));
  });
  const stop = async (): Promise<void> => {
    killGroup(child, 'SIGTERM');
    await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
    // The watcher, and what the process started and left.
    killGroup(child, 'SIGKILL');
    await exited;
  };
  const failure = (what: string): Error => new Error(`${name} ${what}. It last said:\n${readFileSync(logFile, 'utf8').slice(-TAIL).trim() || '(nothing)'}`);
  const waitUntil = async (isReady: () => Promise<boolean>, timeoutMs: number, signal: AbortSignal): Promise<void> => {
    const end = performance.now() + timeoutMs;
    while (!(await isReady())) {
      signal.throwIfAborted();
      if (problem !== undefined) throw failure(problem);
      if (performance.now() > end) throw failure(`was not ready within ${timeoutMs / 1000} s`);
      await sleep(200, undefined, { signal });
    }
  };
  return {
    pid: child.pid ?? 0,
    ready: async (isReady, timeoutMs, signal) => {
      try {
        await waitUntil(isReady, timeoutMs, signal);
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

/** Runs a command of an installation to its end and answers its standard output; rejects with what it said. */
export function runToEnd(command: string, args: readonly string[], { signal, ...start }: Start & { readonly signal: AbortSignal }): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawnWatched(command, args, start, ['pipe', 'pipe', 'pipe']);
    const abort = (): void => killGroup(child, 'SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    let [out, said] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-TAIL)));
    child.once('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`, { cause: error })));
    child.once('exit', () => killGroup(child, 'SIGKILL'));
    child.once('close', (code, by) => {
      signal.removeEventListener('abort', abort);
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${by ?? `exit code ${code}`}:\n${said || out.slice(-TAIL)}`));
    });
  });
}

/** Whether it answers with a status below 500 now. A connection refused is an answer too: not yet. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch (error) {
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
