// Where the database of this OS user is, and the names of the files beside it. Pure; must not touch the disk.
import { posix, win32 } from 'node:path';

export interface PathEnvironment {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Linux: $XDG_DATA_HOME/tracefall/traces.db, else ~/.local/share/tracefall/traces.db. macOS: ~/Library/Application Support/
 * Tracefall/traces.db. Windows: %LOCALAPPDATA%\Tracefall\traces.db. An XDG_DATA_HOME that is not absolute is ignored, as its
 * specification says.
 */
export function defaultStorePath({ platform, home, env }: PathEnvironment): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'];
    return win32.join(local !== undefined && win32.isAbsolute(local) ? local : win32.join(home, 'AppData', 'Local'), 'Tracefall', 'traces.db');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Tracefall', 'traces.db');
  const data = env['XDG_DATA_HOME'];
  return posix.join(data !== undefined && posix.isAbsolute(data) ? data : posix.join(home, '.local', 'share'), 'tracefall', 'traces.db');
}

/** Locked by the owner as long as it lives (ownership.ts). Holds nothing. */
export const ownerPath = (storePath: string): string => `${storePath}-owner`;

/** traces.db → traces.pins.db: pins outlive retention and damage of the database. */
export function pinsPath(storePath: string): string {
  const extension = /\.[^./\\]+$/.exec(storePath)?.[0] ?? '';
  return `${storePath.slice(0, storePath.length - extension.length)}.pins${extension === '' ? '.db' : extension}`;
}

/** traces.db.corrupt-20261121T015900123Z */
export const corruptPath = (storePath: string, now: Date): string => `${storePath}.corrupt-${now.toISOString().replaceAll(/[-:.]/g, '')}`;
