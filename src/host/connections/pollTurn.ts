// Whose turn it is to refresh a connection by itself, across the windows of one user: the time of the last refresh by any of them, in a
// file. There is no owner that could die holding it: a window may go when the interval has passed since anyone went. Windows without
// the focus wait half an interval longer, so that the one that is looked at goes first.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Turn {
  readonly window: string;
  readonly atMs: number;
}

export interface TurnStore {
  read(connection: string): Promise<Turn | undefined>;
  write(connection: string, turn: Turn): Promise<void>;
  /** Long enough for a window that read before us to have written. */
  settle(): Promise<void>;
}

const UNFOCUSED = 1.5;

/** Clocks that were set back do not stop it for ever. */
export function mayGo(last: Turn | undefined, nowMs: number, intervalMs: number, focused: boolean): boolean {
  if (last === undefined || last.atMs > nowMs) return true;
  return nowMs - last.atMs >= (focused ? intervalMs : intervalMs * UNFOCUSED);
}

/** Takes the turn, or answers false: another window went, or went at the same moment. */
export async function takeTurn(store: TurnStore, connection: string, mine: Turn, intervalMs: number, focused: boolean): Promise<boolean> {
  if (!mayGo(await store.read(connection), mine.atMs, intervalMs, focused)) return false;
  await store.write(connection, mine);
  await store.settle();
  return (await store.read(connection))?.window === mine.window;
}

const SETTLE_MS = 150;

/** Files of `folder`, which all windows share. */
export function fileTurns(folder: string): TurnStore {
  const fileOf = (connection: string): string => path.join(folder, `${createHash('sha256').update(connection).digest('hex').slice(0, 32)}.json`);
  return {
    read: async (connection) => {
      try {
        return turnOf(await readFile(fileOf(connection), 'utf8'));
      } catch (error) {
        if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (connection, turn) => {
      const file = fileOf(connection);
      const aside = `${file}.${randomUUID()}`;
      await mkdir(folder, { recursive: true });
      await writeFile(aside, JSON.stringify(turn));
      await rename(aside, file);
    },
    settle: () => sleep(SETTLE_MS),
  };
}

function turnOf(text: string): Turn | undefined {
  const value = JSON.parse(text) as { readonly window?: unknown; readonly atMs?: unknown } | null;
  return typeof value?.window === 'string' && typeof value.atMs === 'number' ? { window: value.window, atMs: value.atMs } : undefined;
}
