// Batches → the spans of each trace. Ids compare as four words, so a 64-bit id equals its left-padded 128-bit form.
// Must not know what is done with the parts.
import { hexOfWords } from './ids.ts';
import type { SpanBatch } from './spanBatch.ts';
import { WordTable } from './wordTable.ts';

/** Spans of one batch: all of it, or the given rows in ascending order. */
export interface SpanSelection {
  readonly batch: SpanBatch;
  readonly rows?: Uint32Array;
}

export interface TraceParts {
  /** 32 hex digits, the backend's own id where the batch names one, or "" for spans without a valid one. */
  readonly traceId: string;
  readonly selections: readonly SpanSelection[];
}

/** In order of first appearance; "" last. O(spans). */
export function splitByTrace(batches: readonly SpanBatch[]): TraceParts[] {
  const split = batches.map(splitBatch);
  const parts = new Map<string, { nativeId: string | undefined; selections: SpanSelection[] }>();
  batches.forEach((batch, at) => {
    for (const { hex, rows } of split[at]!) {
      let part = parts.get(hex);
      if (part === undefined) parts.set(hex, (part = { nativeId: undefined, selections: [] }));
      part.nativeId ??= batch.nativeTraceIds?.get(hex);
      part.selections.push(rows.length === batch.count ? { batch } : { batch, rows });
    }
  });
  const nameless = parts.get('');
  parts.delete('');
  const result = [...parts].map(([hex, part]): TraceParts => ({ traceId: part.nativeId ?? hex, selections: part.selections }));
  if (nameless !== undefined) result.push({ traceId: '', selections: nameless.selections });
  return result;
}

function splitBatch(batch: SpanBatch): { hex: string; rows: Uint32Array }[] {
  const { count, traceId } = batch;
  const groupOf = new Uint32Array(count);
  const firstOf: number[] = [];
  const sizes: number[] = [];
  const table = new WordTable(4, 16);
  for (let i = 0; i < count; i++) {
    // Spans of a trace mostly come together.
    const same = i > 0 && sameId(traceId, i, i - 1) ? i - 1 : table.add(traceId, 4 * i, i);
    const group = same < 0 ? firstOf.push(i) - 1 : groupOf[same]!;
    groupOf[i] = group;
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const groups = firstOf.map((first, group) => ({ hex: hexOrNone(traceId, first), rows: new Uint32Array(sizes[group]!) }));
  const filled = new Uint32Array(groups.length);
  for (let i = 0; i < count; i++) {
    const group = groupOf[i]!;
    groups[group]!.rows[filled[group]!++] = i;
  }
  return groups;
}

function sameId(ids: Uint32Array, a: number, b: number): boolean {
  return ids[4 * a] === ids[4 * b] && ids[4 * a + 1] === ids[4 * b + 1] && ids[4 * a + 2] === ids[4 * b + 2] && ids[4 * a + 3] === ids[4 * b + 3];
}

function hexOrNone(ids: Uint32Array, i: number): string {
  return ids[4 * i] === 0 && ids[4 * i + 1] === 0 && ids[4 * i + 2] === 0 && ids[4 * i + 3] === 0 ? '' : hexOfWords(ids, 4 * i, 4);
}
