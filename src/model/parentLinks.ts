// Ordered spans → whose child each is. Owns orphans, cycles and ids used twice; must not know rows or times beyond their order.
import type { OrderedSpans } from './spanOrder.ts';
import { SpanFlag } from './spanBatch.ts';
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';
import { WordTable } from './wordTable.ts';

export interface ParentLinks {
  /** Position of the parent; -1: nobody's child. Free of cycles. */
  readonly parent: Int32Array;
  /** SpanFlag orphan, cycle, conflict. */
  readonly flags: Uint16Array;
}

/**
 * Where several spans share an id (`conflict`), children belong to the first of them. A cycle is cut at its first span
 * (earliest start, then id), the only one flagged; a span that names itself is a cycle of one.
 */
export function* linkParents(spans: OrderedSpans): Steps<ParentLinks> {
  const { count, batches, batch, index } = spans;
  const flags = new Uint16Array(count);
  const ids = new Uint32Array(2 * count);
  const table = new WordTable(ids, 2, count);
  for (let s = 0; s < count; s++) {
    const from = batches[batch[s]!]!.spanId;
    const i = 2 * index[s]!;
    ids[2 * s] = from[i]!;
    ids[2 * s + 1] = from[i + 1]!;
    if (ids[2 * s] === 0 && ids[2 * s + 1] === 0) continue;
    const first = table.add(s);
    if (first >= 0) {
      flags[first]! |= SpanFlag.conflict;
      flags[s]! |= SpanFlag.conflict;
    }
    if (s % SLICE_ROWS === 0) yield;
  }
  const parent = new Int32Array(count);
  let mayCycle = false;
  for (let s = 0; s < count; s++) {
    const from = batches[batch[s]!]!.parentId;
    const i = 2 * index[s]!;
    parent[s] = -1;
    if (from[i] === 0 && from[i + 1] === 0) continue;
    const found = from[i] === ids[2 * s] && from[i + 1] === ids[2 * s + 1] ? s : table.find(from, i);
    if (found < 0) flags[s]! |= SpanFlag.orphan;
    else if (found === s) flags[s]! |= SpanFlag.cycle;
    else parent[s] = found;
    mayCycle ||= found > s;
    if (s % SLICE_ROWS === 0) yield;
  }
  if (mayCycle) cutCycles(parent, flags);
  return { parent, flags };
}

/** Walks up from every span once. In a cycle at least one parent comes after its child, so walks start only there. */
function cutCycles(parent: Int32Array, flags: Uint16Array): void {
  const walk = new Uint32Array(parent.length);
  for (let s = 0; s < parent.length; s++) {
    if (parent[s]! <= s || walk[s] !== 0) continue;
    let at = s;
    while (at >= 0 && walk[at] === 0) {
      walk[at] = s + 1;
      at = parent[at]!;
    }
    if (at < 0 || walk[at] !== s + 1) continue;
    let first = at;
    for (let k = parent[at]!; k !== at; k = parent[k]!) if (k < first) first = k;
    parent[first] = -1;
    flags[first]! |= SpanFlag.cycle;
  }
}
