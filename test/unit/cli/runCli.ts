// The real command line in a process of its own, for tests: src/cli.ts as it is, under the Node that runs the tests.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: Uint8Array | string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function spawnCli(args: readonly string[], { cwd, env }: CliOptions = {}): ChildProcess {
  const clean = { ...process.env };
  delete clean['INIT_CWD'];
  delete clean['COLUMNS'];
  return spawn(process.execPath, [CLI, ...args], { ...(cwd === undefined ? {} : { cwd }), env: { ...clean, ...env } });
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawnCli(args, options);
  return collect(child, options.stdin);
}

export function collect(child: ChildProcess, stdin?: Uint8Array | string): Promise<CliResult> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on('data', (data: Buffer) => out.push(data));
  child.stderr!.on('data', (data: Buffer) => err.push(data));
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(stdin ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') }));
  });
}

/** Lines of JSON. */
export function jsonLines<T>({ stdout }: CliResult): T[] {
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}
