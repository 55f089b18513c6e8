// Puts the stand-in for VS Code into a folder: `code`, as on the PATH of a desktop, and `vscode`, its program.
// `node test/support/desktop/install.ts DIR` does so for a try by hand.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface DesktopPrograms {
  readonly code: string;
  readonly vscode: string;
}

export function installDesktop(dir: string): DesktopPrograms {
  mkdirSync(dir, { recursive: true });
  const [code, vscode] = [path.join(dir, 'code'), path.join(dir, 'vscode')];
  const script = (name: string, args: string): string => `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${path.join(import.meta.dirname, name)}' ${args}"$@"\n`;
  writeFileSync(code, script('code.ts', `'${vscode}' `), { mode: 0o755 });
  writeFileSync(vscode, script('vscode.ts', ''), { mode: 0o755 });
  return { code, vscode };
}

if (import.meta.main) console.log(installDesktop(path.resolve(process.argv[2] ?? '.')));
