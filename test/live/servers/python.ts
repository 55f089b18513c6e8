// Servers and senders that come from PyPI: a virtual environment of their own, which works by `python -m` wherever it is moved to.
// Where Python has no venv module (Debian packs it apart), the packages go into a folder that PYTHONPATH names.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './processes.ts';

const QUIET = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];

export async function installPython(directory: string, requirements: readonly string[], signal: AbortSignal): Promise<void> {
  const hasVenv = await runToEnd('python3', ['-c', 'import venv, ensurepip'], { signal }).then(() => true, () => false);
  signal.throwIfAborted();
  if (hasVenv) {
    await runToEnd('python3', ['-m', 'venv', join(directory, 'venv')], { signal });
    await runToEnd(join(directory, 'venv', 'bin', 'python'), [...QUIET, ...requirements], { signal });
  } else await runToEnd('python3', [...QUIET, '--target', join(directory, 'site'), ...requirements], { signal });
}

/** How to start its Python: the command, and what its environment needs. */
export function pythonOf(home: string): { readonly command: string; readonly env: Readonly<Record<string, string>> } {
  const venv = join(home, 'venv', 'bin', 'python');
  const env = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  return existsSync(venv) ? { command: venv, env } : { command: 'python3', env: { ...env, PYTHONPATH: join(home, 'site') } };
}
