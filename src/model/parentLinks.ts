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
  const { count, batches } = spans;
  const { batch, index, position } = spans.given;
  const flags = new Uint16Array(count);
  const parent = new Int32Array(count).fill(-1);
  // In the order given, as reading is then from front to back.
  const table = new WordTable(2, count);
  for (let row = 0; row < position.length; row++) {
    const ids = batches[batch[row]!]!.spanId;
    const i = 2 * index[row]!;
    if (ids[i] === 0 && ids[i + 1] === 0) continue;
    const s = position[row]!;
    const other = table.add(ids, i, s);
    if (other >= 0 && other !== s) {
      flags[other]! |= SpanFlag.conflict;
      flags[s]! |= SpanFlag.conflict;
    }
    if (row % SLICE_ROWS === 0) yield;
  }
  let mayCycle = false;
  for (let row = 0; row < position.length; row++) {
    const { spanId, parentId } = batches[batch[row]!]!;
    const i = 2 * index[row]!;
    if (parentId[i] === 0 && parentId[i + 1] === 0) continue;
    const s = position[row]!;
    const found = parentId[i] === spanId[i] && parentId[i + 1] === spanId[i + 1] ? s : table.find(parentId, i);
    if (found < 0) flags[s]! |= SpanFlag.orphan;
    else if (found === s) flags[s]! |= SpanFlag.cycle;
    else parent[s] = found;
    mayCycle ||= found > s;
    if (row % SLICE_ROWS === 0) yield;
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
