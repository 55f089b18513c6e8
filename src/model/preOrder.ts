// Parent links → rows in pre-order, siblings in span order. Walks by links, not by recursion: traces are a million deep.
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';

export interface PreOrder {
  /** Position (in span order) of each row. */
  readonly position: Uint32Array;
  /** Row of the parent, -1 at the top. */
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  /** The top is 1. */
  readonly depth: Int32Array;
}

export function* preOrder(parentOf: Int32Array): Steps<PreOrder> {
  const n = parentOf.length;
  const firstChild = new Int32Array(n).fill(-1);
  const nextSibling = new Int32Array(n).fill(-1);
  let top = -1;
  for (let s = n - 1; s >= 0; s--) {
    const p = parentOf[s]!;
    if (p < 0) {
      nextSibling[s] = top;
      top = s;
    } else {
      nextSibling[s] = firstChild[p]!;
      firstChild[p] = s;
    }
    if (s % SLICE_ROWS === 0) yield;
  }
  const rowOf = new Int32Array(n);
  const position = new Uint32Array(n);
  const parent = new Int32Array(n);
  const subtreeEnd = new Int32Array(n);
  const depth = new Int32Array(n);
  let s = top;
  for (let row = 0; s >= 0; ) {
    rowOf[s] = row;
    position[row] = s;
    const up = parentOf[s]! < 0 ? -1 : rowOf[parentOf[s]!]!;
    parent[row] = up;
    depth[row] = up < 0 ? 1 : depth[up]! + 1;
    row++;
    let next = firstChild[s]!;
    while (next < 0 && s >= 0) {
      subtreeEnd[rowOf[s]!] = row;
      next = nextSibling[s]!;
      s = parentOf[s]!;
    }
    s = next;
    if (row % SLICE_ROWS === 0) yield;
  }
  return { position, parent, subtreeEnd, depth };
}
