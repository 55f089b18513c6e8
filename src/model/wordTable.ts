// Numbers by id, without making a string of each id: open addressing over 32-bit words, keys beside their values.
// The hash is tabulation hashing with tables drawn at load, so that nobody can send ids that collide on purpose
// (Pătraşcu & Thorup, "The Power of Simple Tabulation Hashing": linear probing stays O(1)). Must not know what the ids name.

const MAX_WORDS = 4;
const TABLES = drawTables();

function drawTables(): Uint32Array {
  const tables = new Uint32Array(MAX_WORDS * 4 * 256);
  for (let i = 0; i < tables.length; i++) tables[i] = Math.floor(Math.random() * 0x1_0000_0000);
  return tables;
}

function hashWords(column: Uint32Array, at: number, words: number): number {
  let hash = 0;
  for (let k = 0; k < words; k++) {
    const word = column[at + k]!;
    const table = k << 10;
    hash ^=
      TABLES[table + (word & 255)]! ^
      TABLES[table + 256 + ((word >>> 8) & 255)]! ^
      TABLES[table + 512 + ((word >>> 16) & 255)]! ^
      TABLES[table + 768 + (word >>> 24)]!;
  }
  return hash;
}

/** Maps ids of two or four words, read from a column at a place, to numbers ≥ 0. */
export class WordTable {
  readonly #words: number;
  /** Per slot: the id's words, then number + 1; 0 is free. */
  #slots: Uint32Array;
  #mask: number;
  #used = 0;

  /** Grows past `expected` entries. */
  constructor(words: 2 | 4, expected: number) {
    this.#words = words;
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, 2 * expected)));
    this.#mask = size - 1;
    this.#slots = new Uint32Array(size * (words + 1));
  }

  /** The number already kept for this id, or -1 where it is new. The least of the numbers added stays. */
  add(column: Uint32Array, at: number, number: number): number {
    if (2 * this.#used > this.#mask) this.#grow();
    const slot = this.#slot(column, at);
    const value = slot + this.#words;
    const known = this.#slots[value]!;
    if (known === 0) {
      for (let k = 0; k < this.#words; k++) this.#slots[slot + k] = column[at + k]!;
      this.#used++;
    }
    if (known === 0 || number + 1 < known) this.#slots[value] = number + 1;
    return known - 1;
  }

  /** -1 where there is none. */
  find(column: Uint32Array, at: number): number {
    return this.#slots[this.#slot(column, at) + this.#words]! - 1;
  }

  #slot(column: Uint32Array, at: number): number {
    const words = this.#words;
    const slots = this.#slots;
    let slot = hashWords(column, at, words) & this.#mask;
    for (;;) {
      const base = slot * (words + 1);
      if (slots[base + words] === 0) return base;
      let k = 0;
      while (k < words && slots[base + k] === column[at + k]) k++;
      if (k === words) return base;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const stride = this.#words + 1;
    this.#mask = 2 * this.#mask + 1;
    this.#slots = new Uint32Array((this.#mask + 1) * stride);
    for (let base = 0; base < old.length; base += stride) {
      if (old[base + this.#words] !== 0) this.#slots.set(old.subarray(base, base + stride), this.#slot(old, base));
    }
  }
}
