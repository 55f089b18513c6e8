// Puts the stand-in for VS Code into a folder: `code`, as on the PATH of a desktop, and `vscode`, its program.
// `node test/support/desktop/install.ts DIR` does so for a try by hand.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface DesktopPrograms {
  readonly code: string;
  readonly vscode: string;
}

/** By the rules of `code` (vscode's code.sh and cli.ts): it starts VS Code as a process group of its own, silently, and goes. */
const code = (vscode: string): string => `#!/bin/sh
case "$(id -u) $*" in
  "0 "*--user-data-dir*) ;;
  "0 "*) echo 'As a super user VS Code wants --no-sandbox and --user-data-dir.' >&2; exit 1 ;;
esac
command -v setsid > /dev/null && set -- setsid '${vscode}' "$@" || set -- '${vscode}' "$@"
"$@" > /dev/null 2>&1 < /dev/null &
`;

export function installDesktop(dir: string): DesktopPrograms {
  mkdirSync(dir, { recursive: true });
  const programs = { code: path.join(dir, 'code'), vscode: path.join(dir, 'vscode') };
  writeFileSync(programs.code, code(programs.vscode), { mode: 0o755 });
  writeFileSync(programs.vscode, `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${path.join(import.meta.dirname, 'vscode.ts')}' "$@"\n`, { mode: 0o755 });
  return programs;
}

if (import.meta.main) console.log(installDesktop(path.resolve(process.argv[2] ?? '.')));
