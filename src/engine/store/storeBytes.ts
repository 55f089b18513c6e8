// How much disk a database takes: the file and its write-ahead log.
import { statSync } from 'node:fs';

export function storeBytes(path: string): number {
  return ['', '-wal'].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0);
}
