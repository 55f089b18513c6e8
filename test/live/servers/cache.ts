// Where servers are kept between runs: a folder outside the repository, one entry per name and version. An entry is built in a
// folder of its own and renamed when it is whole, so a run that is killed leaves nothing that looks finished; a lock keeps
// two runs from building at once. Must not know what is built.
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tracefall-live');
}

const POLL_MS = 250;

export interface InstallOptions {
  readonly root?: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Answers the folder `name` of the cache, in which `build` has put everything: now, or in an earlier run. */
export async function installOnce(name: string, build: (directory: string) => Promise<void>, { root = cacheRoot(), signal, log }: InstallOptions): Promise<string> {
  const home = join(root, name);
  if (existsSync(home)) return home;
  await mkdir(root, { recursive: true });
  const unlock = await lock(`${home}.lock`, signal, () => log(`${name}: another run is installing it; waiting …`));
  try {
    if (existsSync(home)) return home;
    log(`${name}: installing (once, into ${home}) …`);
    const started = performance.now();
    for (const name of await readdir(root)) if (name.startsWith(`${basename(home)}.building-`)) await rm(join(root, name), { recursive: true, force: true });
    const directory = await mkdtemp(`${home}.building-`);
    try {
      await build(directory);
      await rename(directory, home);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    log(`${name}: installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return home;
  } finally {
    await unlock();
  }
}

async function lock(path: string, signal: AbortSignal, waiting: () => void): Promise<() => Promise<void>> {
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    if (await tryLock(path)) return () => rm(path, { force: true });
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) waiting();
    told = true;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** A hard link appears whole or not at all: a lock always says whose it is. */
async function tryLock(path: string): Promise<boolean> {
  const own = `${path}-${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** A lock whose process is gone belongs to nobody. */
async function isStale(path: string): Promise<boolean> {
  try {
    return !isAlive(Number(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
