// A trace without the work nobody waited for: consumers of a queue and children that mostly run on after their parent ended.
// Cut to their parent's interval, such spans would hold the critical path while the real wait is elsewhere. Pure, O(n).
import type { TraceColumns } from '../model/trace.ts';

const PRODUCER = 4;
const CONSUMER = 5;
/** A child that runs this share of its time after its parent's end was not waited for; less may be clock skew. */
const RUNS_ON = 0.25;

export interface AttachedSpans {
  readonly columns: TraceColumns;
  /** Row in the whole trace of each row kept. */
  readonly rows: Int32Array;
}

/** undefined where every span was waited for, which is mostly so. */
export function attachedSpans(trace: TraceColumns): AttachedSpans | undefined {
  const kept: number[] = [];
  const place = new Int32Array(trace.count).fill(-1);
  for (let row = 0; row < trace.count; ) {
    if (isDetached(trace, row)) {
      row = trace.subtreeEnd[row]!;
      continue;
    }
    place[row] = kept.push(row) - 1;
    row++;
  }
  if (kept.length === trace.count) return undefined;
  const rows = Int32Array.from(kept);
  const subtreeEnd = new Int32Array(rows.length).fill(rows.length);
  const open: number[] = [];
  rows.forEach((row, at) => {
    while (open.length > 0 && trace.subtreeEnd[rows[open.at(-1)!]!]! <= row) subtreeEnd[open.pop()!] = at;
    open.push(at);
  });
  const take = <A extends Int32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array>(column: A, into: A): A => {
    rows.forEach((row, at) => (into[at] = column[row]!));
    return into;
  };
  const n = rows.length;
  return {
    rows,
    columns: {
      count: n,
      parent: Int32Array.from(rows, (row) => (trace.parent[row]! < 0 ? -1 : place[trace.parent[row]!]!)),
      subtreeEnd,
      depth: take(trace.depth, new Int32Array(n)),
      start: take(trace.start, new Float64Array(n)),
      duration: take(trace.duration, new Float64Array(n)),
      service: take(trace.service, new Uint32Array(n)),
      name: take(trace.name, new Uint32Array(n)),
      flags: take(trace.flags, new Uint16Array(n)),
      kind: take(trace.kind, new Uint8Array(n)),
      strings: trace.strings,
    },
  };
}

function isDetached({ parent, start, duration, kind }: TraceColumns, row: number): boolean {
  const above = parent[row]!;
  if (above < 0) return false;
  const end = start[row]! + duration[row]!;
  const parentEnd = start[above]! + duration[above]!;
  if (end <= parentEnd) return false;
  return kind[row] === CONSUMER || kind[above] === PRODUCER || end - parentEnd > RUNS_ON * duration[row]!;
}
