// Stands in for the `code` of a desktop, by its rules (vscode's code.sh and cli.ts): it starts VS Code as a process group of its own,
// and with --wait stays until the window is closed or VS Code is gone. The first argument is what runs VS Code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './arguments.ts';

const [vscode = '', ...args] = process.argv.slice(2);
const asked = readArguments(args);
if (process.getuid?.() === 0 && asked['user-data-dir'] === undefined) throw new Error('As a super user VS Code wants --no-sandbox and --user-data-dir.');

async function whenDeleted(file: string): Promise<void> {
  while (existsSync(file)) await sleep(20);
}

const marker = path.join(mkdtempSync(path.join(os.tmpdir(), 'code-wait-')), 'marker');
if (asked.wait) {
  writeFileSync(marker, '');
  args.push('--waitMarkerFilePath', marker);
}
const child = spawn(vscode, args, { detached: true, stdio: asked.verbose ? 'inherit' : 'ignore' });
if (asked.wait) await Promise.race([whenDeleted(marker), once(child, 'exit')]);
rmSync(path.dirname(marker), { recursive: true, force: true });
process.exit(0);
