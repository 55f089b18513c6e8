// The command line of VS Code, as far as its two callers here use it: what its own table of options (vscode's argv.ts) does not know is
// only warned of there, and refused here.
import { parseArgs } from 'node:util';

/** Its options, and Chromium's that it passes on. */
const OPTIONS = {
  'user-data-dir': { type: 'string' },
  'extensions-dir': { type: 'string' },
  'new-window': { type: 'boolean', short: 'n' },
  'reuse-window': { type: 'boolean', short: 'r' },
  verbose: { type: 'boolean' },
  extensionDevelopmentPath: { type: 'string', multiple: true },
  extensionTestsPath: { type: 'string' },
  'disable-extensions': { type: 'boolean' },
  'disable-workspace-trust': { type: 'boolean' },
  'disable-updates': { type: 'boolean' },
  'skip-welcome': { type: 'boolean' },
  'skip-release-notes': { type: 'boolean' },
  'no-cached-data': { type: 'boolean' },
  'no-sandbox': { type: 'boolean' },
  'disable-gpu-sandbox': { type: 'boolean' },
  'remote-debugging-port': { type: 'string' },
} as const;

export type CodeArguments = ReturnType<typeof readArguments>;

/** Throws on an option that VS Code does not have. */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  return { ...values, paths: positionals };
}
