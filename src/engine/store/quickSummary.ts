// The exact summary of a trace that came whole in one request, without building it: what buildTrace and summaryOf would say, in a
// quarter of the time. Only for small and sound traces; whatever is odd (a parent missing, an id twice, a cycle, strange times, skew)
// is left to the builder. A property test holds it to summaryOf(buildTrace(…)). Must not know the store.
import { SpanFlag, type SpanBatch } from '../../model/spanBatch.ts';
import type { SpanSelection } from '../../model/splitByTrace.ts';
import { nanosAt } from '../../model/time.ts';
import { ownTimeFlags } from '../../model/timeFlags.ts';
import type { Counts } from './summaryCounts.ts';
import type { Provisional } from './provisional.ts';

/** As a first arrival; `counts` as built. */
export interface WholeTrace extends Provisional {
  readonly counts: Counts;
}

const MOST_SPANS = 1024;
const SLOTS = 4 * MOST_SPANS;
const SERVER = 2;
const CLIENT = 3;

/** Holds its working memory: one instance at a time per thread of work. */
export class QuickSummarizer {
  /** Position + 1 of the span in this slot; cleared after use. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #parent = new Int16Array(MOST_SPANS);
  readonly #depth = new Uint16Array(MOST_SPANS);

  /** undefined: let the builder say. */
  summarize({ batch, rows }: SpanSelection): WholeTrace | undefined {
    const count = rows?.length ?? batch.count;
    // Warnings of a batch are shown on a trace that is all of it.
    if (count === 0 || count > MOST_SPANS || (rows === undefined && batch.warnings.length > 0)) return undefined;
    const row = (k: number): number => (rows === undefined ? k : rows[k]!);
    const root = this.#link(batch, row, count) ? this.#rootOf(batch, row, count) : -1;
    this.#slots.fill(0);
    return root < 0 ? undefined : this.#summary(batch, row, count, root);
  }

  /** Finds every span's parent. False: something is odd. */
  #link(batch: SpanBatch, row: (k: number) => number, count: number): boolean {
    for (let k = 0; k < count; k++) if (ownTimeFlags(batch, row(k)) !== 0 || !this.#add(batch, row, k)) return false;
    for (let k = 0; k < count; k++) {
      const i = row(k);
      if (isRoot(batch, i)) {
        this.#parent[k] = -1;
        continue;
      }
      const parent = this.#find(batch, row, batch.parentId, i);
      if (parent < 0 || parent === k || isOdd(batch, i, row(parent))) return false;
      this.#parent[k] = parent;
    }
    return this.#setDepths(count);
  }

  /** False: a cycle. */
  #setDepths(count: number): boolean {
    const depth = this.#depth.fill(0, 0, count);
    for (let k = 0; k < count; k++) {
      let steps = 0;
      let at = k;
      for (; at >= 0 && depth[at] === 0; at = this.#parent[at]!) if (++steps > count) return false;
      let own = steps + (at < 0 ? 0 : depth[at]!);
      for (at = k; at >= 0 && depth[at] === 0; at = this.#parent[at]!) depth[at] = own--;
    }
    return true;
  }

  /** The earliest root; -1 where there is none. */
  #rootOf(batch: SpanBatch, row: (k: number) => number, count: number): number {
    let root = -1;
    for (let k = 0; k < count; k++) {
      const i = row(k);
      if (this.#parent[k]! < 0 && (root < 0 || precedes(batch, i, root))) root = i;
    }
    return root;
  }

  #summary(batch: SpanBatch, row: (k: number) => number, count: number, root: number): WholeTrace {
    let first = row(0);
    let last = first;
    let errors = 0;
    let roots = 0;
    let maxDepth = 0;
    const firstOf = new Map<string, number>();
    for (let k = 0; k < count; k++) {
      const i = row(k);
      if (earlier(batch.startTime, i, batch.startTime, first)) first = i;
      if (earlier(batch.endTime, last, batch.endTime, i)) last = i;
      if ((batch.flags[i]! & SpanFlag.error) !== 0) errors++;
      if (this.#parent[k]! < 0) roots++;
      if (this.#depth[k]! > maxDepth) maxDepth = this.#depth[k]!;
      const service = serviceOf(batch, i);
      const known = firstOf.get(service);
      if (known === undefined || precedes(batch, i, known)) firstOf.set(service, i);
    }
    firstOf.delete('');
    const services = [...firstOf].sort(([, a], [, b]) => (precedes(batch, a, b) ? -1 : 1)).map(([service]) => service);
    return {
      start: nanosAt(batch.startTime, first),
      end: nanosAt(batch.endTime, last),
      spans: count,
      errors,
      services,
      rootService: serviceOf(batch, root),
      rootName: batch.strings[batch.name[root]!] ?? '',
      rootRank: 2,
      rootStart: nanosAt(batch.startTime, root),
      counts: { orphans: 0, roots, maxDepth, duplicates: 0, rejected: 0, warnings: [] },
    };
  }

  /** False: the id is there already, or is none. */
  #add(batch: SpanBatch, row: (k: number) => number, k: number): boolean {
    const i = row(k);
    const high = batch.spanId[2 * i]!;
    const low = batch.spanId[2 * i + 1]!;
    if (high === 0 && low === 0) return false;
    let slot = slotOf(high, low);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) % SLOTS) {
      const other = row(this.#slots[slot]! - 1);
      if (batch.spanId[2 * other] === high && batch.spanId[2 * other + 1] === low) return false;
    }
    this.#slots[slot] = k + 1;
    return true;
  }

  #find(batch: SpanBatch, row: (k: number) => number, ids: Uint32Array, i: number): number {
    const high = ids[2 * i]!;
    const low = ids[2 * i + 1]!;
    for (let slot = slotOf(high, low); this.#slots[slot] !== 0; slot = (slot + 1) % SLOTS) {
      const k = this.#slots[slot]! - 1;
      if (batch.spanId[2 * row(k)] === high && batch.spanId[2 * row(k) + 1] === low) return k;
    }
    return -1;
  }
}

const slotOf = (high: number, low: number): number => (Math.imul(high ^ (low >>> 7) ^ low, 0x9e3779b1) >>> 20) % SLOTS;

const isRoot = (batch: SpanBatch, i: number): boolean => batch.parentId[2 * i] === 0 && batch.parentId[2 * i + 1] === 0;
const serviceOf = (batch: SpanBatch, i: number): string => batch.resources[batch.resource[i]!]?.service ?? '';

/** Whether the builder might call it skew (model/timeFlags.ts decides finally). */
function isOdd(batch: SpanBatch, child: number, parent: number): boolean {
  if (earlier(batch.startTime, child, batch.startTime, parent)) return true;
  return batch.kind[child] === SERVER && batch.kind[parent] === CLIENT && earlier(batch.endTime, parent, batch.endTime, child);
}

/** The builder's order: start, then the later end, then id. */
function precedes(batch: SpanBatch, i: number, j: number): boolean {
  const { startTime, endTime, spanId } = batch;
  if (earlier(startTime, i, startTime, j)) return true;
  if (earlier(startTime, j, startTime, i)) return false;
  if (earlier(endTime, j, endTime, i)) return true;
  if (earlier(endTime, i, endTime, j)) return false;
  return spanId[2 * i]! < spanId[2 * j]! || (spanId[2 * i] === spanId[2 * j] && spanId[2 * i + 1]! < spanId[2 * j + 1]!);
}

function earlier(a: Uint32Array, i: number, b: Uint32Array, j: number): boolean {
  const high = a[2 * i + 1]! - b[2 * j + 1]!;
  return high < 0 || (high === 0 && a[2 * i]! < b[2 * j]!);
}
