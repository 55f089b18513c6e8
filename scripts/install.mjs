// What must be there before anything else runs: node_modules as the lock file says, and a Node new enough for it.
// Runs under any Node ≥ 20 (before node_modules exist), so: no dependencies here.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const isWindows = process.platform === 'win32';

/** Runs a command to its end; rejects with one sentence when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell: isWindows, ...options });
    child.once('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}

/** npm as it runs us, else the one on the PATH. Another Node's npm would be started by ours, so name the file. */
export function npm(args, options = {}) {
  const file = process.env.npm_execpath;
  return file !== undefined && /\.c?js$/.test(file) ? run(process.execPath, [file, ...args], { ...options, shell: false }) : run('npm', args, options);
}

/** Installs when node_modules is missing or belongs to another lock file. */
export async function ensureInstalled() {
  const stamp = path.join(root, 'node_modules', '.tracefall-lock');
  const lock = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing what is missing (npm ci) …');
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** The Node that builds, tests and serves: the one npm installed (24), else this one when it is new enough. */
export function projectNode() {
  for (const name of [`node-${isWindows ? 'win' : process.platform}-${process.arch}`]) {
    const file = path.join(root, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
    if (existsSync(file)) return file;
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  throw new Error(`Tracefall needs Node 22.19 or newer here; this is ${process.versions.node} and npm has no Node 24 for ${process.platform}-${process.arch}. Install Node 24 and run the command again.`);
}

/** Environment in which `node`, `mocha`, `tsc` … are the project's own. */
export function projectEnv(extra = {}) {
  const modules = path.join(root, 'node_modules');
  const bin = path.join(modules, '.bin');
  return { ...process.env, ...extra, PATH: [path.dirname(projectNode()), bin, process.env.PATH].join(path.delimiter) };
}

/** For children whose output is ours: one of the two variables alone, as both together are a warning. */
export const colours = () => (process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1', NO_COLOR: undefined } : { FORCE_COLOR: undefined, NO_COLOR: '1' });
