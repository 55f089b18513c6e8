// Where the next page of a list begins: the sort key and id of the last row shown. New rows do not shift it, and every id comes
// once. Text for whoever asks; made and read here only.
import type { TraceSort } from './traceStore.ts';

export interface PagePosition {
  /** Of the sort: decimal text of ns or counts, or of a double. */
  readonly key: string;
  readonly id: string;
}

export function encodeCursor(sort: TraceSort, { key, id }: PagePosition): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url');
}

/** Throws RangeError for what is not a cursor of this sort. */
export function decodeCursor(sort: TraceSort, cursor: string): PagePosition {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || value[0] !== sort || typeof value[1] !== 'string' || typeof value[2] !== 'string') {
    throw new RangeError('The list moved on: ask for its first page again (the cursor is not one of this list and sort).');
  }
  return { key: value[1], id: value[2] };
}
