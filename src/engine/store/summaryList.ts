// A list query over summaries in memory: what SQL does for the database, for pins and for the memory store. Pure.
import type { TraceSummary } from '../../model/summary.ts';
import { decodeCursor, encodeCursor } from './pageCursor.ts';
import type { StoreFilter, StoreQuery, TraceSort } from './traceStore.ts';

export function matches(summary: TraceSummary, filter: StoreFilter): boolean {
  if (filter.errorsOnly === true && summary.errors === 0) return false;
  if (filter.minDurationNs !== undefined && Number(summary.durationNs) < filter.minDurationNs) return false;
  if (filter.window !== undefined && (summary.startUnixNano < filter.window.startNs || summary.startUnixNano >= filter.window.endNs)) return false;
  if (filter.service !== undefined && !summary.services.includes(filter.service)) return false;
  if (filter.operation !== undefined && summary.rootName !== filter.operation) return false;
  if (filter.text === undefined || filter.text === '') return true;
  const text = filter.text.toLowerCase();
  return [summary.rootName, summary.rootService, summary.traceId, ...summary.services].some((value) => value.toLowerCase().includes(text));
}

export interface SummaryPage {
  readonly summaries: readonly TraceSummary[];
  readonly total: number;
  readonly next: string | undefined;
}

export function pageOf(summaries: Iterable<TraceSummary>, query: StoreQuery): SummaryPage {
  const { sort, limit, cursor } = query;
  const all = [...summaries].filter((summary) => matches(summary, query)).sort((a, b) => compare(sort, a, b));
  let from = 0;
  if (cursor !== undefined) {
    const { key, id } = decodeCursor(sort, cursor);
    if (!/^\d+$/.test(key)) throw new RangeError('The list moved on: ask for its first page again (the cursor is not one of this list and sort).');
    from = all.findIndex((summary) => precedes({ key: BigInt(key), id }, { key: keyOf(sort, summary), id: summary.traceId }));
    if (from < 0) from = all.length;
  }
  const page = all.slice(from, from + limit);
  const last = page.at(-1);
  const more = from + limit < all.length && last !== undefined;
  return { summaries: page, total: all.length, next: more ? encodeCursor(sort, { key: String(keyOf(sort, last)), id: last.traceId }) : undefined };
}

const keyOf = (sort: TraceSort, summary: TraceSummary): bigint =>
  sort === 'newest' ? summary.startUnixNano : sort === 'slowest' ? summary.durationNs : BigInt(summary.spans);

interface Position {
  readonly key: bigint;
  readonly id: string;
}

const precedes = (a: Position, b: Position): boolean => a.key > b.key || (a.key === b.key && a.id > b.id);

function compare(sort: TraceSort, a: TraceSummary, b: TraceSummary): number {
  const first = { key: keyOf(sort, a), id: a.traceId };
  const second = { key: keyOf(sort, b), id: b.traceId };
  return precedes(first, second) ? -1 : precedes(second, first) ? 1 : 0;
}
