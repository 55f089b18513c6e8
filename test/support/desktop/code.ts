// Stands in for the `code` of a desktop, by its rules (vscode's code.sh and cli.ts): it starts VS Code as a process group of its own
// and goes. The first argument is what runs VS Code.
import { spawn } from 'node:child_process';
import { readArguments } from './arguments.ts';

const [vscode = '', ...args] = process.argv.slice(2);
const { verbose, 'user-data-dir': userDataDir } = readArguments(args);
if (process.getuid?.() === 0 && userDataDir === undefined) throw new Error('As a super user VS Code wants --no-sandbox and --user-data-dir.');
spawn(vscode, args, { detached: true, stdio: verbose ? 'inherit' : 'ignore' }).unref();
