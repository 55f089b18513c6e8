// Critical path: who had the time, from the root's start to its end (DESIGN §9). Children are cut to their parent; from
// t = end the last-ending child with end ≤ t is taken, then t = its start; what is left is the parent's own. Pure, O(n log n),
// an explicit stack instead of recursion, in slices. One grain of salt: many SDKs read whole milliseconds, so calls made one
// after the other overlap a little; such a child is cut where the next begins instead of being lost with all its time.
import { SpanFlag } from '../model/spanBatch.ts';
import type { Steps } from '../model/slices.ts';
import { runAtOnce, SLICE_ROWS } from '../model/slices.ts';
import { mergeSort } from '../model/spanSort.ts';
import { NS_PER_MS } from '../model/time.ts';
import type { TraceColumns } from '../model/trace.ts';

/** Segments in time order, ns relative to the trace's start. They partition the root's interval: each ends where the next starts. */
export interface CriticalPath {
  readonly row: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** The trace's path is its longest root's (of equals the first); where no root has a duration, its longest orphan's. */
export function criticalPath(columns: TraceColumns): CriticalPath {
  return runAtOnce(criticalPathSteps(columns));
}

/** criticalPath that can be interrupted (model/slices.ts: runInSlices). */
export function criticalPathSteps(columns: TraceColumns): Steps<CriticalPath> {
  return pathSteps(columns, longestTop(columns));
}

function longestTop({ count, subtreeEnd, duration, flags }: TraceColumns): number {
  let root = -1;
  let other = -1;
  for (let row = 0; row < count; row = subtreeEnd[row]!) {
    if ((flags[row]! & (SpanFlag.orphan | SpanFlag.cycle)) === 0) {
      if (root < 0 || duration[row]! > duration[root]!) root = row;
    } else if (other < 0 || duration[row]! > duration[other]!) other = row;
  }
  return root >= 0 && (duration[root]! > 0 || other < 0) ? root : other;
}

/** The path of one row's subtree; -1 and spans without duration have none. */
export function criticalPathOf(columns: TraceColumns, top: number): CriticalPath {
  return runAtOnce(pathSteps(columns, top));
}

function* pathSteps(columns: TraceColumns, top: number): Steps<CriticalPath> {
  if (top < 0 || !(columns.duration[top]! > 0)) return { row: new Int32Array(), start: new Float64Array(), end: new Float64Array() };
  return yield* new PathWalk(columns, top).run(top);
}

/** How far a child may run into what follows it: what clocks of whole milliseconds differ by, and a tenth of the child. */
const OVERLAP_NS = 2 * NS_PER_MS;
const OVERLAP_SHARE = 0.1;

/** Lists of children up to here are sorted at once. */
const SORT_AT_ONCE = 2_000;

/** Frames are spans on the way down; each owns a stretch of the shared list of children, latest end last. */
class PathWalk {
  readonly #columns: TraceColumns;
  readonly #children: Uint32Array;
  readonly #cutStart: Float64Array;
  readonly #cutEnd: Float64Array;
  readonly #frameRow: number[] = [];
  readonly #frameFirst: number[] = [];
  #used = 0;
  // Segments, latest first.
  readonly #rows: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(columns: TraceColumns, top: number) {
    this.#columns = columns;
    this.#children = new Uint32Array(columns.subtreeEnd[top]! - top);
    this.#cutStart = new Float64Array(columns.count);
    this.#cutEnd = new Float64Array(columns.count);
    this.#cutStart[top] = columns.start[top]!;
    this.#cutEnd[top] = columns.start[top]! + columns.duration[top]!;
  }

  *run(top: number): Steps<CriticalPath> {
    const cutStart = this.#cutStart;
    const cutEnd = this.#cutEnd;
    let t = cutEnd[top]!;
    yield* this.#enter(top);
    for (let step = 1; this.#frameRow.length > 0; step++) {
      if (step % SLICE_ROWS === 0) yield;
      const row = this.#frameRow.at(-1)!;
      const child = this.#takeChild(t);
      if (child < 0) {
        this.#segment(row, cutStart[row]!, t);
        t = cutStart[row]!;
        this.#leave();
        continue;
      }
      this.#segment(row, cutEnd[child]!, t);
      t = cutEnd[child]!;
      yield* this.#enter(child);
    }
    const row = new Int32Array(this.#rows).reverse();
    yield;
    const start = new Float64Array(this.#starts).reverse();
    yield;
    return { row, start, end: new Float64Array(this.#ends).reverse() };
  }

  #segment(row: number, start: number, end: number): void {
    if (end <= start) return;
    this.#rows.push(row);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  /** Cuts the row's children to it and sorts them; those with nothing left are dropped. */
  *#enter(row: number): Steps<void> {
    const { start, duration, subtreeEnd } = this.#columns;
    const from = this.#cutStart[row]!;
    const to = this.#cutEnd[row]!;
    const first = this.#used;
    for (let child = row + 1; child < subtreeEnd[row]!; child = subtreeEnd[child]!) {
      const cutStart = Math.max(start[child]!, from);
      const cutEnd = Math.min(start[child]! + duration[child]!, to);
      if (cutEnd <= cutStart) continue;
      this.#cutStart[child] = cutStart;
      this.#cutEnd[child] = cutEnd;
      this.#children[this.#used++] = child;
    }
    const children = this.#children.subarray(first, this.#used);
    if (children.length > SORT_AT_ONCE) yield* mergeSort(children, this.#worst);
    else if (children.length > 1) children.sort(this.#worst);
    this.#frameRow.push(row);
    this.#frameFirst.push(first);
  }

  #leave(): void {
    this.#frameRow.pop();
    this.#used = this.#frameFirst.pop()!;
  }

  /** The last-ending child of the innermost frame with end ≤ t, give or take an overlap; later ones are out for good, as t only falls. */
  #takeChild(t: number): number {
    const first = this.#frameFirst.at(-1)!;
    while (this.#used > first) {
      const child = this.#children[--this.#used]!;
      const over = this.#cutEnd[child]! - t;
      if (over <= 0) return child;
      if (over > OVERLAP_NS || over > OVERLAP_SHARE * (this.#cutEnd[child]! - this.#cutStart[child]!)) continue;
      this.#cutEnd[child] = t;
      return child;
    }
    return -1;
  }

  /** Best last: latest end, then latest start, then first row (rows of equal times are in order of id). */
  readonly #worst = (a: number, b: number): number => this.#cutEnd[a]! - this.#cutEnd[b]! || this.#cutStart[a]! - this.#cutStart[b]! || b - a;
}
