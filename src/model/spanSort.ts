// Sorting of row numbers, in slices: by 64-bit keys, and by comparison. Both are stable. Must not know what the rows are.
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';

const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
/** Rows of a pass that does next to nothing with each. */
const LONG_SLICE = 8 * SLICE_ROWS;

/** By keys given as [low, high] words per row: one pass for each 11 bits in which keys differ. */
export function* radixSort(order: Uint32Array, keys: Uint32Array): Steps<void> {
  const n = order.length;
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(n);
  const counts = new Uint32Array(DIGITS);
  for (let word = 0; word < 2; word++) {
    const differing = differingBits(keys, word);
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (((differing >>> shift) & (DIGITS - 1)) === 0) continue;
      counts.fill(0);
      for (let i = word; i < 2 * n; i += 2) counts[(keys[i]! >>> shift) & (DIGITS - 1)]!++;
      let sum = 0;
      for (let digit = 0; digit < DIGITS; digit++) {
        const count = counts[digit]!;
        counts[digit] = sum;
        sum += count;
      }
      for (let i = 0; i < n; i++) {
        const row = from[i]!;
        to[counts[(keys[2 * row + word]! >>> shift) & (DIGITS - 1)]!++] = row;
        if (i % LONG_SLICE === 0) yield;
      }
      [from, to] = [to, from];
      yield;
    }
  }
  if (from !== order) order.set(from);
}

function differingBits(keys: Uint32Array, word: number): number {
  let differing = 0;
  for (let i = word; i < keys.length; i += 2) differing |= keys[i]! ^ keys[word]!;
  return differing;
}

/** Bottom-up; stretches already in order cost one comparison. */
export function* mergeSort(order: Uint32Array, compare: (a: number, b: number) => number): Steps<void> {
  const n = order.length;
  const block = 8;
  for (let from = 0; from < n; from += block) {
    insertionSort(order, from, Math.min(from + block, n), compare);
    if (from % SLICE_ROWS === SLICE_ROWS - block) yield;
  }
  if (n <= block) return;
  const spare = new Uint32Array(n);
  for (let width = block; width < n; width *= 2) {
    let done = 0;
    for (let from = 0; from + width < n; from += 2 * width) {
      const middle = from + width;
      const to = Math.min(middle + width, n);
      done += to - from;
      if (compare(order[middle - 1]!, order[middle]!) > 0) {
        spare.set(order.subarray(from, middle), from);
        if (to - from > SLICE_ROWS) yield* mergeLong(order, spare, from, middle, to, compare);
        else merge(order, spare, from, middle, to, compare);
      }
      if (done < SLICE_ROWS) continue;
      done = 0;
      yield;
    }
  }
}

function insertionSort(order: Uint32Array, from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let i = from + 1; i < to; i++) {
    const row = order[i]!;
    let k = i;
    while (k > from && compare(order[k - 1]!, row) > 0) {
      order[k] = order[k - 1]!;
      k--;
    }
    order[k] = row;
  }
}

/** Merges spare[from…middle) with order[middle…to) into order[from…to). */
function merge(order: Uint32Array, spare: Uint32Array, from: number, middle: number, to: number, compare: (a: number, b: number) => number): void {
  let left = from;
  let right = middle;
  let at = from;
  while (left < middle && right < to) order[at++] = compare(spare[left]!, order[right]!) <= 0 ? spare[left++]! : order[right++]!;
  while (left < middle) order[at++] = spare[left++]!;
}

/** merge, in slices. */
function* mergeLong(order: Uint32Array, spare: Uint32Array, from: number, middle: number, to: number, compare: (a: number, b: number) => number): Steps<void> {
  let left = from;
  let right = middle;
  let at = from;
  while (left < middle && right < to) {
    order[at++] = compare(spare[left]!, order[right]!) <= 0 ? spare[left++]! : order[right++]!;
    if (at % SLICE_ROWS === 0) yield;
  }
  order.set(spare.subarray(left, middle), at);
}
