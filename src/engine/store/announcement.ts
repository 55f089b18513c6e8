// What the owner tells the other processes through the database: where it listens, or why it does not. Stale after a kill; whoever
// reads it knows by the owner's lock whether there is an owner at all.
import type { Database } from './sqlite.ts';
import { transaction } from './sqlite.ts';

export interface Announcement {
  readonly endpoint: string | undefined;
  readonly problem: string | undefined;
}

const KEYS = ['endpoint', 'problem'] as const;

export function announce(db: Database, announcement: Announcement): void {
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  transaction(db, () => {
    for (const key of KEYS) put.run(key, announcement[key] ?? '');
  });
}

export function announced(db: Database): Announcement {
  const rows = new Map(db.prepare('SELECT key, value FROM meta').all().map((row) => [String(row['key']), String(row['value'])]));
  const text = (key: (typeof KEYS)[number]): string | undefined => rows.get(key) || undefined;
  return { endpoint: text('endpoint'), problem: text('problem') };
}
